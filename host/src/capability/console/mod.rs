//! Standard output in colours.
//!
//! Threat: a stranger's text that brings control sequences to the operator's terminal. So colours are told
//! apart from text: the text is filtered as all output is, and the host writes the sequences. Raises no
//! request: a plugin prints anyway.
//!
//! Privilege: none.

mod host;

use super::{Access, Room};
use crate::bindings::nethost::cap::console;

/// This room.
pub const ROOM: Room = Room {
    interface: "nethost:cap/console",
    requests: &[],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| console::add_to_linker::<_, Access>(linker, |run| run),
};
