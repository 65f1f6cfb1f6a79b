//! Facts about this machine.
//!
//! Threat: a plugin that fingerprints the machine. So each fact passes the gate by name.
//!
//! Privilege: none.

mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use super::{Access, Room};
use crate::bindings::nethost::cap::system;
use nethost_core::{Capability, Declared, TargetKind};

/// `system.read`.
pub struct SystemRead;

impl Capability for SystemRead {
    const NAME: &'static str = "system.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local];
    const OPS: &'static [&'static str] = &["installed-kernels", "os-release", "uname", "uptime"];
}

/// This room.
pub const ROOM: Room = Room {
    interface: "nethost:cap/system",
    requests: &[Declared::of::<SystemRead>()],
    privilege: "none",
    reads: &["/etc/os-release", "/usr/lib/os-release", "/lib/modules"],
    add_to_linker: |linker| system::add_to_linker::<_, Access>(linker, |run| run),
};
