//! Drops raw sockets with work under way, and leaves one open at the end: `raw_ip_drops ADDRESS`.

use nethost_probes::{SECOND, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::raw_ip::{RawOptions, Socket};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: raw_ip_drops ADDRESS")?, 0)?;
        let open = || {
            let options = RawOptions {
                protocol: 253,
                header_included: false,
                receive: true,
                socket: no_options(),
            };
            Socket::open(remote, &options).map_err(|error| told(&error))
        };
        drop(open()?);
        println!("dropped unused");
        let socket = open()?;
        socket
            .send(b"four", &[outgoing(0, 4)])
            .map_err(|error| told(&error))?;
        drop(socket.receive(1, 60 * SECOND));
        drop(socket);
        println!("dropped with a receive under way");
        std::mem::forget(open()?);
        println!("left one open");
        Ok(0)
    }
}
