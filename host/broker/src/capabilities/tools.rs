//! The requests of the capability `tools`: tools of this build that another one runs.
//!
//! | `tool.run` | the end of a pipe | the output of the tool that was started is read from it; nothing can be written |

use nethost_core::{Capability, TargetKind};
#[cfg(test)]
use nethost_core::{ObjectName, Request, Target};

/// `tool.run`.
pub struct ToolRun;

impl Capability for ToolRun {
    const NAME: &'static str = "tool.run";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Object];
    const OPS: &'static [&'static str] = &["run"];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let name = ObjectName::new("ss").unwrap();
    vec![(ToolRun::NAME, Request::new("run", Target::Object(name)))]
}
