//! Drops connectors and connections with things under way, and leaves one open at the end:
//! `tcp_drops ADDRESS PORT ANSWERING-PORT`.

use nethost_probes::{SECOND, abandon, endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::tcp::{Connection, Connector};
use nethost_sdk::bindings::{Guest, export_tool, wit_stream};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [address, port, answering] = args.as_slice() else {
            return Err("usage: tcp_drops ADDRESS PORT ANSWERING-PORT".into());
        };
        let remote = endpoint(address, port.parse().map_err(|_| "PORT is not a number")?)?;
        let open = || Connector::open(remote, &no_options()).map_err(|error| told(&error));

        drop(open()?);
        println!("dropped unused");
        let connector = open()?;
        abandon(connector.attempt(None, 60 * SECOND)).await;
        drop(connector);
        println!("dropped during an attempt");
        abandon(Connection::connect(remote, no_options(), 60 * SECOND)).await;
        println!("dropped during a connect");

        let answering = answering.parse().map_err(|_| "PORT is not a number")?;
        let connection = Connection::connect(endpoint(address, answering)?, no_options(), SECOND)
            .await
            .map_err(|error| told(&error))?;
        let (mut inward, ended) = connection.receive().map_err(|error| told(&error))?;
        abandon(inward.read(Vec::with_capacity(64))).await;
        println!("dropped during a read");
        let (mut outward, bytes) = wit_stream::new();
        let sent = connection.send(bytes).map_err(|error| told(&error))?;
        drop((connection, ended));
        outward.write_all(b"still here".to_vec()).await;
        let (_, back) = inward.read(Vec::with_capacity(64)).await;
        println!("streams outlive it: {}", String::from_utf8_lossy(&back));
        drop((inward, outward, sent));
        std::mem::forget(open()?);
        println!("left one open");
        Ok(0)
    }
}
