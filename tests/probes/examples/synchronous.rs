//! A plugin for the world without `async`: sends an echo request to a host, waits a moment, and says what came back.
//! Without a host, it waits for a minute.

#[allow(missing_docs)]
mod bindings {
    wit_bindgen::generate!({ path: "../../wit/sync", world: "nethost:cap/tool-sync" });
}

use bindings::nethost::cap::icmp::{EchoRequest, EchoSocket};
use bindings::nethost::cap::types::{Endpoint, Outgoing, SocketOptions};
use bindings::nethost::cap::{clock, resolver};

struct Synchronous;

impl bindings::Guest for Synchronous {
    fn run(args: Vec<String>) -> Result<u8, String> {
        let Some(host) = args.first() else {
            clock::wait_for(60_000_000_000);
            return Ok(0);
        };
        let told = |error| format!("{error:?}");
        let addresses = resolver::resolve_addresses(host, None, 5_000_000_000).map_err(told)?;
        let address = *addresses.first().ok_or("no address")?;
        let remote = Endpoint {
            address,
            port: 0,
            scope_id: 0,
        };
        let options = SocketOptions {
            interface: None,
            source: None,
            hop_limit: None,
            traffic_class: None,
            path_mtu_discovery: None,
            broadcast: false,
            dont_route: false,
            mark: None,
            buffer_size: None,
        };
        let socket = EchoSocket::open(remote, &options).map_err(told)?;
        let payload = Outgoing {
            remote: 0,
            offset: 0,
            length: 5,
            hop_limit: None,
        };
        let request = EchoRequest {
            sequence: 1,
            payload,
        };
        socket.send(b"hello", &[request]).map_err(told)?;
        let received = socket.receive(1, 1_000_000_000).map_err(told)?;
        clock::wait_for(1_000_000);
        println!("{} reply", received.replies.len());
        Ok(0)
    }
}

bindings::export!(Synchronous with_types_in bindings);
