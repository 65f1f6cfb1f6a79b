//! Standard input and output as streams of bytes, coloured text, the bell, and erasing printed characters.
//!
//! Threat: text of a stranger that brings control sequences to the operator's terminal. So colours are separate from
//! text: the text is filtered like all output, and the host writes the control sequences. A second threat: a plugin
//! that erases the host's messages. So a plugin can erase only what it has printed itself on the same line, and a line
//! that a person has answered is a different line. Makes no request: a plugin can print to standard output anyway.
//!
//! Privilege: none.

mod bindings;
mod host;

use crate::bindings::nethost::cap::console;
use nethost_kit::{Access, HostInterface};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/console",
    requests: &[],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| console::add_to_linker::<_, Access>(linker, |run| run),
};
