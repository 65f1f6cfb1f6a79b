//! Asks for a name three times and reaches for whatever it became: `rebinds NAME`.

use nethost_probes::{SECOND, address, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::icmp::{EchoRequest, EchoSocket};
use nethost_sdk::bindings::nethost::cap::types::{Endpoint, IpFamily};
use nethost_sdk::bindings::nethost::cap::{clock, resolver};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let name = args.first().ok_or("usage: rebinds NAME")?;
        for turn in 1..=3 {
            let found = resolver::resolve_addresses(name.clone(), Some(IpFamily::Ipv4), 5 * SECOND)
                .await
                .map_err(|error| told(&error))?;
            let first = *found.first().ok_or("no address")?;
            let endpoint = Endpoint {
                address: first,
                port: 0,
                scope_id: 0,
            };
            let sent = EchoSocket::open(endpoint, &no_options()).and_then(|socket| {
                let payload = outgoing(0, 5);
                let request = EchoRequest {
                    sequence: 1,
                    payload,
                };
                socket.send(b"probe", &[request])
            });
            match sent {
                Ok(stamps) => println!("{turn} {} sent {}", address(first), stamps.len()),
                Err(error) => println!("{turn} {} {}", address(first), told(&error)),
            }
            // The answer was good for a second.
            clock::wait_for(SECOND + SECOND / 5).await;
        }
        Ok(0)
    }
}
