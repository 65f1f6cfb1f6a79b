//! The position of a log: what its next record must follow. Writer, recovery and verification all advance it with
//! this function.

use serde::{Deserialize, Serialize};

use super::chain::{self, Hash, Seal};
use super::key::PublicKey;
use super::record::{Kind, Record};

/// The state of a log after one of its records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which log.
    pub log: String,
    /// Number of the first record in its current file.
    pub first: u64,
    /// Number of the last record.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// The current file is complete.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closed: bool,
    /// The next file's key is named: that the current file is complete must come next.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closing: bool,
    /// The key that signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
    /// The last signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
    /// Its records have the writer's seal, and those that explain a gap are signed. A log of nethost 0.1.0 becomes
    /// such a log when a newer version continues it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sealed: bool,
    /// Digest of the site's policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// A signed record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// Its number.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash,
    /// Who signed it.
    pub signer: PublicKey,
    /// The signature, hexadecimal.
    pub sig: String,
}

impl Signed {
    /// True when the signature is the signer's.
    pub fn holds(&self) -> bool {
        chain::array(self.sig.as_bytes())
            .is_some_and(|signature| self.signer.verifies(&self.hash, &signature))
    }
}

/// Why a line cannot follow the previous one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not JSON of the right shape, or not sealed.
    #[error("it is not a record: {0}")]
    NotARecord(String),
    /// Of a newer nethost.
    #[error("its version {0} is not known; a newer nethost wrote it")]
    Version(u32),
    /// The bytes are not those that were hashed.
    #[error("its content does not have the hash that it states")]
    Changed,
    /// The hash chain is broken.
    #[error(
        "it does not follow the record before: that one has hash {before}, this one follows {stated}"
    )]
    Chain {
        /// Hash of the record before.
        before: Hash,
        /// The hash that this record states.
        stated: Hash,
    },
    /// A number is missing or occurs twice.
    #[error("it has number {found} where {expected} must come")]
    Order {
        /// The number that must come.
        expected: u64,
        /// The number that comes.
        found: u64,
    },
    /// A file does not begin with `log-open`.
    #[error("there is no log-open before it")]
    NotOpened,
    /// Something comes after `log-close`.
    #[error("it comes after the file was closed")]
    Closed,
    /// It follows, but its writer does not have the key that seals the log.
    #[error("it does not carry the seal of the log's writer")]
    Foreign,
    /// A required signature is missing, is not from the key in force, or is wrong.
    #[error("{0}")]
    Signature(&'static str),
}

/// The position after this record, if it may follow `before` and its signature holds.
pub(super) fn follow(
    before: Option<&Position>,
    record: &Record<'_>,
    seal: &Seal,
) -> Result<Position, Fault> {
    let position = place(before, record, seal)?;
    if let (Some(keys), Some(signature)) = (&record.key, &seal.signature)
        && !keys.signer.verifies(&seal.hash, signature)
    {
        return Err(Fault::Signature("its signature is wrong"));
    }
    Ok(position)
}

/// The same for a record that was just created: its signature is not checked.
pub(super) fn place(
    before: Option<&Position>,
    record: &Record<'_>,
    seal: &Seal,
) -> Result<Position, Fault> {
    let opens = record.event == Kind::LogOpen;
    let Some(before) = before else {
        let facts = record.log.as_ref().filter(|_| opens);
        let facts = facts.ok_or(Fault::NotOpened)?;
        let begun = Position {
            log: facts.id.clone(),
            first: record.seq,
            seq: record.seq,
            hash: seal.hash,
            closed: false,
            closing: false,
            key: None,
            signed: None,
            sealed: seal.mac.is_some(),
            policy: None,
        };
        return advance(begun, record, seal);
    };
    let elsewhere = goes_on_elsewhere(record);
    if before.closed && !opens && !elsewhere {
        return Err(Fault::Closed);
    }
    let expected = before.seq.saturating_add(1);
    if !elsewhere {
        let explained = !before.sealed && explained_by_itself(record, expected);
        if record.seq != expected && !(explained && record.seq > expected) {
            return Err(Fault::Order {
                expected,
                found: record.seq,
            });
        }
        let lost = record.lost.as_ref().filter(|_| explained);
        if record.prev != before.hash && lost.and_then(|lost| lost.hash) != Some(record.prev) {
            return Err(Fault::Chain {
                before: before.hash,
                stated: record.prev,
            });
        }
    }
    advance(before.clone(), record, seal)
}

/// Whether this record does not follow the record before it but the last one that was written, which it names. The
/// records in between are lost, or were never written. Such a record is signed.
pub(super) fn goes_on_elsewhere(record: &Record<'_>) -> bool {
    let last = record
        .lost
        .as_ref()
        .filter(|lost| record.key.is_some() && lost.hash == Some(record.prev))
        .and_then(|lost| lost.last);
    last.and_then(|last| last.checked_add(1)) == Some(record.seq)
}

/// The records of nethost 0.1.0 about missing records, which it did not sign.
fn explained_by_itself(record: &Record<'_>, expected: u64) -> bool {
    record.lost.as_ref().is_some_and(|lost| {
        lost.first.is_some_and(|first| first <= expected)
            && lost.last.and_then(|last| last.checked_add(1)) == Some(record.seq)
    })
}

/// Whether this record makes a statement about more than itself.
fn must_be_signed(record: &Record<'_>) -> bool {
    record.lost.is_some() || record.event.is_of_log() && record.event != Kind::PolicyChange
}

fn advance(mut position: Position, record: &Record<'_>, seal: &Seal) -> Result<Position, Fault> {
    position.seq = record.seq;
    position.hash = seal.hash;
    position.closed = record.event == Kind::LogClose;
    let next = record.key.as_ref().and_then(|keys| keys.next);
    position.closing = record.event == Kind::Key && next.is_some();
    match record.event {
        Kind::LogOpen => {
            position.first = record.seq;
            if let Some(facts) = &record.log
                && facts.id != position.log
            {
                return Err(Fault::NotARecord("it is of another log".into()));
            }
            position.policy = digest(record);
        }
        Kind::PolicyChange => position.policy = digest(record),
        Kind::Checkpoint | Kind::Key if record.key.is_none() => {
            return Err(Fault::Signature("it names no key"));
        }
        _ => {}
    }
    let Some(keys) = &record.key else {
        if seal.signature.is_some() {
            return Err(Fault::Signature("it is signed, but names no key"));
        }
        if position.sealed && must_be_signed(record) {
            return Err(Fault::Signature(
                "it is of a kind that is always signed, and is not",
            ));
        }
        return Ok(position);
    };
    if seal.signature.is_none() {
        return Err(Fault::Signature("its signature is missing"));
    }
    // The first key is self-signed, and so is one that replaces a lost key, or signs after lost records that may have
    // named it. Whether they are trusted is decided elsewhere.
    let vouches_for_itself =
        position.key.is_none() || keys.lost == position.key || goes_on_elsewhere(record);
    if position.key != Some(keys.signer) && !vouches_for_itself {
        return Err(Fault::Signature(
            "another key than the one in force signed it",
        ));
    }
    position.sealed |= seal.mac.is_some();
    position.key = Some(keys.next.unwrap_or(keys.signer));
    position.signed = record.sig.clone().map(|sig| Signed {
        seq: record.seq,
        hash: seal.hash,
        signer: keys.signer,
        sig,
    });
    Ok(position)
}

fn digest(record: &Record<'_>) -> Option<String> {
    let digest = record.policy.as_ref()?.digest.as_ref()?;
    Some(digest.as_ref().to_owned())
}
