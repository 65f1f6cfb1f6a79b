//! What somebody outside the log knows of it: a head, or the hash of a record. A log that lost its tail
//! cannot contain it.

use std::str::FromStr;

use super::report::Verdict;
use super::trust::{Known, Trust};
use crate::audit::chain::Hash;
use crate::audit::head::Head;
use crate::audit::position::Position;
use crate::audit::record::Record;

/// What a log must contain.
#[derive(Debug, Clone)]
pub enum Claim {
    /// Everything up to this head.
    Head(Box<Head>),
    /// A record with this hash.
    Hash(Hash),
}

/// Not a claim.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("neither the hash of a record nor what `nethost audit head` prints")]
pub struct BadClaim;

impl FromStr for Claim {
    type Err = BadClaim;

    fn from_str(text: &str) -> Result<Self, BadClaim> {
        let text = text.trim();
        if let Ok(hash) = text.parse() {
            return Ok(Self::Hash(hash));
        }
        Head::parse(text.as_bytes())
            .map(Box::new)
            .map(Self::Head)
            .ok_or(BadClaim)
    }
}

/// A claim, while the log passes by.
pub(super) struct Watch<'a> {
    claim: &'a Claim,
    /// The record with the number that the head gives, and that of its signed record.
    at_head: Option<Hash>,
    at_signed: Option<Hash>,
    found: bool,
}

impl<'a> Watch<'a> {
    pub(super) fn new(claim: &'a Claim) -> Self {
        Self {
            claim,
            at_head: None,
            at_signed: None,
            found: false,
        }
    }

    pub(super) fn see(&mut self, record: &Record<'_>) {
        match self.claim {
            Claim::Hash(hash) => self.found |= *hash == record.hash,
            Claim::Head(head) => {
                let position = &head.position;
                if record.seq == position.seq {
                    self.at_head = Some(record.hash);
                }
                if position
                    .signed
                    .as_ref()
                    .is_some_and(|signed| signed.seq == record.seq)
                {
                    self.at_signed = Some(record.hash);
                }
            }
        }
    }

    /// What is wrong, once the log ends at this position.
    pub(super) fn judge(&self, end: Option<&Position>, trust: &Trust) -> Option<(Verdict, String)> {
        let head = match self.claim {
            Claim::Hash(_) if self.found => return None,
            Claim::Hash(hash) => {
                return Some((
                    Verdict::Truncated,
                    format!("no record of it has the hash {hash}"),
                ));
            }
            Claim::Head(head) => &head.position,
        };
        let last = end.map_or(0, |end| end.seq);
        if end.is_some_and(|end| end.log != head.log) {
            let why = format!("it is not the log {} that the head is of", head.log);
            return Some((Verdict::Tampered, why));
        }
        if last < head.seq {
            let why = format!(
                "{} at its end: its head has number {} and hash {}",
                super::missing(last + 1, head.seq),
                head.seq,
                head.hash
            );
            return Some((Verdict::Truncated, why));
        }
        // Neither is there when the files that had them were removed.
        let differs = |found: Option<Hash>, hash| found.is_some_and(|found| found != hash);
        let signed = head.signed.as_ref();
        if differs(self.at_head, head.hash)
            || signed.is_some_and(|signed| differs(self.at_signed, signed.hash))
        {
            let why = format!("its record {} is not the one that its head names", head.seq);
            return Some((Verdict::Tampered, why));
        }
        let signed = signed?;
        if !signed.holds() {
            let why = "the signature in the head is wrong".to_owned();
            return Some((Verdict::Unverifiable, why));
        }
        let trusted = trust.is_empty() || trust.knows(&signed.signer, signed.seq) != Known::No;
        let in_chain = end.and_then(|end| end.key) == Some(signed.signer);
        (!trusted && !in_chain).then(|| {
            let why = format!(
                "the head is signed by key {}, which is not known",
                signed.signer
            );
            (Verdict::Unverifiable, why)
        })
    }
}
