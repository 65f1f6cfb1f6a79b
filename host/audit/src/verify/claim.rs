//! What somebody outside the log knows of it: a head, the hash of a record, the keys that signed it. A log
//! that lost its tail cannot contain what its head names.

use std::str::FromStr;

use super::anchor::{Anchor, Judgement};
use super::report::Verdict;
use crate::chain::Hash;
use crate::head::Head;
use crate::key::PublicKey;
use crate::position::Position;
use crate::record::Record;
use crate::trust::{Known, Trust};

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

impl Claim {
    pub(super) fn anchor<'a>(&'a self, trust: &'a Trust) -> Box<dyn Anchor + 'a> {
        match self {
            Self::Hash(hash) => Box::new(OneHash {
                hash: *hash,
                found: None,
            }),
            Self::Head(head) => Box::new(AtHead {
                head: &head.position,
                trust,
                first: None,
                key: None,
                at_head: None,
                at_signed: None,
            }),
        }
    }
}

/// A record with this hash.
struct OneHash {
    hash: Hash,
    found: Option<u64>,
}

impl Anchor for OneHash {
    fn see(&mut self, record: &Record<'_>, _: &[u8]) {
        if record.hash == self.hash {
            self.found = Some(record.seq);
        }
    }

    fn judge(&mut self, _: Option<&Position>) -> Judgement {
        if self.found.is_none() {
            let why = format!("no record of it has the hash {}", self.hash);
            return Judgement::found(Verdict::Truncated, why);
        }
        Judgement {
            complete: self.found,
            ..Judgement::default()
        }
    }
}

/// A head.
struct AtHead<'a> {
    head: &'a Position,
    trust: &'a Trust,
    /// Number of the first record.
    first: Option<u64>,
    /// The key that signs next.
    key: Option<PublicKey>,
    /// The record with the number that the head gives, with the key behind it.
    at_head: Option<(Hash, Option<PublicKey>)>,
    /// That of the signed one that it names, with its signature.
    at_signed: Option<(Hash, Option<String>)>,
}

impl Anchor for AtHead<'_> {
    fn see(&mut self, record: &Record<'_>, _: &[u8]) {
        self.first.get_or_insert(record.seq);
        if let Some(keys) = &record.key {
            self.key = Some(keys.next.unwrap_or(keys.signer));
        }
        if record.seq == self.head.seq {
            self.at_head = Some((record.hash, self.key));
        }
        let signed = self.head.signed.as_ref();
        if signed.is_some_and(|signed| signed.seq == record.seq) {
            self.at_signed = Some((record.hash, record.sig.clone()));
        }
    }

    fn judge(&mut self, end: Option<&Position>) -> Judgement {
        let head = self.head;
        let last = end.map_or(0, |end| end.seq);
        if end.is_some_and(|end| end.log != head.log) {
            let why = format!("it is not the log {} that the head is of", head.log);
            return Judgement::found(Verdict::Tampered, why);
        }
        if last < head.seq {
            let why = format!(
                "{} at its end: its head has number {} and hash {}",
                super::lost::missing(last.saturating_add(1), head.seq),
                head.seq,
                head.hash
            );
            return Judgement::found(Verdict::Truncated, why);
        }
        let signed = head.signed.as_ref();
        let other = |at: u64| {
            let why = format!("its record {at} is not the one that its head names");
            Judgement::found(Verdict::Tampered, why)
        };
        if let (Some((hash, sig)), Some(signed)) = (&self.at_signed, signed)
            && (*hash != signed.hash || sig.as_ref() != Some(&signed.sig))
        {
            return other(signed.seq);
        }
        match self.at_head {
            Some((hash, _)) if hash != head.hash => return other(head.seq),
            Some((_, key)) if head.key.is_some() && key.is_some() && key != head.key => {
                let why = format!("the head names another key than record {}", head.seq);
                return Judgement::found(Verdict::Unverifiable, why);
            }
            Some(_) => {}
            None if self.first.is_some_and(|first| head.seq < first) => {
                let note = format!(
                    "the head is of record {}, which is no longer kept, so it cannot be compared",
                    head.seq
                );
                return Judgement {
                    notes: vec![note],
                    ..Judgement::default()
                };
            }
            None => {
                let why = format!("record {}, which the head names, is missing", head.seq);
                return Judgement::found(Verdict::Truncated, why);
            }
        }
        let mut judgement = Judgement {
            complete: Some(head.seq),
            ..Judgement::default()
        };
        let Some(signed) = signed else {
            return judgement;
        };
        if !signed.holds() {
            let why = "the signature in the head is wrong".to_owned();
            judgement.findings.push((Verdict::Unverifiable, why));
            return judgement;
        }
        let trusted =
            self.trust.is_empty() || self.trust.knows(&signed.signer, signed.seq) != Known::No;
        // What the log has too, the log was asked about.
        if !trusted && self.at_signed.is_none() {
            let why = format!(
                "the head is signed by key {}, which is not known",
                signed.signer
            );
            judgement.findings.push((Verdict::Unverifiable, why));
        }
        judgement
    }
}

/// Keys, each with the record that it came into force with, and signed.
pub(super) struct Begun {
    keys: Vec<(PublicKey, u64)>,
    other: Option<(PublicKey, u64)>,
}

impl Begun {
    pub(super) fn of(trust: &Trust) -> Self {
        Self {
            keys: trust.begun().collect(),
            other: None,
        }
    }
}

impl Anchor for Begun {
    fn see(&mut self, record: &Record<'_>, _: &[u8]) {
        let mut known = self
            .keys
            .iter()
            .filter(|(_, from)| *from == record.seq)
            .peekable();
        let Some(first) = known.peek().map(|known| **known) else {
            return;
        };
        let signer = record.key.as_ref().map(|keys| keys.signer);
        if !known.any(|(key, _)| Some(*key) == signer) {
            self.other = Some(first);
        }
    }

    fn judge(&mut self, end: Option<&Position>) -> Judgement {
        if let Some((key, seq)) = self.other {
            let why = format!("key {key} signed record {seq}, which this one is not");
            return Judgement::found(Verdict::Tampered, why);
        }
        let last = end.map_or(0, |end| end.seq);
        let latest = self.keys.iter().max_by_key(|(_, from)| *from);
        match latest {
            // A key is announced one record before it signs.
            Some((key, from)) if *from > last.saturating_add(1) => {
                let why = format!(
                    "{} at its end: key {key} came into force after them",
                    super::lost::missing(last.saturating_add(1), from.saturating_sub(1))
                );
                Judgement::found(Verdict::Truncated, why)
            }
            _ => Judgement::default(),
        }
    }
}
