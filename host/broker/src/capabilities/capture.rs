//! The requests of the capability `capture`: packets as they pass an interface, and expressions that choose among them.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `capture.live` | a packet socket with a ring of received packets | its filter, which is locked, passes packets of the
//!   permitted interface only; bound to no interface, so nothing can be sent on it without an address |
//! | `capture.filter` | none | an executable without privilege compiles the expression |

use nethost_core::{Capability, FORCED, Request, RequestPart, Target, TargetKind};
use nethost_net::datagram::FilterInstruction;

/// The target of a request for all interfaces.
pub const ANY: &str = "any-interface";
/// The target of a request to compile.
pub const EXPRESSION: &str = "expression";
/// The kernel takes no longer program (BPF_MAXINSNS).
pub const LONGEST_PROGRAM: usize = 4096;
/// Nothing longer is captured of a packet.
pub const LARGEST_SNAPSHOT: u32 = 262_144;
/// What the policy adds: an expression that each packet must match, too; and no more of a packet is captured.
const FORCED_FILTER: &str = FORCED[0];
const FORCED_SNAPSHOT: &str = FORCED[1];

/// `capture.live`.
pub struct CaptureLive;

impl Capability for CaptureLive {
    const NAME: &'static str = "capture.live";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Link, TargetKind::Local];
    const OPS: &'static [&'static str] = &["session.open"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes, RequestPart::Forced];
}

/// `capture.filter`: to have an expression compiled.
pub struct CaptureFilter;

impl Capability for CaptureFilter {
    const NAME: &'static str = "capture.filter";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local];
    const OPS: &'static [&'static str] = &["compile"];
}

/// What a request to capture says beside the interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureSpec {
    /// The program that chooses among packets, as compiled for their link.
    pub filter: Vec<FilterInstruction>,
    /// The link (LINKTYPE_ number).
    pub link: u32,
    /// How much of each packet is captured.
    pub snapshot: u32,
    /// The interface receives packets for others, too.
    pub promiscuous: bool,
    /// The policy's expressions.
    pub forced_filters: Vec<String>,
    /// The policy's least snapshot length.
    pub forced_snapshot: Option<u32>,
}

impl CaptureSpec {
    /// The fields of the request. Those that the policy adds are not among them.
    pub fn to_changes(&self) -> Vec<(&'static str, String)> {
        let program: Vec<String> = self.filter.iter().map(written).collect();
        vec![
            ("filter", program.join(";")),
            ("link", self.link.to_string()),
            ("promiscuous", self.promiscuous.to_string()),
            ("snapshot", self.snapshot.to_string()),
        ]
    }

    /// What a request is for, if it says it in this one form.
    pub(crate) fn of(request: &Request) -> Option<Self> {
        if !matches!(&request.target, Target::Link(_) | Target::Local(ANY)) {
            return None;
        }
        let value = |field: &str| {
            let mut all = request.changes.iter();
            all.find(|(own, _)| *own == field)
                .map(|(_, value)| &**value)
        };
        let filter = match value("filter")? {
            "" => Vec::new(),
            program => program.split(';').map(read).collect::<Option<_>>()?,
        };
        let forced = |field: &'static str| {
            let all = request.changes.iter();
            all.filter(move |(own, _)| *own == field)
                .map(|(_, value)| value)
        };
        let snapshots = forced(FORCED_SNAPSHOT).map(|value| value.parse().ok());
        let snapshots: Vec<u32> = snapshots.collect::<Option<_>>()?;
        let spec = Self {
            filter,
            link: value("link")?.parse().ok()?,
            snapshot: value("snapshot")?.parse().ok()?,
            promiscuous: value("promiscuous") == Some("true"),
            forced_filters: forced(FORCED_FILTER).cloned().collect(),
            forced_snapshot: snapshots.into_iter().min(),
        };
        let own: Vec<_> = request
            .changes
            .iter()
            .filter(|(field, _)| !FORCED.contains(field))
            .cloned()
            .collect();
        let fits = spec.filter.len() <= LONGEST_PROGRAM
            && (1..=LARGEST_SNAPSHOT).contains(&spec.snapshot)
            && own == spec.to_changes();
        fits.then_some(spec)
    }
}

/// As `tcpdump -ddd` writes it.
fn written(step: &FilterInstruction) -> String {
    let FilterInstruction {
        code,
        jump_true,
        jump_false,
        operand,
    } = step;
    format!("{code} {jump_true} {jump_false} {operand}")
}

fn read(text: &str) -> Option<FilterInstruction> {
    let mut numbers = text.split(' ');
    let step = FilterInstruction {
        code: numbers.next()?.parse().ok()?,
        jump_true: numbers.next()?.parse().ok()?,
        jump_false: numbers.next()?.parse().ok()?,
        operand: numbers.next()?.parse().ok()?,
    };
    numbers.next().is_none().then_some(step)
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let spec = CaptureSpec {
        filter: Vec::new(),
        link: 276,
        snapshot: 96,
        promiscuous: false,
        forced_filters: Vec::new(),
        forced_snapshot: None,
    };
    let live = Request::new("session.open", Target::Local(ANY)).changing(spec.to_changes());
    vec![
        (CaptureLive::NAME, live),
        (
            CaptureFilter::NAME,
            Request::new("compile", Target::Local(EXPRESSION)),
        ),
    ]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_has_one_form_in_records() {
        let spec = CaptureSpec {
            filter: vec![FilterInstruction {
                code: 6,
                jump_true: 0,
                jump_false: 0,
                operand: 262_144,
            }],
            link: 1,
            snapshot: 96,
            promiscuous: true,
            forced_filters: Vec::new(),
            forced_snapshot: None,
        };
        let request = Request::new("session.open", Target::Local(ANY)).changing(spec.to_changes());
        assert_eq!(CaptureSpec::of(&request).unwrap(), spec);
        for wrong in ["6 0 0", "6 0 0 262144 1", "6 0 0 0262144", "x", "6 0 0 1;"] {
            let mut changes = spec.to_changes();
            changes[0].1 = wrong.to_owned();
            let request = request.clone().changing(changes);
            assert!(CaptureSpec::of(&request).is_none(), "{wrong}");
        }
        let mut changes = spec.to_changes();
        changes.push((FORCED_SNAPSHOT, "68".into()));
        changes.push((FORCED_FILTER, "ip".into()));
        let forced = CaptureSpec::of(&request.changing(changes)).unwrap();
        assert_eq!(forced.forced_snapshot, Some(68));
        assert_eq!(forced.forced_filters, ["ip"]);
    }
}
