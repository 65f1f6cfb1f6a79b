//! The operator's terminal. The host controls it: plugins pass text and get keys.
//!
//! Threat: a plugin, or a stranger whose text it shows, that moves the cursor, changes what is on the screen or leaves
//! the terminal unusable. So a screen needs a permit, control characters in the text are escaped, and the broker
//! restores the terminal if this process is killed.
//!
//! Privilege: none.

mod bindings;
mod host;
mod input_mode;
mod keys;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::terminal;
pub use nethost_broker::capabilities::terminal::TerminalRaw;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use input_mode::InputMode;
pub use service::Screen;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Screen>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/terminal",
    requests: &[Declared::of::<TerminalRaw>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| terminal::add_to_linker::<_, Access>(linker, |run| run),
};
