//! Drops probers with work under way, and leaves one open at the end: `scan_drops ADDRESS`.

use nethost_probes::{SECOND, endpoint, no_options, told};
use nethost_sdk::bindings::nethost::cap::scan::{Prober, Protocol};
use nethost_sdk::bindings::nethost::cap::types::{AddressRange, NetworkSet};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(args: Vec<String>) -> Result<u8, String> {
        let remote = endpoint(args.first().ok_or("usage: scan_drops ADDRESS")?, 0)?.address;
        let open = || {
            let set = NetworkSet {
                addresses: vec![AddressRange {
                    first: remote,
                    last: remote,
                }],
                ports: Vec::new(),
            };
            let opened = Prober::open(&set, Protocol::Icmp, &no_options());
            opened
                .map(|(prober, _)| prober)
                .map_err(|error| told(&error))
        };
        drop(open()?);
        println!("dropped unused");
        let prober = open()?;
        drop(prober.receive(1, 60 * SECOND));
        drop(prober);
        println!("dropped with a receive under way");
        std::mem::forget(open()?);
        println!("left one open");
        Ok(0)
    }
}
