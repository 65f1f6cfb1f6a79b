//! What happens in a run, as the gate reports it and the audit log records it.

use std::time::Duration;

use crate::Request;
use crate::set::{shown_ports, shown_range};

/// All parts in one record take no more room than this.
pub const LONGEST_PARTS: usize = 24 << 10;
/// A record has no more of a rule's text.
pub const LONGEST_RULE: usize = 1024;
/// All that a write changes together, names and values. A capability refuses a change that is longer, so that no
/// record of one is cut.
pub const LONGEST_CHANGES: usize = 6 << 10;

/// What happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A plugin is about to run with these arguments.
    RunStart {
        /// Its arguments.
        args: &'a [String],
        /// Kinds of confinement that this kernel lacks.
        unconfined: &'a [&'static str],
    },
    /// An access was allowed and is about to happen.
    Open(&'a Access<'a>),
    /// An access was refused.
    Denied(&'a Access<'a>),
    /// More of a set is denied than the record of its decision, which follows, can tell; this is a part of it.
    Except(&'a Access<'a>),
    /// More of a set was used than its close can tell; this is a part of it.
    Used(&'a Access<'a>),
    /// An access is over.
    Close(&'a Access<'a>, &'a Totals),
    /// The run is over.
    RunEnd {
        /// Exit code of the process.
        exit: u8,
        /// Why the host ended it, if it did.
        stopped: Option<&'a str>,
        /// Denials that have no record of their own.
        unrecorded_denials: u64,
        /// What of this the runner alone says.
        claimed: &'a [Claim],
    },
}

/// One access: what a plugin asked for.
#[derive(Debug)]
pub struct Access<'a> {
    /// Its number within the run; `open` and `close` of one access share it.
    pub handle: u64,
    /// Name of the request.
    pub capability: &'static str,
    /// The request.
    pub request: &'a Request,
    /// The name that the target was resolved from.
    pub asked: Option<&'a str>,
    /// The rule that decided.
    pub rule: &'a str,
    /// Where the rule is from.
    pub grant: Option<&'static str>,
    /// Where it is for a set: what is denied of that when it is opened, or what was used of it.
    pub parts: &'a [Part],
}

/// How a permitted act ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Ok,
    /// The system refused with this errno; 0 when it has none.
    Failed(i32),
}

/// What was done with an access.
#[derive(Debug)]
pub struct Totals {
    /// Whether the system did what was permitted.
    pub outcome: Outcome,
    /// Packets or messages sent.
    pub packets_sent: u64,
    /// Packets or messages received.
    pub packets_received: u64,
    /// Their payload bytes.
    pub bytes_sent: u64,
    /// Their payload bytes.
    pub bytes_received: u64,
    /// How long it was open.
    pub duration: Duration,
    /// What of this the runner alone says.
    pub claimed: &'static [Claim],
}

/// What a record tells that whoever wrote it does not know itself: the runner said so, which a plugin may have taken
/// over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Whether the system did what was permitted.
    Outcome,
    /// Packets and bytes sent.
    Sent,
    /// Packets and bytes received.
    Received,
    /// The exit code of a run.
    Exit,
    /// Why the host ended a run, if it did.
    Stopped,
    /// How many denials have no record of their own, or a part of that count.
    UnrecordedDenials,
}

impl Claim {
    /// As records have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outcome => "outcome",
            Self::Sent => "sent",
            Self::Received => "received",
            Self::Exit => "exit",
            Self::Stopped => "stopped",
            Self::UnrecordedDenials => "unrecorded_denials",
        }
    }
}

/// A part of a set of targets: each of these addresses with each of these ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Addresses, networks, and ranges as `first-last`, with commas between them.
    pub addresses: String,
    /// Ports and ranges of ports, with commas between them; none where there are none, or all are meant.
    pub ports: Option<String>,
    /// The rule that denies it.
    pub rule: Option<String>,
    /// How many addresses, or addresses with a port, that are.
    pub count: u64,
}

impl Part {
    /// How much room it takes in a record.
    pub fn room(&self) -> usize {
        let ports = self.ports.as_ref().map_or(0, String::len);
        let rule = self.rule.as_ref().map_or(0, |rule| {
            // A record has no more of it than its beginning.
            let shown = rule.get(..rule.floor_char_boundary(LONGEST_RULE));
            shown
                .unwrap_or_default()
                .chars()
                .map(escaped)
                .sum::<usize>()
                + 64
        });
        self.addresses.len() + ports + rule + 64
    }
}

/// How much room a character takes in a record.
fn escaped(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        ' '..='~' => 1,
        // As `\uXXXX`, or as it is.
        _ => 6,
    }
}

/// Members of a set that are denied for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// First and last address, as numbers.
    pub ranges: Vec<(u128, u128)>,
    /// First and last port; none where all that were asked for are meant.
    pub ports: Vec<(u16, u16)>,
    /// Which of the decision's refusals.
    pub refusal: u32,
}

impl Exception {
    /// Its addresses, and its ports where they are not all.
    pub fn shown(&self, ipv6: bool) -> String {
        let ranges = self.ranges.iter();
        let shown = ranges.map(|(first, last)| shown_range(ipv6, *first, *last));
        let mut text = shown.collect::<Vec<_>>().join(",");
        if !self.ports.is_empty() {
            text += " port ";
            text += &shown_ports(&self.ports);
        }
        text
    }
}
