//! Time for pacing. Raises no request: waiting touches nothing.

mod host;

use super::{Access, Room};
use crate::bindings::nethost::cap::clock;

/// This room.
pub const ROOM: Room = Room {
    interface: "nethost:cap/clock",
    requests: &[],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| clock::add_to_linker::<_, Access>(linker, |run| run),
};
