//! Standard output on a terminal: colours, the bell, and taking back what was printed.
//!
//! Threat: a stranger's text that brings control sequences to the operator's terminal. So colours are told
//! apart from text: the text is filtered as all output is, and the host writes the sequences. Raises no
//! request: a plugin prints anyway. And a plugin that takes back the host's words: it takes back no more than
//! it has printed itself on the same line, and a line that a person has answered is another one.
//!
//! Privilege: none.

mod bindings;
mod host;

use crate::bindings::nethost::cap::console;
use nethost_kit::{Access, HostInterface};

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/console",
    requests: &[],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| console::add_to_linker::<_, Access>(linker, |run| run),
};
