//! Waits on a raw socket for packets of hosts that it was not granted: `reads_what_others_send ADDRESS`.

use nethost_probes::{SECOND, address, endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::raw_ip::{RawOptions, Socket};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let granted = endpoint(
            args.first()
                .ok_or("usage: reads_what_others_send ADDRESS")?,
            0,
        )?;
        let options = RawOptions {
            // ICMP: what every ping on this machine is answered with.
            protocol: 1,
            header_included: false,
            receive: true,
            socket: no_options(),
        };
        let socket = Socket::open(granted, &options).map_err(|error| told(&error))?;
        println!("listening");
        for _ in 0..4 {
            let batch = socket
                .receive(64, SECOND / 2)
                .await
                .map_err(|error| told(&error))?;
            for packet in &batch.datagrams {
                println!("read {}", address(packet.source.address));
            }
        }
        println!("over");
        Ok(0)
    }
}
