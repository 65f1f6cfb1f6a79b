//! What the writer of a log holds that nobody else may: the key that seals its next record, and the one that
//! makes its next signature. Both go forward only. The key of a record is the hash of the one before, which is
//! overwritten, and so is a signing key once it has named its successor. Who reads this file therefore learns
//! nothing that would let them make a record of before, and who can write the log but not read this file can
//! make none at all.

use std::io;
use std::path::Path;
use std::str::FromStr;

use ring::hmac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::chain::{Hash, Mac};
use super::slot::Slot;

const FILE: &str = "seal";
const LENGTH: usize = 512;

/// The key that seals one record, from which those of all later ones follow.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealKey {
    /// The record's number.
    pub from: u64,
    /// The key.
    seal: Hash,
}

/// Not a seal key.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("not what `nethost audit seal-key` prints")]
pub struct BadSealKey;

impl FromStr for SealKey {
    type Err = BadSealKey;

    fn from_str(text: &str) -> Result<Self, BadSealKey> {
        serde_json::from_str(text).map_err(|_| BadSealKey)
    }
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealKey")
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// A record whose number is further on than this is no successor, whatever it says: a log of so many records
/// that are missing would take long to reach.
const FURTHEST: u64 = 1 << 24;

impl SealKey {
    /// The key of a record further on. None for one of before: that key is gone.
    pub(super) fn at(&self, seq: u64) -> Option<Self> {
        let steps = seq
            .checked_sub(self.from)
            .filter(|steps| *steps <= FURTHEST)?;
        let mut key = self.clone();
        for _ in 0..steps {
            key = key.next();
        }
        Some(key)
    }

    pub(super) fn next(&self) -> Self {
        Self {
            from: self.from.saturating_add(1),
            seal: after(b"nethost audit seal 1\0", &self.seal),
        }
    }

    /// What this key says of a record.
    pub(super) fn mac(&self, body: &Hash) -> Mac {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.seal.0);
        let tag = hmac::sign(&key, &body.0);
        let mut mac = Mac::default();
        for (octet, of_tag) in mac.iter_mut().zip(tag.as_ref()) {
            *octet = *of_tag;
        }
        mac
    }
}

/// A hash that leads forward from a secret, and from nothing else.
fn after(purpose: &[u8], secret: &Hash) -> Hash {
    let digest = Sha256::new().chain_update(purpose).chain_update(secret.0);
    Hash(digest.finalize().into())
}

/// The seed of the signing key that follows the one with this seed.
pub(super) fn next_seed(seed: &Hash) -> Hash {
    after(b"nethost audit sign 1\0", seed)
}

/// Random bytes.
pub(super) fn random() -> io::Result<Hash> {
    let mut bytes = [0; 32];
    rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
    Ok(Hash(bytes))
}

/// What the writer holds.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Secrets {
    /// Seals the next record.
    #[serde(flatten)]
    pub(super) seal: SealKey,
    /// Hash of the record before that one.
    pub(super) prev: Hash,
    /// Seed of the key that makes the next signature.
    pub(super) sign: Hash,
    /// That of the next file's key, from when it is made until it is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) next: Option<Hash>,
}

impl Secrets {
    /// New ones, for the record that follows this one.
    pub(super) fn new(seq: u64, prev: Hash, sign: Hash) -> io::Result<Self> {
        let seal = SealKey {
            from: seq.saturating_add(1),
            seal: random()?,
        };
        Ok(Self {
            seal,
            prev,
            sign,
            next: None,
        })
    }
}

/// Opens the file that they are in.
pub(super) fn open(state: &Path) -> io::Result<Slot<Secrets>> {
    Slot::open(&state.join(FILE), LENGTH)
}

/// The key that seals the next record, for verification.
pub fn seal_key(state: &Path) -> io::Result<Option<SealKey>> {
    let secrets: Option<Secrets> = Slot::peek(&state.join(FILE), LENGTH)?;
    Ok(secrets.map(|secrets| secrets.seal))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_key_leads_forward_and_never_back() {
        let first = Secrets::new(0, Hash::default(), Hash::default())
            .unwrap()
            .seal;
        let third = first.at(3).unwrap();
        assert_eq!(third, first.next().next());
        assert!(third.at(2).is_none());
        assert!(first.at(u64::MAX).is_none(), "it would take for ever");
        let body = Hash::of(b"a");
        assert_ne!(first.mac(&body), third.mac(&body));
        assert_ne!(first.mac(&body), first.mac(&Hash::of(b"b")));
        let text = serde_json::to_string(&third).unwrap();
        assert_eq!(text.parse::<SealKey>().unwrap(), third);
        assert!(!format!("{third:?}").contains(&third.seal.to_string()));
    }
}
