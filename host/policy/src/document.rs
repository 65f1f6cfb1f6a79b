//! The shape of a policy file. The JSON schema is made from it, so its comments are what a reader of a
//! policy is told.

use std::path::PathBuf;

use serde::Deserialize;
use toml::{Spanned, Value};

use nethost_core::SyncMode;

/// What plugins may do on this machine. A denial anywhere wins; what no rule allows is denied.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    /// Version of the format: 1.
    #[cfg_attr(test, schemars(with = "u32", range(min = 1, max = 1)))]
    pub(super) version: Spanned<u32>,
    /// What holds where no rule says otherwise.
    #[serde(default)]
    pub(super) defaults: Defaults,
    /// The audit log.
    #[serde(default)]
    pub(super) audit: Audit,
    /// Who must have signed plugins.
    #[serde(default)]
    pub(super) signers: Signers,
    /// What every run may use of the machine.
    #[serde(default)]
    pub(super) limits: Limits,
    /// Rules about plugins.
    #[serde(default)]
    pub(super) plugin: Vec<Plugin>,
}

/// What holds where no rule says otherwise.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Defaults {
    /// What becomes of a request that no rule mentions: `deny`, or `ask` the operator on a terminal.
    #[serde(default)]
    pub(super) on_missing: super::OnMissing,
}

/// Who must have signed plugins.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Signers {
    /// A plugin that is not bundled runs only if one of these keys has signed it: `ed25519:` and 64 hexadecimal
    /// digits each. An empty list: only bundled plugins run.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>"))]
    pub(super) required: Option<Spanned<Vec<Spanned<String>>>>,
}

/// The audit log.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Audit {
    /// Without a record there is no effect: a log that cannot be written stops the run.
    #[serde(default)]
    pub(super) required: bool,
    /// When records are forced onto the disk: "never" but by the kernel, at each "checkpoint", or "always",
    /// before what they record happens.
    #[cfg_attr(test, schemars(with = "Option<schema::SyncMode>"))]
    pub(super) sync: Option<SyncMode>,
    /// The log's current file.
    #[cfg_attr(test, schemars(with = "Option<String>", regex(pattern = "^/")))]
    pub(super) file: Option<Spanned<PathBuf>>,
    /// Size at which a file of the log is complete: bytes, or a text such as "64 MiB".
    #[cfg_attr(test, schemars(with = "Option<schema::Bytes>"))]
    pub(super) rotate: Option<Spanned<Value>>,
    /// How many complete files are kept at least; all, unless this or `keep-for` is set.
    pub(super) keep: Option<usize>,
    /// For how long a complete file is kept at least, such as "90 d".
    #[serde(rename = "keep-for")]
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^[0-9]+ *(d|h|min|s)$"))
    )]
    pub(super) keep_for: Option<Spanned<String>>,
}

/// What one run may use of the machine.
#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    /// Linear memory: bytes, or a text such as "64 MiB".
    #[cfg_attr(test, schemars(with = "Option<schema::Bytes>"))]
    pub(super) memory: Option<Spanned<Value>>,
    /// Processor time, all together, such as "1min".
    #[cfg_attr(test, schemars(with = "Option<schema::Time>"))]
    pub(super) cpu: Option<Spanned<Value>>,
    /// Processor time without waiting, writing or receiving, such as "10s".
    #[cfg_attr(test, schemars(with = "Option<schema::Time>"))]
    pub(super) busy: Option<Spanned<Value>>,
    /// Time from start to end, such as "1h".
    #[cfg_attr(test, schemars(with = "Option<schema::Time>"))]
    pub(super) time: Option<Spanned<Value>>,
    /// Sockets, screens and the like open at once.
    #[cfg_attr(test, schemars(with = "Option<u64>", range(min = 1)))]
    pub(super) handles: Option<Spanned<u64>>,
    /// File descriptors open at once, nethost's own among them.
    #[cfg_attr(test, schemars(with = "Option<u64>", range(min = 1)))]
    pub(super) descriptors: Option<Spanned<u64>>,
    /// Bytes a second to standard output and standard error, over ten seconds: a number, or a text such
    /// as "1 MiB".
    #[cfg_attr(test, schemars(with = "Option<schema::Bytes>"))]
    pub(super) output: Option<Spanned<Value>>,
    /// Accesses opened in an hour, each of which is two records of the audit log.
    #[cfg_attr(test, schemars(with = "Option<u64>", range(min = 1)))]
    pub(super) opens: Option<Spanned<u64>>,
}

/// Rules about plugins: those of a digest or of a signer, the bundled one of a name, or any.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Plugin {
    /// A bundled plugin's name, or `*` for any plugin. With a digest or signer beside it, just a name.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) name: Option<Spanned<String>>,
    /// The component's SHA-256: `sha256:` and 64 hexadecimal digits.
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^sha256:[0-9a-f]{64}$"))
    )]
    pub(super) digest: Option<Spanned<String>>,
    /// The key that has signed the component: `ed25519:` and 64 hexadecimal digits.
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^ed25519:[0-9a-f]{64}$"))
    )]
    pub(super) signer: Option<Spanned<String>>,
    /// What it may do.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<Grant>"))]
    pub(super) allow: Vec<Spanned<Grant>>,
    /// What it must not do, whatever else allows it. A denial has no quota.
    #[serde(default)]
    #[cfg_attr(test, schemars(with = "Vec<Grant>"))]
    pub(super) deny: Vec<Spanned<Grant>>,
    /// What its runs may use of the machine; lower than what all runs may.
    #[serde(default)]
    pub(super) limits: Limits,
}

/// A capability, and the scope of the rule. A field that is left out narrows nothing.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Grant {
    /// Name of the request, such as `icmp.echo`, or `*` for any.
    #[cfg_attr(test, schemars(with = "String"))]
    pub(super) cap: Spanned<String>,
    /// Targets: an address, a network, ADDRESS:PORT, a name, `*.example.org`, a path, or `$args` for what
    /// the operator typed.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>", length(min = 1)))]
    pub(super) to: Option<Spanned<Vec<Spanned<String>>>>,
    /// Ports: numbers, or ranges such as "8000-8080".
    #[cfg_attr(test, schemars(with = "Option<Vec<schema::Port>>", length(min = 1)))]
    pub(super) ports: Option<Spanned<Vec<Spanned<Value>>>>,
    /// Network interfaces that the request is bound to, such as "eth0" or "wg*".
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>", length(min = 1)))]
    pub(super) interfaces: Option<Spanned<Vec<Spanned<String>>>>,
    /// What may be special about a socket: "broadcast", "dont-route", "local-port", "mark", "own-header",
    /// "privileged-port", "source". Without any, all but "mark" and "privileged-port"; in a denial, the sockets
    /// with one of these.
    #[cfg_attr(test, schemars(with = "Option<Vec<String>>", length(min = 1)))]
    pub(super) options: Option<Spanned<Vec<Spanned<String>>>>,
    /// Packets or messages sent in a time: "10/s", "600/min", "20/h".
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^[0-9]+ */ *(s|min|h)$"))
    )]
    pub(super) rate: Option<Spanned<String>>,
    /// Packets or messages that one run may send, and as many that it may receive.
    #[cfg_attr(test, schemars(with = "Option<u64>", range(min = 1)))]
    pub(super) packets: Option<Spanned<u64>>,
    /// Bytes of payload that one run may send, and as many that it may receive: a number, or "1 MiB".
    #[cfg_attr(test, schemars(with = "Option<schema::Bytes>"))]
    pub(super) bytes: Option<Spanned<Value>>,
    /// For `capture.live`: only packets that match this expression of pcap-filter(7), too, are captured.
    #[cfg_attr(test, schemars(with = "Option<String>", length(min = 1)))]
    pub(super) filter: Option<Spanned<String>>,
    /// For `capture.live`: no more bytes of each packet are captured.
    #[cfg_attr(test, schemars(with = "Option<u32>", range(min = 1)))]
    pub(super) snapshot: Option<Spanned<u64>>,
    /// The moment at which the rule ends, with its time zone: 2030-12-31T23:59:59Z.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub(super) until: Option<Spanned<Value>>,
    /// Of a denial in the system's policy: "enforce", the default, or "report", which denies nothing and records what
    /// it would deny.
    #[cfg_attr(test, schemars(with = "Option<Mode>"))]
    pub(super) mode: Option<Spanned<Mode>>,
    /// Who may run the plugin: names, user ids, or groups as "@name" or "@id".
    #[cfg_attr(test, schemars(with = "Option<Vec<schema::User>>", length(min = 1)))]
    pub(super) users: Option<Spanned<Vec<Spanned<Value>>>>,
}

/// Whether a denial denies.
#[derive(Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(super) enum Mode {
    /// It does.
    Enforce,
    /// It only records what it would deny.
    Report,
}

/// What TOML has two ways to say.
#[cfg(test)]
#[allow(dead_code, reason = "only their schemas are used")]
mod schema {
    /// When records are forced onto the disk.
    ///
    /// A record in the page cache survives the end of any process. It does not survive a power cut or a crash
    /// of the kernel until the kernel has written it out, typically within 30 seconds.
    #[derive(schemars::JsonSchema)]
    #[schemars(rename_all = "kebab-case")]
    pub(super) enum SyncMode {
        /// Left to the kernel.
        Never,
        /// With each checkpoint.
        Checkpoint,
        /// With each record, before what it records happens.
        Always,
    }

    #[derive(schemars::JsonSchema)]
    #[serde(untagged)]
    pub(super) enum Bytes {
        Number(u64),
        Text(#[schemars(regex(pattern = "^[0-9]+ *(B|kB|MB|GB|KiB|MiB|GiB)$"))] String),
    }

    #[derive(schemars::JsonSchema)]
    pub(super) struct Time(#[schemars(regex(pattern = "^[0-9]+ *(ms|s|min|h)$"))] String);

    #[derive(schemars::JsonSchema)]
    #[serde(untagged)]
    pub(super) enum Port {
        Number(u16),
        Range(#[schemars(regex(pattern = "^[0-9]+-[0-9]+$"))] String),
    }

    #[derive(schemars::JsonSchema)]
    #[serde(untagged)]
    pub(super) enum User {
        Id(u32),
        Name(String),
    }
}
