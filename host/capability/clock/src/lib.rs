//! Time for pacing. Raises no request: waiting touches nothing.

mod bindings;
mod host;

use crate::bindings::nethost::cap::clock;
use nethost_kit::{Access, HostInterface};

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/clock",
    requests: &[],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| clock::add_to_linker::<_, Access>(linker, |run| run),
};
