//! The first line of a record: which plugin ran, in which surroundings.

use serde::{Deserialize, Serialize};

/// The version of the format.
pub(crate) const FORMAT: u32 = 1;

/// What the plugin was given before its first call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Header {
    /// The version of the format.
    pub nethost_record: u32,
    /// The version of nethost.
    pub nethost: String,
    /// The version of the contract that this nethost offers.
    pub contract: String,
    /// The identifier of the run in the audit log, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// What ran.
    pub plugin: Plugin,
    /// Its arguments.
    pub args: Vec<String>,
    /// When it started (RFC 3339).
    pub started: String,
    /// Which of its streams were a terminal.
    pub terminals: Terminals,
    /// The seed of `wasi:random/insecure-seed`, in hexadecimal.
    pub seed: String,
    /// Payloads, names and addresses were replaced: it can be read, and not replayed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub redacted: bool,
}

/// A plugin, and the version of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// What the operator typed: a name or a path.
    pub typed: String,
    /// SHA-256 of the component.
    pub digest: String,
}

/// Which of the standard streams are a terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Terminals {
    pub input: bool,
    pub output: bool,
    pub error: bool,
}

impl Header {
    /// A header of this version of the format.
    pub fn new(contract: &str, plugin: Plugin, args: Vec<String>, started: String) -> Self {
        Self {
            nethost_record: FORMAT,
            nethost: env!("CARGO_PKG_VERSION").into(),
            contract: contract.into(),
            run: None,
            plugin,
            args,
            started,
            terminals: Terminals::default(),
            seed: String::from("0"),
            redacted: false,
        }
    }
}
