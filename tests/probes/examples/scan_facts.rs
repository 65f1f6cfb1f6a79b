//! Sends one UDP probe to each of two ports and says what answers: `scan_facts ADDRESS`.

use nethost_probes::{SECOND, address, endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::scan::{Prober, Protocol};
use nethost_sdk::bindings::nethost::cap::types::{AddressRange, NetworkSet, Outgoing, PortRange};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: scan_facts ADDRESS")?, 0)?.address;
        let set = NetworkSet {
            addresses: vec![AddressRange {
                first: remote,
                last: remote,
            }],
            ports: vec![PortRange { first: 7, last: 8 }],
        };
        let (prober, granted) = match Prober::open(&set, Protocol::Udp, &no_options()) {
            Ok(opened) => opened,
            Err(error) => {
                println!("open {}", told(&error));
                return Ok(1);
            }
        };
        println!("granted {} of {}", granted.count, set.ports.len());
        for refused in &granted.refused {
            println!(
                "refused {:?} {}",
                refused.ports.first().map(|range| range.first),
                refused.denial.rule
            );
        }
        match prober.sources(&[0, 1]) {
            Ok(sources) => println!(
                "sources {:?}",
                sources
                    .into_iter()
                    .map(|s| s.map(address))
                    .collect::<Vec<_>>()
            ),
            Err(error) => println!("sources {}", told(&error)),
        }
        for (member, port) in [(0, 7_u16), (1, 8)] {
            let from = prober.identifier().to_be_bytes();
            // The kernel takes a checksum of 0 as none over IPv4.
            let bytes = [from, port.to_be_bytes(), [0, 8], [0, 0]].concat();
            let packet = Outgoing {
                remote: member,
                offset: 0,
                length: 8,
                hop_limit: None,
            };
            match prober.send(&bytes, &[packet]) {
                Ok(stamps) => println!("sent {}", stamps.len()),
                Err(error) => println!("send {}", told(&error)),
            }
        }
        for _ in 0..2 {
            let batch = prober
                .receive(16, SECOND / 2)
                .await
                .map_err(|error| told(&error))?;
            for answer in &batch.datagrams {
                println!(
                    "answer from {} of {}",
                    address(answer.source.address),
                    answer.length
                );
            }
            for error in &batch.errors {
                println!(
                    "error type {} code {} from {:?} about {} octets",
                    error.icmp_type,
                    error.icmp_code,
                    error.offender.map(|offender| address(offender.address)),
                    error.length
                );
            }
        }
        Ok(0)
    }
}
