//! Asks for all addresses from one to another in one request, sends echo requests to them in turn, and prints what
//! was refused, sent and answered: `icmp_many COUNT FIRST LAST`.

use nethost_probes::{SECOND, address, endpoint, no_options, outgoing, told};
use nethost_sdk::bindings::nethost::cap::icmp::{EchoRequest, EchoSocket};
use nethost_sdk::bindings::nethost::cap::types::{AddressRange, ErrorCode, NetworkSet};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

/// So many requests go into one call.
const BATCH: u32 = 512;

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let [count, first, last] = args.as_slice() else {
            return Err("usage: icmp_many COUNT FIRST LAST".into());
        };
        let count: u32 = count.parse().map_err(|_| "COUNT is not a number")?;
        let range = AddressRange {
            first: endpoint(first, 0)?.address,
            last: endpoint(last, 0)?.address,
        };
        let set = NetworkSet {
            addresses: vec![range],
            ports: Vec::new(),
        };
        let (socket, granted) = match EchoSocket::open_many(&set, &no_options()) {
            Ok(opened) => opened,
            Err(error) => {
                println!("open {}", told(&error));
                return Ok(1);
            }
        };
        for refused in &granted.refused {
            let denial = ErrorCode::Denied(refused.denial.clone());
            println!("refused {}", told(&denial));
        }
        let begin = std::time::Instant::now();
        let (mut sent, mut denied, mut next) = (0, 0, 0);
        let mut requests = Vec::new();
        while next < count {
            requests.clear();
            requests.extend((next..count.min(next + BATCH)).map(|number| {
                let mut payload = outgoing(0, 5);
                payload.remote = granted.first + number % granted.count;
                EchoRequest {
                    sequence: (number / granted.count) as u16,
                    payload,
                }
            }));
            match socket.send(b"probe", &requests) {
                Ok(stamps) => {
                    sent += stamps.len();
                    next += stamps.len() as u32;
                }
                Err(ErrorCode::Denied(_)) => {
                    denied += 1;
                    next += 1;
                }
                Err(ErrorCode::OutOfMemory) => {}
                Err(error) => {
                    println!("send {}", told(&error));
                    next += 1;
                }
            }
        }
        println!(
            "sent {sent} denied {denied} in {} us",
            begin.elapsed().as_micros()
        );
        loop {
            let batch = socket
                .receive(64, SECOND / 2)
                .await
                .map_err(|error| told(&error))?;
            if batch.replies.is_empty() && batch.errors.is_empty() {
                println!("withheld {}", batch.withheld);
                return Ok(0);
            }
            for reply in &batch.replies {
                println!(
                    "reply {} {}",
                    reply.sequence,
                    address(reply.payload.source.address)
                );
            }
        }
    }
}
