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
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

/// `env.read`.
pub struct EnvRead;

impl Capability for EnvRead {
    const NAME: &'static str = "env.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Object];
    const OPS: &'static [&'static str] = &["read"];
}

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/environment",
    requests: &[Declared::of::<EnvRead>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| environment::add_to_linker::<_, Access>(linker, |run| run),
};
