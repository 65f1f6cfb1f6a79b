//! Hands the host one list larger than any that a call needs: `sends_without_measure ADDRESS`.

use nethost_probes::{endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(
            args.first().ok_or("usage: sends_without_measure ADDRESS")?,
            9,
        )?;
        let socket = Socket::open(remote, &no_options()).map_err(|error| told(&error))?;
        let payload = vec![0; 200 << 20];
        let datagrams = vec![outgoing(0, 1); 5_000_000];
        match socket.send(&payload, &datagrams) {
            Ok(stamps) => println!("sent {}", stamps.len()),
            Err(error) => println!("send {}", told(&error)),
        }
        Ok(0)
    }
}
