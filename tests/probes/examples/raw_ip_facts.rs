//! Sends one packet of IP protocol 253 (RFC 3692) and waits for one: `raw_ip_facts ADDRESS [receive]`.

use nethost_probes::{SECOND, address, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::raw_ip::{RawOptions, Socket};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(
            args.first()
                .ok_or("usage: raw_ip_facts ADDRESS [receive]")?,
            0,
        )?;
        let receive = args.get(1).is_some_and(|word| word == "receive");
        let options = RawOptions {
            protocol: 253,
            header_included: false,
            receive,
            socket: no_options(),
        };
        let socket = match Socket::open(remote, &options) {
            Ok(socket) => socket,
            Err(error) => {
                println!("open {}", told(&error));
                return Ok(1);
            }
        };
        match socket.local_endpoint() {
            Ok(local) => println!("local {}", address(local.address)),
            Err(error) => println!("local {}", told(&error)),
        }
        // The kernel reports an error only when it quotes 8 bytes of what follows the IP header.
        match socket.send(b"raw probe", &[outgoing(0, 9)]) {
            Ok(stamps) => println!("sent {}", stamps.len()),
            Err(error) => println!("send {}", told(&error)),
        }
        let batch = socket
            .receive(16, SECOND)
            .await
            .map_err(|error| told(&error))?;
        for packet in &batch.datagrams {
            println!(
                "packet {} length {}",
                address(packet.source.address),
                packet.length
            );
        }
        for error in &batch.errors {
            println!(
                "error {:?} type {} code {} from {:?}",
                error.code,
                error.icmp_type,
                error.icmp_code,
                error.offender.map(|offender| address(offender.address))
            );
        }
        println!("withheld {}", batch.withheld);
        Ok(0)
    }
}
