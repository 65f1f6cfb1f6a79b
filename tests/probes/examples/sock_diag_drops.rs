//! Drops lists of sockets with work under way, and leaves one open at the end.

use nethost_probes::told;
use nethost_sdk::bindings::nethost::cap::sock_diag::{Namespace, Protocol, Query};
use nethost_sdk::bindings::{Guest, export_tool};

struct Probe;
export_tool!(Probe with_types_in nethost_sdk::bindings);

impl Guest for Probe {
    async fn run(_args: Vec<String>) -> Result<u8, String> {
        let open = || Namespace::open(None).map_err(|error| told(&error));
        drop(open()?);
        println!("dropped unused");
        let namespace = open()?;
        let query = Query {
            protocol: Protocol::Unix,
            family: 0,
            states: 0xfff,
            show: 7,
            filter: Vec::new(),
        };
        let list = || namespace.list(&query).map_err(|error| told(&error));
        drop(list()?);
        let listing = list()?;
        listing.next().map_err(|error| told(&error))?;
        drop(listing);
        let watch = || namespace.watch(Protocol::Tcp).map_err(|error| told(&error));
        drop(watch()?);
        let closings = watch()?;
        closings.next(1_000).await.map_err(|error| told(&error))?;
        drop(closings);
        println!("dropped in the middle");
        std::mem::forget(list()?);
        println!("left one open");
        Ok(0)
    }
}
