//! Opens ten thousand sockets and holds them: `many_handles ADDRESS`.

use nethost_probes::{endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: many_handles ADDRESS")?, 9)?;
        let mut held = Vec::new();
        for _ in 0..10_000 {
            match Socket::open(remote, &no_options()) {
                Ok(socket) => held.push(socket),
                Err(error) => return Err(format!("stopped at {}: {}", held.len(), told(&error))),
            }
        }
        println!("holds {}", held.len());
        Ok(0)
    }
}
