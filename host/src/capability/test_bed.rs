//! What the rooms' own tests share: the gate and the records of the broker's tests, and socket options.

#[path = "../../broker/src/tests/bed.rs"]
mod bed;

pub(crate) use bed::TestBed;

use super::request_names;
use crate::bindings::nethost::cap::types::SocketOptions;

/// Socket options with nothing set.
pub(crate) fn options() -> SocketOptions {
    SocketOptions {
        interface: None,
        source: None,
        hop_limit: None,
        traffic_class: None,
        path_mtu_discovery: None,
        broadcast: false,
        dont_route: false,
        mark: None,
        buffer_size: None,
    }
}

/// A broker that has none of their code knows the capabilities from a table.
#[test]
fn the_broker_knows_every_capability() {
    let sorted = |all: &[nethost_core::Declared]| {
        let mut all: Vec<_> = all.iter().map(|one| format!("{one:?}")).collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let first = |declared: &nethost_core::Declared| super::declared(declared.name);
    let told: Vec<_> = super::all().iter().filter_map(first).collect();
    assert_eq!(sorted(&told), sorted(nethost_broker::CAPABILITIES));
}
