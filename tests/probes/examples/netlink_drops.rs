//! Drops what reads the network's configuration with work under way, and leaves one open at the end.

use nethost_probes::{SECOND, told};
use nethost_sdk::bindings::nethost::cap::netlink::{Failure, Namespace, Query, Subjects};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let open = || Namespace::open(None).map_err(|error| told(&error));
        drop(open()?);
        println!("dropped unused");
        let namespace = open()?;
        let rules = || namespace.list(&Query::Rules(2)).map_err(failed);
        let listing = rules()?;
        listing.next(1).map_err(failed)?;
        drop(listing);
        println!("dropped in the middle");
        let monitor = namespace.watch(Subjects::LINKS).map_err(failed)?;
        drop(monitor.next(1, 60 * SECOND));
        drop(monitor);
        println!("dropped while it waited");
        std::mem::forget(rules()?);
        println!("left one open");
        Ok(0)
    }
}

fn failed(failure: Failure) -> String {
    match failure {
        Failure::Refused(error) => told(&error),
        Failure::Kernel(error) => error.text,
    }
}
