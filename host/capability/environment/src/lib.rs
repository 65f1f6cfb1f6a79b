//! Variables of the operator's environment.
//!
//! Threat: a plugin that looks for secrets, which often stand in variables. So each variable is a request with its name.
//!
//! Privilege: none. The runner is a process of the operator's, and has their environment.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::environment;
pub use nethost_broker::capabilities::environment::EnvRead;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/environment",
    requests: &[Declared::of::<EnvRead>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| environment::add_to_linker::<_, Access>(linker, |run| run),
};
