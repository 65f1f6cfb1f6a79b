//! Clocks and timers, for pacing. Makes no request, because waiting reaches nothing.

mod bindings;
mod host;

use crate::bindings::nethost::cap::clock;
use nethost_kit::{Access, HostInterface};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/clock",
    requests: &[],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| clock::add_to_linker::<_, Access>(linker, |run| run),
};
