//! Drops listings and files of counters at any point, and leaves one open.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::procfs::{CounterFile, FileKinds, Owner, ProcessListing};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let failed = |error| told(&error);
        let list = || ProcessListing::open(Owner::All, &[], FileKinds::DESCRIPTORS);
        drop(list().map_err(failed)?);
        let listing = list().map_err(failed)?;
        listing.next(1).map_err(failed)?;
        drop(listing);
        let file = CounterFile::open("net.snmp").map_err(failed)?;
        drop(file);
        let file = CounterFile::open("net.snmp").map_err(failed)?;
        file.read().map_err(failed)?;
        std::mem::forget(file);
        println!("left one open");
        Ok(0)
    }
}
