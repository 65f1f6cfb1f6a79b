//! Drops UDP sockets with work under way, and leaves one open at the end: `udp_drops ADDRESS PORT`.

use nethost_probes::{SECOND, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [remote, port] = args.as_slice() else {
            return Err("usage: udp_drops ADDRESS PORT".into());
        };
        let remote = endpoint(remote, port.parse().map_err(|_| "PORT is not a number")?)?;
        let open = || Socket::open(remote, &no_options()).map_err(|error| told(&error));

        drop(open()?);
        println!("dropped unused");
        let socket = open()?;
        socket
            .send(b"four", &[outgoing(0, 4)])
            .map_err(|error| told(&error))?;
        drop(socket.receive(1, 60 * SECOND));
        drop(socket);
        println!("dropped with an answer on its way");
        std::mem::forget(open()?);
        println!("left one open");
        Ok(0)
    }
}
