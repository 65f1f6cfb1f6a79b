//! Uses handles that nobody gave it: `forges_handles unknown|other|closed|stolen ADDRESS`.

use nethost_probes::{endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::icmp::EchoSocket;
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [how, address] = args.as_slice() else {
            return Err("usage: forges_handles HOW ADDRESS".into());
        };
        let remote = endpoint(address, 9)?;
        let udp = Socket::open(remote, &no_options()).map_err(|error| told(&error))?;
        println!("holds one");
        let number = match how.as_str() {
            // Any number that was never given.
            "unknown" => 77_777,
            // A handle of another kind of thing.
            "other" => udp.handle(),
            // One that was good a moment ago.
            "closed" => {
                let number = udp.handle();
                drop(udp);
                // SAFETY: none; that is what the host must stop.
                let again = unsafe { Socket::from_handle(number) };
                println!("used {:?}", again.local_endpoint());
                return Ok(0);
            }
            _ => return Err("unknown way".into()),
        };
        // SAFETY: none; that is what the host must stop.
        let forged = unsafe { EchoSocket::from_handle(number) };
        println!("used {}", forged.identifier());
        Ok(0)
    }
}
