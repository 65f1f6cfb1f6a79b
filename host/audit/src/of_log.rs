//! The contents of records about the log itself: its beginning, its continuation, its keys, and losses.

use serde::{Deserialize, Serialize};

use super::chain::Hash;
use super::key::PublicKey;

/// What a log says when it begins or goes on in a new file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct LogFacts {
    /// Identifies the log over all its files.
    pub id: String,
    /// Records before this one were removed, because the policy limits how much is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removed_before: Option<u64>,
    /// The log that this one replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renewed: Option<Renewed>,
}

/// A log that was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Renewed {
    /// Its identity, where its head was known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
    /// Number of the last record that was written to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u64>,
    /// Hash of that record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^[0-9a-f]{64}$"))
    )]
    pub hash: Option<Hash>,
    /// The result of its verification.
    pub verdict: String,
    /// The folder that its files are in.
    pub evidence: String,
}

/// Which keys a record is about.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Keys {
    /// Who signed this record.
    #[cfg_attr(test, schemars(with = "String", regex(pattern = "^[0-9a-f]{64}$")))]
    pub signer: PublicKey,
    /// The next signer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^[0-9a-f]{64}$"))
    )]
    pub next: Option<PublicKey>,
    /// For `key`: the key that could not be found, so that it did not sign this record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^[0-9a-f]{64}$"))
    )]
    pub lost: Option<PublicKey>,
}

/// Records that are missing, or that should not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Lost {
    /// Why.
    pub cause: Cause,
    /// Number of the first missing record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Number of the last missing record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<u64>,
    /// Hash of the last missing record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^[0-9a-f]{64}$"))
    )]
    pub hash: Option<Hash>,
    /// How many records a run could not write.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Length of the bytes before this line that are no record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    /// SHA-256 of those bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        test,
        schemars(with = "Option<String>", regex(pattern = "^[0-9a-f]{64}$"))
    )]
    pub sha256: Option<Hash>,
}

impl Lost {
    /// Nothing but the cause.
    pub(super) fn of(cause: Cause) -> Self {
        Self {
            cause,
            first: None,
            last: None,
            hash: None,
            count: None,
            bytes: None,
            sha256: None,
        }
    }
}

/// The cause of a loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A write was truncated before it was acknowledged.
    Torn,
    /// The log is shorter than it was.
    Cut,
    /// Written records were replaced by others.
    Altered,
    /// Records stand before this one that the log's writer did not write.
    Added,
    /// The head of the log was missing, so it is unknown whether the log is shorter than it was.
    NoHead,
    /// A run whose log was not required could not write.
    Unwritten,
    /// A cause that this version does not know.
    #[serde(other)]
    Unknown,
}
