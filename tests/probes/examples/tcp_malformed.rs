//! Makes every malformed call on connectors that the types let through: `tcp_malformed ADDRESS PORT`.

use nethost_probes::{Malformed, SECOND, endpoint, no_options, other_family, told};
use nethost_sdk::bindings::nethost::cap::tcp::{Connection, Connector};
use nethost_sdk::bindings::nethost::cap::types::{Endpoint, SocketOptions};
use nethost_sdk::bindings::{Guest, export_tool, wit_stream};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [remote, port] = args.as_slice() else {
            return Err("usage: tcp_malformed ADDRESS PORT".into());
        };
        let remote = endpoint(remote, port.parse().map_err(|_| "PORT is not a number")?)?;
        let mut malformed = Malformed::default();
        // An option may be refused when the connector opens or at its first attempt.
        let cases = [
            (
                "interface",
                SocketOptions {
                    interface: Some("no-such-device".into()),
                    ..no_options()
                },
            ),
            (
                "source of the other family",
                SocketOptions {
                    source: Some(other_family(&remote)),
                    ..no_options()
                },
            ),
            (
                "source that is not ours",
                SocketOptions {
                    source: Some(endpoint("192.0.2.77", 0)?),
                    ..no_options()
                },
            ),
        ];
        for (what, options) in cases {
            match Connector::open(remote, &options) {
                Err(error) => malformed.refused(what, Err::<(), _>(error)),
                Ok(connector) => malformed.refused(what, connector.attempt(None, SECOND).await),
            }
        }
        let connector = Connector::open(remote, &no_options()).map_err(|error| told(&error))?;
        malformed.answered("hop limit 0", connector.attempt(Some(0), SECOND / 10).await);
        malformed.answered("no time at all", connector.attempt(None, 0).await);
        connections(remote, &mut malformed).await?;
        Ok(malformed.exit_code())
    }
}

/// Calls on a connection in the wrong state.
async fn connections(remote: Endpoint, malformed: &mut Malformed) -> Result<(), String> {
    let nowhere = Endpoint { port: 0, ..remote };
    let connected = Connection::connect(nowhere, no_options(), SECOND).await;
    malformed.refused("port 0", connected);
    let connection = Connection::connect(remote, no_options(), SECOND)
        .await
        .map_err(|error| told(&error))?;
    let (inward, _) = connection.receive().map_err(|error| told(&error))?;
    malformed.refused("second receive", connection.receive());
    let (outward, bytes) = wit_stream::new();
    let sent = connection.send(bytes).map_err(|error| told(&error))?;
    malformed.refused("second send", connection.send(wit_stream::new().1));
    malformed.refused("shutdown of an open stream", connection.shutdown().await);
    drop(outward);
    sent.await.map_err(|error| told(&error))?;
    connection.shutdown().await.map_err(|error| told(&error))?;
    malformed.refused("send after shutdown", connection.send(wit_stream::new().1));
    drop(inward);
    Ok(())
}
