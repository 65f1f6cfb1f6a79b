//! The operator's terminal. The host owns it: plugins hand over text and get keys.
//!
//! Threat: a plugin, or a stranger whose text it shows, that moves the cursor, rewrites what is on the
//! screen or leaves the terminal unusable. So a screen passes the gate, text is stripped of control
//! characters, and the broker puts the terminal back should this process be killed.
//!
//! Privilege: none.

mod bindings;
mod host;
mod keys;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::terminal;
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use service::Screen;

/// How the table of a run holds one; calls that wait hold it too.
pub type Handle = std::sync::Arc<Screen>;

/// `terminal.raw`.
pub struct TerminalRaw;

impl Capability for TerminalRaw {
    const NAME: &'static str = "terminal.raw";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local];
    const OPS: &'static [&'static str] = &["screen.open"];
}

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/terminal",
    requests: &[Declared::of::<TerminalRaw>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| terminal::add_to_linker::<_, Access>(linker, |run| run),
};
