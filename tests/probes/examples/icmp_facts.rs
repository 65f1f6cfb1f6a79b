//! Sends echo requests to the addresses given and prints what came back: `icmp_facts COUNT ADDRESS…`.

use nethost_probes::{SECOND, address, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::icmp::{EchoRequest, EchoSocket};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [count, first, others @ ..] = args.as_slice() else {
            return Err("usage: icmp_facts COUNT ADDRESS...".into());
        };
        let count: u16 = count.parse().map_err(|_| "COUNT is not a number")?;
        let socket = match EchoSocket::open(endpoint(first, 0)?, &no_options()) {
            Ok(socket) => socket,
            Err(error) => {
                println!("open {}", told(&error));
                return Ok(1);
            }
        };
        println!("kind {:?}", socket.kind());
        println!("identifier {}", socket.identifier());
        match socket.local_endpoint() {
            Ok(local) => println!("local {}", address(local.address)),
            Err(error) => println!("local {}", told(&error)),
        }
        let mut remotes = vec![0];
        for other in others {
            match socket.add_remote(endpoint(other, 0)?) {
                Ok(index) => {
                    println!("remote {other} {index}");
                    remotes.push(index);
                }
                Err(error) => println!("remote {other} {}", told(&error)),
            }
        }
        let mut requests = Vec::new();
        for sequence in 1..=count {
            for &remote in &remotes {
                let mut payload = outgoing(0, 5);
                payload.remote = remote;
                requests.push(EchoRequest { sequence, payload });
            }
        }
        let mut expected = 0;
        match socket.send(b"probe", &requests) {
            Ok(stamps) => {
                expected = stamps.len();
                println!("sent {expected}");
            }
            Err(error) => println!("send {}", told(&error)),
        }
        while expected > 0 {
            let batch = socket
                .receive(64, SECOND)
                .await
                .map_err(|error| told(&error))?;
            if batch.replies.is_empty() && batch.errors.is_empty() {
                println!("silence withheld {}", batch.withheld);
                break;
            }
            expected = expected.saturating_sub(batch.replies.len() + batch.errors.len());
            for reply in &batch.replies {
                let payload = &reply.payload;
                let (from, to) = (
                    payload.offset as usize,
                    (payload.offset + payload.length) as usize,
                );
                println!(
                    "reply {} {} hop-limit {:?} {:?}",
                    reply.sequence,
                    address(payload.source.address),
                    payload.hop_limit,
                    String::from_utf8_lossy(&batch.bytes[from..to]),
                );
            }
            for error in &batch.errors {
                println!(
                    "error {:?} {:?} type {} code {} from {:?}",
                    error.sequence,
                    error.error.origin,
                    error.error.icmp_type,
                    error.error.icmp_code,
                    error
                        .error
                        .offender
                        .map(|offender| address(offender.address)),
                );
            }
        }
        Ok(0)
    }
}
