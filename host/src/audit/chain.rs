//! How a line is sealed: its hash covers every byte before the hash, which includes the hash of the line
//! before; a signature follows the hash.
//!
//! ```text
//! {"v":1,"seq":7,…,"prev":"<64>","hash":"<64>","sig":"<128>"}
//!  └───────── hashed ──────────┘
//! ```
//!
//! The bytes are hashed as they stand in the file, so no canonical form of JSON is needed, and no two
//! readers can disagree on it.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

/// Not 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct BadHex;

impl FromStr for Hash {
    type Err = BadHex;

    fn from_str(text: &str) -> Result<Self, BadHex> {
        array(text.as_bytes()).map(Self).ok_or(BadHex)
    }
}

impl TryFrom<String> for Hash {
    type Error = BadHex;

    fn try_from(text: String) -> Result<Self, BadHex> {
        text.parse()
    }
}

impl From<Hash> for String {
    fn from(hash: Hash) -> Self {
        HEXLOWER.encode(&hash.0)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An Ed25519 signature.
pub(super) type Signature = [u8; 64];

/// Exactly `N` bytes in hexadecimal.
pub(super) fn array<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    HEXLOWER.decode(hex).ok()?.try_into().ok()
}

const HASH: &[u8] = b",\"hash\":\"";
const SIG: &[u8] = b",\"sig\":\"";
const CLOSE: &[u8] = b"\"}";

/// Seals an object: appends its hash, and its signature if there is one to make. Ends in a newline.
pub(super) fn seal(
    mut object: Vec<u8>,
    sign: impl FnOnce(&Hash) -> Option<Signature>,
) -> (Vec<u8>, Hash) {
    object.pop();
    let hash = Hash::of(&object);
    object.reserve(256);
    object.extend_from_slice(HASH);
    object.extend_from_slice(HEXLOWER.encode(&hash.0).as_bytes());
    if let Some(signature) = sign(&hash) {
        object.push(b'"');
        object.extend_from_slice(SIG);
        object.extend_from_slice(HEXLOWER.encode(&signature).as_bytes());
    }
    object.extend_from_slice(CLOSE);
    object.push(b'\n');
    (object, hash)
}

/// A sealed line, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal {
    /// What the line says its hash is.
    pub(super) claimed: Hash,
    /// What it is.
    pub(super) hash: Hash,
    pub(super) signature: Option<Signature>,
}

/// Takes a line without its newline apart. None when it is not sealed.
pub(super) fn unseal(line: &[u8]) -> Option<Seal> {
    let rest = line.strip_suffix(CLOSE)?;
    let (rest, signature) = match cut(rest, SIG, 128) {
        // The quote that closes the hash stands before the signature's comma.
        Some((before, hex)) => (before.strip_suffix(b"\"")?, Some(array(hex)?)),
        None => (rest, None),
    };
    let (hashed, hex) = cut(rest, HASH, 64)?;
    Some(Seal {
        claimed: Hash(array(hex)?),
        hash: Hash::of(hashed),
        signature,
    })
}

fn cut<'a>(text: &'a [u8], label: &[u8], length: usize) -> Option<(&'a [u8], &'a [u8])> {
    let (before, value) = text.split_at_checked(text.len().checked_sub(length)?)?;
    Some((before.strip_suffix(label)?, value))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_seal_covers_every_byte_before_it() {
        let (line, hash) = seal(br#"{"a":1}"#.to_vec(), |_| None);
        let line = line.strip_suffix(b"\n").unwrap();
        let opened = unseal(line).unwrap();
        assert_eq!((opened.claimed, opened.hash), (hash, hash));
        assert_eq!(opened.hash, Hash::of(br#"{"a":1"#));
        for at in 0..br#"{"a":1"#.len() {
            let mut changed = line.to_vec();
            changed[at] ^= 1;
            let opened = unseal(&changed).unwrap();
            assert_ne!(opened.claimed, opened.hash);
        }
    }

    #[test]
    fn a_signature_follows_the_hash_and_is_not_hashed() {
        let (plain, hash) = seal(br#"{"a":1}"#.to_vec(), |_| None);
        let (signed, same) = seal(br#"{"a":1}"#.to_vec(), |_| Some([7; 64]));
        assert_eq!(hash, same);
        let opened = unseal(signed.strip_suffix(b"\n").unwrap()).unwrap();
        assert_eq!((opened.hash, opened.signature), (hash, Some([7; 64])));
        assert!(serde_json::from_slice::<serde_json::Value>(&signed).is_ok());
        assert!(
            unseal(plain.strip_suffix(b"\n").unwrap())
                .unwrap()
                .signature
                .is_none()
        );
    }

    #[test]
    fn what_is_not_sealed_is_not_taken_for_it() {
        for line in ["", "{}", "\"}", r#"{"a":1,"hash":"00"}"#, r#"{"hash":"#] {
            assert!(unseal(line.as_bytes()).is_none(), "{line}");
        }
    }
}
