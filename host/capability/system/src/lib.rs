//! Facts about this machine.
//!
//! Threat: a plugin that fingerprints the machine. So the gate decides about each fact by its name.
//!
//! Privilege: none.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::system;
pub use nethost_broker::capabilities::system::SystemRead;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/system",
    requests: &[Declared::of::<SystemRead>()],
    privilege: "none",
    reads: sys::READS,
    add_to_linker: |linker| system::add_to_linker::<_, Access>(linker, |run| run),
};
