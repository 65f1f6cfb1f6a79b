//! Drops echo sockets with work under way, and leaves one open at the end: `icmp_drops ADDRESS`.

use nethost_probes::{SECOND, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::icmp::{EchoRequest, EchoSocket};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: icmp_drops ADDRESS")?, 0)?;
        let open = || EchoSocket::open(remote, &no_options()).map_err(|error| told(&error));
        let request = [EchoRequest {
            sequence: 1,
            payload: outgoing(0, 4),
        }];

        drop(open()?);
        println!("dropped unused");
        let socket = open()?;
        socket
            .send(b"four", &request)
            .map_err(|error| told(&error))?;
        drop(socket);
        println!("dropped with a reply on its way");
        let socket = open()?;
        socket
            .send(b"four", &request)
            .map_err(|error| told(&error))?;
        drop(socket.receive(1, 60 * SECOND));
        println!("dropped a receive before it began");
        drop(socket);
        std::mem::forget(open()?);
        println!("left one open");
        Ok(0)
    }
}
