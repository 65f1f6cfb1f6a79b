//! The requests of the capability `procfs`: processes and counters.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `process.read` | a report in memory that nobody can change (sealed memfd): the owners of sockets, or processes
//!   with their files | read with the rights of the user; no command line, environment or memory is read |
//! | `counters.read` | an open file of /proc/net, /proc/sys/net or /sys/class/net from a list of names, or a report in
//!   memory: the control groups | opened with the rights of the user, for reading; keys such as tcp_fastopen_key have no
//!   name |

#[cfg(test)]
use nethost_core::Request;
use nethost_core::{Capability, ObjectName, RequestPart, Target, TargetKind};

/// `process.read`.
pub struct ProcessRead;

impl Capability for ProcessRead {
    const NAME: &'static str = "process.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local, TargetKind::Object];
    const OPS: &'static [&'static str] = &["find-socket-owners", "process-listing.open"];

    fn is_of_others(target: &Target, user: u32) -> bool {
        !matches!(target, Target::Local("own")) && processes_of(target) != Some(user)
    }
}

/// The user in a target such as `uid-1000`, which has one spelling.
pub(crate) fn processes_of(target: &Target) -> Option<u32> {
    let Target::Object(name) = target else {
        return None;
    };
    let number = name.as_str().strip_prefix("uid-")?;
    let user = number.parse::<u32>().ok()?;
    (user.to_string() == number).then_some(user)
}

/// The target that is the processes of a user.
pub(crate) fn processes_by(user: u32) -> Option<Target> {
    ObjectName::new(&format!("uid-{user}")).map(Target::Object)
}

/// `counters.read`.
pub struct CountersRead;

impl Capability for CountersRead {
    const NAME: &'static str = "counters.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local, TargetKind::Object];
    const OPS: &'static [&'static str] = &[
        "control-groups",
        "counter-file.open",
        "counter-file.open-in",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Namespace];
}

/// What is asked for to list control groups.
pub const CONTROL_GROUPS: &str = "control-groups";

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let object = |name| Target::Object(ObjectName::new(name).unwrap());
    let counters = |target| {
        (
            CountersRead::NAME,
            Request::new("counter-file.open", target),
        )
    };
    let processes = |target| {
        (
            ProcessRead::NAME,
            Request::new("find-socket-owners", target),
        )
    };
    vec![
        counters(Target::Local("net.snmp")),
        (
            CountersRead::NAME,
            Request::new("control-groups", Target::Local(CONTROL_GROUPS)),
        ),
        counters(object("net.ipv4.tcp_rmem")),
        processes(Target::Local("own")),
        processes(object("uid-65534")),
    ]
}
