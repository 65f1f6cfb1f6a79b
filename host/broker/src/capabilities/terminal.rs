//! The requests of the capability `terminal`: the terminal.

use nethost_core::{Capability, TargetKind};
#[cfg(test)]
use nethost_core::{Request, Target};

/// `terminal.raw`.
pub struct TerminalRaw;

impl Capability for TerminalRaw {
    const NAME: &'static str = "terminal.raw";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local];
    const OPS: &'static [&'static str] = &["input-mode.open", "screen.open"];
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    vec![(
        TerminalRaw::NAME,
        Request::new("screen.open", Target::Local("screen")),
    )]
}
