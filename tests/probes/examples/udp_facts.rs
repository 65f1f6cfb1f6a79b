//! Sends one datagram and prints what came back: `udp_facts ADDRESS PORT [HOP-LIMIT]`.

use nethost_probes::{SECOND, address, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::types::SocketOptions;
use nethost_sdk::bindings::nethost::cap::udp::Socket;
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [remote, port, rest @ ..] = args.as_slice() else {
            return Err("usage: udp_facts ADDRESS PORT [HOP-LIMIT]".into());
        };
        let port = port.parse().map_err(|_| "PORT is not a number")?;
        let hop_limit = rest.first().and_then(|text| text.parse().ok());
        let options = SocketOptions {
            hop_limit,
            ..no_options()
        };
        let socket = match Socket::open(endpoint(remote, port)?, &options) {
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
        match socket.send(b"probe", &[outgoing(0, 5)]) {
            Ok(stamps) => println!("sent {}", stamps.len()),
            Err(error) => println!("send {}", told(&error)),
        }
        let batch = socket
            .receive(16, SECOND)
            .await
            .map_err(|error| told(&error))?;
        for datagram in &batch.datagrams {
            let (from, to) = (
                datagram.offset as usize,
                (datagram.offset + datagram.length) as usize,
            );
            println!(
                "datagram {} port {} {:?}",
                address(datagram.source.address),
                datagram.source.port,
                String::from_utf8_lossy(&batch.bytes[from..to])
            );
        }
        for error in &batch.errors {
            let (from, to) = (
                error.offset as usize,
                (error.offset + error.length) as usize,
            );
            println!(
                "error {:?} type {} code {} from {:?} quoted {:?} extensions {}",
                error.code,
                error.icmp_type,
                error.icmp_code,
                error.offender.map(|offender| address(offender.address)),
                String::from_utf8_lossy(&batch.bytes[from..to]),
                error.extensions_length,
            );
        }
        println!("withheld {}", batch.withheld);
        Ok(0)
    }
}
