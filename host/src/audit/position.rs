//! Where a log stands: what its next record must follow. Writer, recovery and verification all advance by
//! this one function.

use serde::{Deserialize, Serialize};

use super::chain::{self, Hash, Seal};
use super::key::PublicKey;
use super::record::{Kind, LONGEST_LINE, Record, VERSION};

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
    /// The key that signs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<PublicKey>,
    /// The last signature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Signed>,
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

/// Why a line cannot follow the one before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not JSON of the right shape, or not sealed.
    #[error("it is no record: {0}")]
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
        /// What this one says it is.
        stated: Hash,
    },
    /// A number is left out, or comes twice.
    #[error("it has number {found} where {expected} must come")]
    Order {
        /// The number that must come.
        expected: u64,
        /// The number that comes.
        found: u64,
    },
    /// A file does not begin with `log-open`.
    #[error("no log-open stands before it")]
    NotOpened,
    /// Something comes after `log-close`.
    #[error("it comes after the file was closed")]
    Closed,
    /// What must be signed is not, or not by the key in force, or the signature is wrong.
    #[error("{0}")]
    Signature(&'static str),
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

/// Reads one line, without its newline, and checks that it is what was hashed.
pub(super) fn read(line: &[u8]) -> Result<(Record<'static>, Seal), Fault> {
    if line.len() > LONGEST_LINE {
        return Err(Fault::NotARecord(format!("more than {LONGEST_LINE} bytes")));
    }
    let record: Record<'static> =
        serde_json::from_slice(line).map_err(|error| match serde_json::from_slice(line) {
            Ok(VersionOnly { v }) if v != VERSION => Fault::Version(v),
            _ => Fault::NotARecord(error.to_string()),
        })?;
    if record.v != VERSION {
        return Err(Fault::Version(record.v));
    }
    let seal = chain::unseal(line).ok_or_else(|| Fault::NotARecord("it is not sealed".into()))?;
    // What JSON calls `hash` and `sig` must be what stands at the end of the line.
    if record.hash != seal.claimed || record.sig.is_some() != seal.signature.is_some() {
        return Err(Fault::NotARecord("its seal is misplaced".into()));
    }
    if seal.hash != seal.claimed {
        return Err(Fault::Changed);
    }
    Ok((record, seal))
}

/// The position after this record, if it may follow `before`.
pub(super) fn follow(
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
            key: None,
            signed: None,
            policy: None,
        };
        return advance(begun, record, seal);
    };
    if before.closed && !opens {
        return Err(Fault::Closed);
    }
    let expected = before.seq + 1;
    let lost = record.lost.as_ref();
    let explained = lost.is_some_and(|lost| {
        lost.first.is_some_and(|first| first <= expected)
            && lost.last.and_then(|last| last.checked_add(1)) == Some(record.seq)
    });
    if record.seq != expected && !(explained && record.seq > expected) {
        return Err(Fault::Order {
            expected,
            found: record.seq,
        });
    }
    // Where a whole file is gone, the next one follows the last record of it.
    if record.prev != before.hash
        && !(explained && lost.and_then(|lost| lost.hash) == Some(record.prev))
    {
        return Err(Fault::Chain {
            before: before.hash,
            stated: record.prev,
        });
    }
    advance(before.clone(), record, seal)
}

fn advance(mut position: Position, record: &Record<'_>, seal: &Seal) -> Result<Position, Fault> {
    position.seq = record.seq;
    position.hash = seal.hash;
    position.closed = record.event == Kind::LogClose;
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
        return Ok(position);
    };
    let signature = seal
        .signature
        .ok_or(Fault::Signature("its signature is missing"))?;
    // The first key vouches for itself, and so does one that stands in for a lost one. Whether they are
    // to be trusted is not decided here.
    let vouches_for_itself =
        position.key.is_none() || (keys.lost == position.key && keys.next == Some(keys.signer));
    if position.key != Some(keys.signer) && !vouches_for_itself {
        return Err(Fault::Signature(
            "another key than the one in force signed it",
        ));
    }
    if !keys.signer.verifies(&seal.hash, &signature) {
        return Err(Fault::Signature("its signature is wrong"));
    }
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
