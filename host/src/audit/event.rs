//! From what a run does to the record of it.

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;

use super::chain::Hash;
use super::record::{
    Actor, Counters, Decision, Kind, Outcome, Part, Plugin, Policy, Record, Target, TargetKind,
    VERSION,
};
use super::text::{bounded, bounded_changes, bounded_list};
use crate::gate::{self, SocketRequest};

/// Who runs what, in every record of a run.
#[derive(Debug, Clone)]
pub struct Run {
    /// Unique among all runs of all machines.
    pub run: String,
    /// This machine's name.
    pub host: String,
    /// The kernel's boot identifier, so that monotonic times can be compared.
    pub boot: String,
    /// Who started it.
    pub actor: Actor,
    /// What it is; none where nethost itself works on the log.
    pub plugin: Option<Plugin>,
    /// Digest of all policies that have a say in it.
    pub policy: Option<String>,
}

/// One access: what a plugin asked for.
#[derive(Debug)]
pub struct Access<'a> {
    /// Its number within the run; `open` and `close` of one access share it.
    pub handle: u64,
    /// Name of the request.
    pub capability: &'static str,
    /// The request.
    pub request: &'a gate::Request,
    /// The name that the target was resolved from.
    pub asked: Option<&'a str>,
    /// The rule that decided.
    pub rule: &'a str,
    /// Where the rule is from.
    pub grant: Option<&'static str>,
    /// Where it is for a set: what is denied of that when it is opened, or what was used of it.
    pub parts: &'a [Part],
}

/// What was done with an access, in its `close` record.
#[derive(Debug)]
pub struct Totals {
    /// Whether the system did what was permitted.
    pub outcome: gate::Outcome,
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
}

/// What happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A plugin is about to run with these arguments.
    RunStart {
        /// Its arguments.
        args: &'a [String],
    },
    /// An access was allowed and is about to happen.
    Open(&'a Access<'a>),
    /// An access was refused.
    Denied(&'a Access<'a>),
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
    },
}

/// A record of this run with nothing in it yet.
fn blank(run: &Run, event: Kind) -> Record<'_> {
    Record {
        v: VERSION,
        seq: 1,
        ts: Timestamp::UNIX_EPOCH,
        mono: 0,
        event,
        host: bounded(&run.host),
        boot: bounded(&run.boot),
        run: Cow::Borrowed(&run.run),
        run_seq: None,
        actor: Cow::Borrowed(&run.actor),
        plugin: None,
        policy: None,
        grant: None,
        handle: None,
        cap: None,
        op: None,
        target: None,
        interface: None,
        namespace: None,
        options: Vec::new(),
        changes: Default::default(),
        except: Cow::Borrowed(&[]),
        used: Cow::Borrowed(&[]),
        decision: None,
        outcome: None,
        counters: None,
        args: None,
        unconfined: Vec::new(),
        exit: None,
        stopped: None,
        unrecorded_denials: None,
        log: None,
        key: None,
        lost: None,
        prev: Hash::default(),
        mac: None,
        hash: Hash::default(),
        sig: None,
    }
}

/// A record of the log about itself, which this run writes.
pub(super) fn of_log(run: &Run, event: Kind) -> Record<'_> {
    blank(run, event)
}

/// A record of the run.
pub(super) fn of_run<'a>(run: &'a Run, run_seq: u64, event: &'a Event<'a>) -> Record<'a> {
    let mut record = blank(run, event.kind());
    record.run_seq = Some(run_seq);
    record.plugin = run.plugin.as_ref().map(Cow::Borrowed);
    record.policy = run.policy.as_ref().map(|digest| Policy {
        digest: Some(Cow::Borrowed(digest)),
        ..Policy::default()
    });
    match event {
        Event::RunStart { args } => {
            record.args = Some(bounded_list(args));
            let lacking = crate::lockdown::lacking();
            record.unconfined = lacking.into_iter().map(bounded).collect();
        }
        Event::Open(access) => {
            record.decision = Some(Decision::Allowed);
            decided(&mut record, access);
        }
        Event::Denied(access) => {
            record.decision = Some(Decision::Denied);
            decided(&mut record, access);
        }
        Event::Used(access) => {
            describe(&mut record, access);
            record.used = Cow::Borrowed(access.parts);
        }
        Event::Close(access, totals) => {
            describe(&mut record, access);
            record.used = Cow::Borrowed(access.parts);
            record.outcome = Some(match totals.outcome {
                gate::Outcome::Ok => Outcome::Ok,
                gate::Outcome::Failed(errno) => Outcome::Errno(errno),
            });
            record.counters = Some(Counters {
                packets_sent: totals.packets_sent,
                packets_received: totals.packets_received,
                bytes_sent: totals.bytes_sent,
                bytes_received: totals.bytes_received,
                ms: u64::try_from(totals.duration.as_millis()).unwrap_or(u64::MAX),
            });
        }
        Event::RunEnd { exit, stopped } => {
            record.exit = Some(*exit);
            record.stopped = stopped.map(bounded);
        }
    }
    record
}

impl Event<'_> {
    fn kind(&self) -> Kind {
        match self {
            Self::RunStart { .. } => Kind::RunStart,
            Self::Open(_) => Kind::Open,
            Self::Denied(_) => Kind::Denied,
            Self::Used(_) => Kind::Used,
            Self::Close(..) => Kind::Close,
            Self::RunEnd { .. } => Kind::RunEnd,
        }
    }
}

fn decided<'a>(record: &mut Record<'a>, access: &'a Access<'a>) {
    describe(record, access);
    record.policy.get_or_insert_default().rule = Some(bounded(access.rule));
    record.grant = access.grant.map(Cow::Borrowed);
    record.except = Cow::Borrowed(access.parts);
}

fn describe<'a>(record: &mut Record<'a>, access: &'a Access<'a>) {
    let request = access.request;
    let resolved = request.target.to_string();
    let resolved: Cow<'_, str> = match request.target {
        // It has a bound of its own, and is named whole.
        gate::Target::Set(_) => Cow::Owned(resolved),
        _ => Cow::Owned(bounded(&resolved).into_owned()),
    };
    record.handle = Some(access.handle);
    record.cap = Some(Cow::Borrowed(access.capability));
    record.op = Some(Cow::Borrowed(request.op));
    record.interface = request.interface.as_ref().map(|at| bounded(at.name()));
    record.namespace = request.namespace.as_deref().map(bounded);
    record.options = request
        .socket
        .iter()
        .flat_map(SocketRequest::described)
        .collect();
    record.changes = bounded_changes(&request.changes);
    record.target = Some(Target {
        kind: match request.target {
            gate::Target::Address { .. } | gate::Target::Listen { .. } => TargetKind::Address,
            gate::Target::Network(_) => TargetKind::Network,
            gate::Target::Set(_) => TargetKind::Set,
            gate::Target::Name(_) | gate::Target::Link(_) | gate::Target::Object(_) => {
                TargetKind::Name
            }
            gate::Target::Path(_) => TargetKind::Path,
            gate::Target::Local(_) => TargetKind::Local,
        },
        asked: access.asked.map_or_else(|| resolved.clone(), bounded),
        resolved,
    });
}
