//! Events of a run, as the gate reports them and the audit log records them.

use std::time::Duration;

use crate::Request;
use crate::set::{shown_ports, shown_range};

/// The maximum size of all parts in one record.
pub const LONGEST_PARTS: usize = 24 << 10;
/// The maximum size of all that report-only rules say in one record.
pub const LONGEST_REPORTS: usize = 2 << 10;
/// The maximum length of a rule's text in a record.
pub const LONGEST_RULE: usize = 1024;
/// The maximum size of all changes of one write, names and values together. A capability refuses a longer change, so
/// that no record of a change is truncated.
pub const LONGEST_CHANGES: usize = 6 << 10;

/// What happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A plugin is about to run with these arguments.
    RunStart {
        /// Its arguments.
        args: &'a [String],
        /// Kinds of confinement that this kernel does not support.
        unconfined: &'a [&'static str],
    },
    /// A plugin is about to be installed, updated, rolled back or removed, or that was refused.
    PluginChange {
        /// What is done, and the source of the plugin.
        words: &'a [String],
        /// Why it is not done.
        refused: Option<&'a str>,
    },
    /// An access was allowed and is about to happen.
    Open(&'a Access<'a>),
    /// An access was refused.
    Denied(&'a Access<'a>),
    /// A part of what is denied of a set, if that does not fit into the record of the decision. That record follows.
    Except(&'a Access<'a>),
    /// A part of what was used of a set, if that does not fit into its `close` record.
    Used(&'a Access<'a>),
    /// An access has ended.
    Close(&'a Access<'a>, &'a Totals),
    /// The run has ended.
    RunEnd {
        /// Exit code of the process.
        exit: u8,
        /// Why the host ended it, if it did.
        stopped: Option<&'a str>,
        /// Denials that have no record of their own.
        unrecorded_denials: u64,
        /// Which of these facts only the runner knows.
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
    /// Where the rule comes from.
    pub grant: Option<&'static str>,
    /// For a set: its denied parts when it is opened, or its used parts when it is closed.
    pub parts: &'a [Part],
    /// What report-only rules would deny of it, when it is opened.
    pub reports: &'a [Reported],
}

/// How a permitted operation ended.
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
    /// Which of these facts only the runner knows.
    pub claimed: &'static [Claim],
}

/// A fact in a record that the writer of the record does not know itself. The runner reported it, and a plugin may
/// have taken over the runner.
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
    /// How many denials have no record of their own, or a part of that number.
    UnrecordedDenials,
}

impl Claim {
    /// The name in records.
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
    /// Addresses, networks and ranges (`first-last`), separated by commas.
    pub addresses: String,
    /// Ports and ranges of ports, separated by commas. None if the protocol has no ports, or if all ports are meant.
    pub ports: Option<String>,
    /// The rule that denies it.
    pub rule: Option<String>,
    /// The number of addresses, or of pairs of address and port.
    pub count: u64,
}

/// What a report-only rule would deny of an access that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// The rule.
    pub rule: String,
    /// Of a set: the addresses, in the notation of a [`Part`]. None for all of the target, and where they do not fit
    /// into the record.
    pub addresses: Option<String>,
    /// The ports, if not all of them are meant.
    pub ports: Option<String>,
    /// Of a set: the number of members.
    pub count: Option<u64>,
}

impl Part {
    /// Its size in a record.
    pub fn room(&self) -> usize {
        let ports = self.ports.as_ref().map_or(0, String::len);
        let rule = self.rule.as_ref().map_or(0, |rule| {
            // A record contains only the beginning.
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

/// The size of a character in a record.
fn escaped(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        ' '..='~' => 1,
        // Written as `\uXXXX`, or literally.
        _ => 6,
    }
}

/// Members of a set that are denied for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// First and last address, as numbers.
    pub ranges: Vec<(u128, u128)>,
    /// First and last port. None if all requested ports are meant.
    pub ports: Vec<(u16, u16)>,
    /// The index of the refusal in the decision.
    pub refusal: u32,
}

impl Exception {
    /// Its addresses, and its ports if these are not all ports.
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
