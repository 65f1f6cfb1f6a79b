//! The shape of a record. Field names are part of the product: sites parse them.

use std::time::Duration;

use serde::Serialize;

use crate::gate::{Outcome, Target};

/// Version of the record's shape, in every record as `v`.
const VERSION: u32 = 1;

/// Who runs what, in every record of a run.
#[derive(Debug, Clone, Serialize)]
pub struct Run {
    /// Unique among all runs of all machines.
    pub run: String,
    /// This machine's name.
    pub host: String,
    /// The kernel's boot identifier, so that monotonic times can be compared.
    pub boot: String,
    /// Who started it.
    pub actor: Actor,
    /// What it is.
    pub plugin: Plugin,
}

/// Who started a run.
#[derive(Debug, Clone, Serialize)]
pub struct Actor {
    /// Real user id.
    pub uid: u32,
    /// The login name of that user, if the password file has it.
    pub user: Option<String>,
    /// Audit session of the kernel (pam_loginuid(8)), if there is one.
    pub session: Option<u32>,
}

/// What was run.
#[derive(Debug, Clone, Serialize)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// SHA-256 of the component.
    pub digest: String,
}

/// One access: what a plugin asked for.
#[derive(Debug)]
pub struct Access<'a> {
    /// Its number within the run; `open` and `close` of one access share it.
    pub handle: u64,
    /// Name of the request.
    pub capability: &'static str,
    /// The WIT function.
    pub op: &'static str,
    /// Whom or what it touches.
    pub target: &'a Target,
    /// The network interface it is bound to.
    pub interface: Option<&'a str>,
    /// The name that the target was resolved from.
    pub asked: Option<&'a str>,
    /// What it would change, field by field.
    pub changes: &'a [(&'static str, String)],
    /// The rule that decided.
    pub rule: &'a str,
}

/// What was done with an access, in its `close` record.
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

#[derive(Serialize)]
struct Record<'a> {
    v: u32,
    seq: u64,
    ts: String,
    mono: u64,
    event: &'static str,
    #[serde(flatten)]
    run: &'a Run,
    #[serde(skip_serializing_if = "Option::is_none")]
    handle: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    op: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<TargetField<'a>>,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "as_object")]
    changes: Option<&'a [(&'static str, String)]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<PolicyField<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<OutcomeField>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counters: Option<Counters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unrecorded_denials: Option<u64>,
}

#[derive(Serialize)]
struct TargetField<'a> {
    asked: std::borrow::Cow<'a, str>,
    resolved: String,
}

#[derive(Serialize)]
struct PolicyField<'a> {
    rule: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
enum OutcomeField {
    Ok,
    Errno(i32),
}

#[derive(Serialize)]
struct Counters {
    packets_sent: u64,
    packets_received: u64,
    bytes_sent: u64,
    bytes_received: u64,
    ms: u64,
}

/// A record as one line of JSON.
pub(super) fn line(run: &Run, seq: u64, event: &Event<'_>, unrecorded_denials: u64) -> Vec<u8> {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let mut record = Record {
        v: VERSION,
        seq,
        ts: jiff::Timestamp::now().to_string(),
        mono: (now.tv_sec as u64) * 1_000_000_000 + now.tv_nsec as u64,
        event: "",
        run,
        handle: None,
        cap: None,
        op: None,
        target: None,
        changes: None,
        decision: None,
        policy: None,
        outcome: None,
        counters: None,
        args: None,
        exit: None,
        stopped: None,
        unrecorded_denials: None,
    };
    match event {
        Event::RunStart { args } => {
            record.event = "run-start";
            record.args = Some(args);
        }
        Event::Open(access) => {
            record.event = "open";
            record.decision = Some("allowed");
            record.policy = Some(PolicyField { rule: access.rule });
            describe(&mut record, access);
        }
        Event::Denied(access) => {
            record.event = "denied";
            record.decision = Some("denied");
            record.policy = Some(PolicyField { rule: access.rule });
            describe(&mut record, access);
        }
        Event::Close(access, totals) => {
            record.event = "close";
            describe(&mut record, access);
            record.outcome = Some(match totals.outcome {
                Outcome::Ok => OutcomeField::Ok,
                Outcome::Failed(errno) => OutcomeField::Errno(errno),
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
            record.event = "run-end";
            record.exit = Some(*exit);
            record.stopped = *stopped;
            record.unrecorded_denials = (unrecorded_denials > 0).then_some(unrecorded_denials);
        }
    }
    // Nothing in a record can fail to serialize: no maps with odd keys, no floats.
    let mut line = serde_json::to_vec(&record).unwrap_or_default();
    line.push(b'\n');
    line
}

fn as_object<S: serde::Serializer>(
    changes: &Option<&[(&'static str, String)]>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(
        changes
            .iter()
            .copied()
            .flatten()
            .map(|(field, value)| (field, value)),
    )
}

fn describe<'a>(record: &mut Record<'a>, access: &Access<'a>) {
    let resolved = access.target.to_string();
    record.handle = Some(access.handle);
    record.cap = Some(access.capability);
    record.op = Some(access.op);
    record.changes = (!access.changes.is_empty()).then_some(access.changes);
    record.target = Some(TargetField {
        asked: access
            .asked
            .map_or_else(|| resolved.clone().into(), Into::into),
        resolved,
    });
}
