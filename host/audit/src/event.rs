//! Converts events of a run to records.

use std::borrow::Cow;

use jiff::Timestamp;

use super::chain::Hash;
use super::record::{
    Actor, Counters, Decision, Kind, Outcome, Part, Plugin, Policy, Record, Target, TargetKind,
    VERSION,
};
use super::text::{bounded, bounded_changes, bounded_list};
use nethost_core::{self as core, Access, Claim, Event, SocketRequest};

/// The facts about a run in each of its records.
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
    /// The plugin. None if nethost itself works on the log.
    pub plugin: Option<Plugin>,
    /// Digest of all policies that apply to it.
    pub policy: Option<String>,
}

/// A record of this run without contents.
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
        report: Vec::new(),
        used: Cow::Borrowed(&[]),
        decision: None,
        outcome: None,
        counters: None,
        args: None,
        unconfined: Vec::new(),
        exit: None,
        stopped: None,
        unrecorded_denials: None,
        claimed: Vec::new(),
        log: None,
        key: None,
        lost: None,
        prev: Hash::default(),
        mac: None,
        hash: Hash::default(),
        sig: None,
    }
}

/// A record about the log itself, which this run writes.
pub(super) fn of_log(run: &Run, event: Kind) -> Record<'_> {
    blank(run, event)
}

/// A record of the run.
pub(super) fn of_run<'a>(run: &'a Run, run_seq: u64, event: &'a Event<'a>) -> Record<'a> {
    let mut record = blank(run, kind(event));
    record.run_seq = Some(run_seq);
    record.plugin = run.plugin.as_ref().map(Cow::Borrowed);
    record.policy = run.policy.as_ref().map(|digest| Policy {
        digest: Some(Cow::Borrowed(digest)),
        ..Policy::default()
    });
    match event {
        Event::RunStart { args, unconfined } => {
            record.args = Some(bounded_list(args));
            record.unconfined = unconfined.iter().copied().map(bounded).collect();
        }
        Event::PluginChange { words, refused } => {
            record.args = Some(bounded_list(words));
            record.decision = Some(match refused {
                None => Decision::Allowed,
                Some(_) => Decision::Denied,
            });
            record.stopped = refused.map(bounded);
        }
        Event::Open(access) => {
            record.decision = Some(Decision::Allowed);
            decided(&mut record, access);
            record.report = access.reports.iter().map(Into::into).collect();
        }
        Event::Denied(access) => {
            record.decision = Some(Decision::Denied);
            decided(&mut record, access);
        }
        Event::Except(access) => {
            record.decision = Some(Decision::Denied);
            describe(&mut record, access);
            record.except = parts(access);
        }
        Event::Used(access) => {
            describe(&mut record, access);
            record.used = parts(access);
        }
        Event::Close(access, totals) => {
            describe(&mut record, access);
            record.used = parts(access);
            record.outcome = Some(match totals.outcome {
                core::Outcome::Ok => Outcome::Ok,
                core::Outcome::Failed(errno) => Outcome::Errno(errno),
            });
            record.claimed = names(totals.claimed);
            record.counters = Some(Counters {
                packets_sent: totals.packets_sent,
                packets_received: totals.packets_received,
                bytes_sent: totals.bytes_sent,
                bytes_received: totals.bytes_received,
                ms: u64::try_from(totals.duration.as_millis()).unwrap_or(u64::MAX),
            });
        }
        Event::RunEnd {
            exit,
            stopped,
            unrecorded_denials,
            claimed,
        } => {
            record.claimed = names(claimed);
            record.exit = Some(*exit);
            record.stopped = stopped.map(bounded);
            record.unrecorded_denials = (*unrecorded_denials > 0).then_some(*unrecorded_denials);
        }
    }
    record
}

fn kind(event: &Event<'_>) -> Kind {
    match event {
        Event::RunStart { .. } => Kind::RunStart,
        Event::PluginChange { .. } => Kind::PluginChange,
        Event::Open(_) => Kind::Open,
        Event::Denied(_) => Kind::Denied,
        Event::Except(_) => Kind::Except,
        Event::Used(_) => Kind::Used,
        Event::Close(..) => Kind::Close,
        Event::RunEnd { .. } => Kind::RunEnd,
    }
}

fn names<'a>(claimed: &[Claim]) -> Vec<Cow<'a, str>> {
    let names = claimed.iter().map(|claim| claim.name());
    names.map(Cow::Borrowed).collect()
}

fn parts<'a>(access: &Access<'_>) -> Cow<'a, [Part]> {
    access.parts.iter().map(Part::from).collect()
}

fn decided<'a>(record: &mut Record<'a>, access: &'a Access<'a>) {
    describe(record, access);
    record.policy.get_or_insert_default().rule = Some(bounded(access.rule));
    record.grant = access.grant.map(Cow::Borrowed);
    record.except = parts(access);
}

fn describe<'a>(record: &mut Record<'a>, access: &'a Access<'a>) {
    let request = access.request;
    let resolved = request.target.to_string();
    let resolved: Cow<'_, str> = match request.target {
        // It has its own limit, and is written completely.
        core::Target::Set(_) => Cow::Owned(resolved),
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
            core::Target::Address { .. } | core::Target::Listen { .. } => TargetKind::Address,
            core::Target::Network(_) => TargetKind::Network,
            core::Target::Set(_) => TargetKind::Set,
            core::Target::Name(_) | core::Target::Link(_) | core::Target::Object(_) => {
                TargetKind::Name
            }
            core::Target::Path(_) => TargetKind::Path,
            core::Target::Local(_) => TargetKind::Local,
        },
        asked: access.asked.map_or_else(|| resolved.clone(), bounded),
        resolved,
    });
}
