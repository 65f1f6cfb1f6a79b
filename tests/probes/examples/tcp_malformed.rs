//! Makes every malformed call on connectors that the types let through: `tcp_malformed ADDRESS PORT`.

use nethost_probes::{Malformed, SECOND, endpoint, no_options, other_family, told};
use nethost_sdk::bindings::nethost::cap::tcp::Connector;
use nethost_sdk::bindings::nethost::cap::types::SocketOptions;
use nethost_sdk::bindings::{Guest, export_tool};

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
        Ok(malformed.exit_code())
    }
}
