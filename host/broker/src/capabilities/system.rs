//! The requests of the capability `system`: facts about this machine.

use nethost_core::{Capability, TargetKind};
#[cfg(test)]
use nethost_core::{Request, Target};

/// `system.read`.
pub struct SystemRead;

impl Capability for SystemRead {
    const NAME: &'static str = "system.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local];
    const OPS: &'static [&'static str] = &[
        "installed-kernels",
        "kernel-version",
        "os-release",
        "process",
        "release-files",
        "uname",
        "uptime",
    ];
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    vec![(
        SystemRead::NAME,
        Request::new("uname", Target::Local("hostname")),
    )]
}
