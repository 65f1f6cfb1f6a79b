//! The shape of a record, for writing and reading. Field names are part of the interface: sites parse them
//! (docs/audit.md).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::chain::Hash;
pub use super::of_log::{Cause, Keys, LogFacts, Lost, Renewed};
use super::text::bounded;

/// Version of the record's shape, in every record as `v`.
pub const VERSION: u32 = 1;

/// The maximum length of a line of a log, which limits the memory of a reader.
pub const LONGEST_LINE: usize = 64 << 10;

/// The maximum number of a record. No log reaches it, every program can represent it exactly, and calculations with
/// it do not overflow.
pub const LAST_NUMBER: u64 = (1 << 53) - 1;

/// A string of a record: borrowed while it is written, owned once it is read.
pub type Text<'a> = Cow<'a, str>;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A log begins, or its next file.
    LogOpen,
    /// A file of the log is complete; the next one follows.
    LogClose,
    /// From here on another key signs.
    Key,
    /// A signature over everything up to here.
    Checkpoint,
    /// Records are missing here, or bytes that are no record stand before this one.
    RecordsLost,
    /// The site's policy is another than the last one that this log saw.
    PolicyChange,
    /// A plugin is about to be installed, updated, rolled back or removed, or that was refused.
    PluginChange,
    /// A plugin is about to run.
    RunStart,
    /// The run is over.
    RunEnd,
    /// An access was allowed and is about to happen.
    Open,
    /// An access was refused.
    Denied,
    /// A part of what is denied of a set; more follows, and the decision.
    Except,
    /// A part of what an access to a set has used; more follows.
    Used,
    /// An access is over; its totals.
    Close,
    /// An event that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Kind {
    /// Every event that this version writes.
    pub const ALL: [Self; 14] = [
        Self::LogOpen,
        Self::LogClose,
        Self::Key,
        Self::Checkpoint,
        Self::RecordsLost,
        Self::PolicyChange,
        Self::PluginChange,
        Self::RunStart,
        Self::RunEnd,
        Self::Open,
        Self::Denied,
        Self::Except,
        Self::Used,
        Self::Close,
    ];

    /// Its name in a record.
    pub fn name(self) -> &'static str {
        match self {
            Self::LogOpen => "log-open",
            Self::LogClose => "log-close",
            Self::Key => "key",
            Self::Checkpoint => "checkpoint",
            Self::RecordsLost => "records-lost",
            Self::PolicyChange => "policy-change",
            Self::PluginChange => "plugin-change",
            Self::RunStart => "run-start",
            Self::RunEnd => "run-end",
            Self::Open => "open",
            Self::Denied => "denied",
            Self::Except => "except",
            Self::Used => "used",
            Self::Close => "close",
            Self::Unknown => "unknown",
        }
    }

    /// The log speaks of itself, not of a run.
    pub fn is_of_log(self) -> bool {
        matches!(
            self,
            Self::LogOpen
                | Self::LogClose
                | Self::Key
                | Self::Checkpoint
                | Self::RecordsLost
                | Self::PolicyChange
        )
    }
}

fn is_empty(parts: &[Part]) -> bool {
    parts.is_empty()
}

/// One record. What does not apply to its event is absent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Record<'a> {
    /// Version of this shape.
    pub v: u32,
    /// Position in the log, over all runs and files.
    pub seq: u64,
    /// Wall clock time.
    #[cfg_attr(test, schemars(with = "String", extend("format" = "date-time")))]
    pub ts: Timestamp,
    /// Nanoseconds of the monotonic clock; they compare within one `boot`.
    pub mono: u64,
    /// What happened.
    pub event: Kind,
    /// This machine's name.
    pub host: Text<'a>,
    /// The kernel's boot identifier.
    pub boot: Text<'a>,
    /// The run that wrote this, unique among all runs of all machines.
    pub run: Text<'a>,
    /// Position within the run; absent where the log speaks of itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run_seq: Option<u64>,
    /// Who started the run.
    pub actor: Cow<'a, Actor>,
    /// What was run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<Cow<'a, Plugin>>,
    /// The policy in force, and the rule of it that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Policy<'a>>,
    /// Where the grant came from, such as `policy` or `flag`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<Text<'a>>,
    /// Number of the access within the run; `open` and `close` of one access share it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handle: Option<u64>,
    /// Name of the request, such as `icmp.echo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cap: Option<Text<'a>>,
    /// The WIT function that raised it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<Text<'a>>,
    /// Whom or what it touches.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target<'a>>,
    /// The network interface that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interface: Option<Text<'a>>,
    /// The network namespace that it is about, if that is another than the plugin's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Text<'a>>,
    /// What is special about the socket, with values: `source=192.0.2.1`, `mark=7`, `broadcast`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub options: Vec<String>,
    /// What a write changes, field by field.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub changes: BTreeMap<Text<'a>, Text<'a>>,
    /// Of `open`, `denied` and `except`, where the target is a set: what of it is denied, and by which rule.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub except: Cow<'a, [Part]>,
    /// Of `open`: what report-only rules of the system's policy would deny of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub report: Vec<Reported<'a>>,
    /// Of `used` and `close`, where the target is a set: which members packets were sent to, each named once.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub used: Cow<'a, [Part]>,
    /// The gate's decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
    /// What the system said to what was permitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
    /// Totals of an access.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub counters: Option<Counters>,
    /// The plugin's arguments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub args: Option<Vec<Text<'a>>>,
    /// Of `run-start`: what this kernel cannot keep the plugin's process from, Landlock being old or off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unconfined: Vec<Text<'a>>,
    /// Exit code of a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit: Option<u8>,
    /// Why the host ended a run, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<Text<'a>>,
    /// Denials of a run that were only counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unrecorded_denials: Option<u64>,
    /// Of `close` and `run-end`: what of this the runner alone says, which a plugin may have taken over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claimed: Vec<Text<'a>>,
    /// Of `log-open`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogFacts>,
    /// Of `key`, and of every signed record: who signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<Keys>,
    /// Of `records-lost`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost: Option<Lost>,
    /// Hash of the record before; zeros in the first.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$")))]
    pub prev: Hash,
    /// What the writer's seal key says of this record, hexadecimal. Appended when the line is sealed.
    #[serde(default, skip_serializing)]
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{32}$")))]
    pub mac: Option<Text<'a>>,
    /// Hash of this record. Appended when the line is sealed.
    #[serde(default, skip_serializing)]
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$")))]
    pub hash: Hash,
    /// Signature over `hash`, hexadecimal. Appended when the line is sealed.
    #[serde(default, skip_serializing)]
    #[cfg_attr(test, schemars(regex(pattern = "^[0-9a-f]{128}$")))]
    pub sig: Option<String>,
}

/// Who started a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Actor {
    /// Real user id.
    pub uid: u32,
    /// The login name of that user, if the password file has it.
    pub user: Option<String>,
    /// Audit session of the kernel (pam_loginuid(8)), if there is one.
    pub session: Option<u32>,
    /// Real group id, where a service acted for the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gid: Option<u32>,
    /// The user's process, where a service acted for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
}

/// What was run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version, if it says one.
    #[serde(default)]
    pub version: Option<String>,
    /// SHA-256 of the component.
    pub digest: String,
    /// The key that has signed it; `bundled` when it is part of nethost itself.
    #[serde(default)]
    pub signer: Option<String>,
}

/// Which policy decided.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Policy<'a> {
    /// SHA-256 over all files and flags that had a say; absent when there were none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Text<'a>>,
    /// The rule that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<Text<'a>>,
    /// Of `policy-change`: the digest before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Text<'a>>,
}

/// Whom or what an access touches.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Target<'a> {
    /// What kind of thing.
    pub kind: TargetKind,
    /// As the operator knows it: the name that the address was resolved from.
    pub asked: Text<'a>,
    /// What it became.
    pub resolved: Text<'a>,
}

impl Target<'_> {
    /// The address, if it is one.
    pub fn address(&self) -> Option<IpAddr> {
        let endpoint = self.resolved.parse::<SocketAddr>().map(|at| at.ip());
        endpoint.or_else(|_| self.resolved.parse()).ok()
    }

    /// The port, if it has one.
    pub fn port(&self) -> Option<u16> {
        let endpoint = self.resolved.parse::<SocketAddr>();
        endpoint.ok().map(|at| at.port())
    }
}

/// A part of a set of targets: each of these addresses with each of these ports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Part {
    /// Addresses, networks, and ranges as `first-last`, with commas between them.
    pub addresses: String,
    /// Ports and ranges of ports, with commas between them; absent where there are none, or all are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<String>,
    /// The rule that denies it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// How many addresses, or addresses with a port, that are.
    pub count: u64,
}

/// What a report-only rule would deny of what is allowed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Reported<'a> {
    /// The rule.
    pub rule: Text<'a>,
    /// Where the target is a set: addresses, networks, and ranges as `first-last`, with commas between them; absent
    /// where they are too long for the record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<Text<'a>>,
    /// Ports and ranges of ports, with commas between them; absent where there are none, or all are meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ports: Option<Text<'a>>,
    /// Where the target is a set: how many addresses, or addresses with a port, that are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

impl<'a> From<&'a nethost_core::Reported> for Reported<'a> {
    fn from(reported: &'a nethost_core::Reported) -> Self {
        Self {
            rule: bounded(&reported.rule),
            addresses: reported.addresses.as_deref().map(Cow::Borrowed),
            ports: reported.ports.as_deref().map(Cow::Borrowed),
            count: reported.count,
        }
    }
}

impl From<&nethost_core::Part> for Part {
    fn from(part: &nethost_core::Part) -> Self {
        let nethost_core::Part {
            addresses,
            ports,
            rule,
            count,
        } = part.clone();
        Self {
            addresses,
            ports,
            rule: rule.map(|rule| bounded(&rule).into_owned()),
            count,
        }
    }
}

/// What kind of thing a target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TargetKind {
    /// A host, with its port where there is one.
    Address,
    /// A network.
    Network,
    /// Many hosts, each by itself: ranges with commas between them, then `port` and ranges of ports.
    Set,
    /// A name to look up.
    Name,
    /// A file.
    Path,
    /// A fact about, or a device of, this machine.
    Local,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The gate's decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Go ahead.
    Allowed,
    /// Do not.
    Denied,
}

/// What the system said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It worked.
    Ok,
    /// It failed with this errno; 0 when it has none.
    Errno(i32),
}

/// What an access carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counters {
    /// Packets or messages sent.
    pub packets_sent: u64,
    /// Packets or messages received.
    pub packets_received: u64,
    /// Their payload bytes.
    pub bytes_sent: u64,
    /// Their payload bytes.
    pub bytes_received: u64,
    /// How long it was open.
    pub ms: u64,
}
