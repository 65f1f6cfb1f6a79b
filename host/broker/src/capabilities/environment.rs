//! The requests of the capability `environment`: variables of the operator's environment.

use nethost_core::{Capability, TargetKind};
#[cfg(test)]
use nethost_core::{ObjectName, Request, Target};

/// `env.read`.
pub struct EnvRead;

impl Capability for EnvRead {
    const NAME: &'static str = "env.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Object];
    const OPS: &'static [&'static str] = &["read"];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let name = ObjectName::new("HOME").unwrap();
    vec![(EnvRead::NAME, Request::new("read", Target::Object(name)))]
}
