//! How a line is sealed. Its hash covers all bytes before the hash, including the hash of the previous line. A
//! signature follows the hash. `mac` authenticates the bytes before it with a key of the writer.
//!
//! ```text
//! {"v":1,"seq":7,…,"prev":"<64>","mac":"<32>","hash":"<64>","sig":"<128>"}
//!  └────────── mac ───────────┘
//!  └───────────────── hashed ───────────────┘
//! ```
//!
//! The bytes are hashed as they are in the file, so no canonical form of JSON is needed, and no two readers can
//! disagree about it.

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

/// What authenticates a record before a signature does: see [`secrets`](super::secrets).
pub(super) type Mac = [u8; 16];

const MAC: &[u8] = b",\"mac\":\"";
const HASH: &[u8] = b",\"hash\":\"";
const SIG: &[u8] = b",\"sig\":\"";
const CLOSE: &[u8] = b"\"}";

/// Seals an object: appends its `mac`, its hash, and its signature if one is due. The line ends with a newline.
pub(super) fn seal(
    mut object: Vec<u8>,
    mac: impl FnOnce(&Hash) -> Option<Mac>,
    sign: impl FnOnce(&Hash) -> Option<Signature>,
) -> (Vec<u8>, Seal) {
    object.pop();
    object.reserve(320);
    let mut digest = Sha256::new_with_prefix(&object);
    let body = Hash(digest.clone().finalize().into());
    let mac = mac(&body);
    if let Some(mac) = &mac {
        let start = object.len();
        object.extend_from_slice(MAC);
        object.extend_from_slice(HEXLOWER.encode(mac).as_bytes());
        object.push(b'"');
        digest.update(object.get(start..).unwrap_or_default());
    }
    let hash = Hash(digest.finalize().into());
    object.extend_from_slice(HASH);
    object.extend_from_slice(HEXLOWER.encode(&hash.0).as_bytes());
    let signature = sign(&hash);
    if let Some(signature) = &signature {
        object.push(b'"');
        object.extend_from_slice(SIG);
        object.extend_from_slice(HEXLOWER.encode(signature).as_bytes());
    }
    object.extend_from_slice(CLOSE);
    object.push(b'\n');
    let seal = Seal {
        claimed: hash,
        hash,
        mac,
        signature,
    };
    (object, seal)
}

/// A sealed line, taken apart.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seal {
    /// The hash that the line states.
    pub(super) claimed: Hash,
    /// What it is.
    pub(super) hash: Hash,
    pub(super) mac: Option<Mac>,
    pub(super) signature: Option<Signature>,
}

/// Parses a line without its newline. None if it is not sealed.
pub(super) fn unseal(line: &[u8]) -> Option<Seal> {
    let (hashed, claimed, signature) = parts(line)?;
    Some(Seal {
        claimed,
        hash: Hash::of(hashed),
        mac: mac_of(hashed).map(|(_, mac)| mac),
        signature,
    })
}

/// The hash that the `mac` of a line covers, and the `mac`.
pub(super) fn body(line: &[u8]) -> Option<(Hash, Mac)> {
    let (body, mac) = mac_of(parts(line)?.0)?;
    Some((Hash::of(body), mac))
}

/// The hashed part of a line, and the part after it.
fn parts(line: &[u8]) -> Option<(&[u8], Hash, Option<Signature>)> {
    let rest = line.strip_suffix(CLOSE)?;
    let (rest, signature) = match cut(rest, SIG, 128) {
        // The closing quote of the hash comes before the signature's comma.
        Some((before, hex)) => (before.strip_suffix(b"\"")?, Some(array(hex)?)),
        None => (rest, None),
    };
    let (hashed, hex) = cut(rest, HASH, 64)?;
    Some((hashed, Hash(array(hex)?), signature))
}

fn mac_of(hashed: &[u8]) -> Option<(&[u8], Mac)> {
    let (body, hex) = cut(hashed.strip_suffix(b"\"")?, MAC, 32)?;
    Some((body, array(hex)?))
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
        for mac in [None, Some([7; 16])] {
            let (line, sealed) = seal(br#"{"a":1}"#.to_vec(), |_| mac, |_| None);
            let line = line.strip_suffix(b"\n").unwrap();
            let opened = unseal(line).unwrap();
            assert_eq!((opened.claimed, opened.hash), (sealed.hash, sealed.hash));
            let end = line.len() - br#","hash":"""#.len() - 64 - 1;
            assert_eq!(opened.hash, Hash::of(&line[..end]));
            for at in 0..end {
                let mut changed = line.to_vec();
                changed[at] ^= 1;
                let opened = unseal(&changed).unwrap();
                assert_ne!(opened.claimed, opened.hash);
            }
        }
    }

    #[test]
    fn a_mac_is_of_what_stands_before_it() {
        let mut of = Hash::default();
        let mac = |body: &Hash| {
            of = *body;
            Some([9; 16])
        };
        let (line, _) = seal(br#"{"a":1}"#.to_vec(), mac, |_| None);
        let line = line.strip_suffix(b"\n").unwrap();
        assert_eq!(of, Hash::of(br#"{"a":1"#));
        assert_eq!(body(line), Some((of, [9; 16])));
        assert_eq!(unseal(line).unwrap().mac, Some([9; 16]));
        assert!(serde_json::from_slice::<serde_json::Value>(line).is_ok());
    }

    #[test]
    fn a_signature_follows_the_hash_and_is_not_hashed() {
        let (plain, sealed) = seal(br#"{"a":1}"#.to_vec(), |_| None, |_| None);
        let (signed, same) = seal(br#"{"a":1}"#.to_vec(), |_| None, |_| Some([7; 64]));
        assert_eq!(sealed.hash, same.hash);
        let opened = unseal(signed.strip_suffix(b"\n").unwrap()).unwrap();
        assert_eq!((opened.hash, opened.signature), (same.hash, Some([7; 64])));
        assert!(serde_json::from_slice::<serde_json::Value>(&signed).is_ok());
        let opened = unseal(plain.strip_suffix(b"\n").unwrap()).unwrap();
        assert!(opened.signature.is_none() && opened.mac.is_none());
    }

    #[test]
    fn what_is_not_sealed_is_not_taken_for_it() {
        for line in ["", "{}", "\"}", r#"{"a":1,"hash":"00"}"#, r#"{"hash":"#] {
            assert!(unseal(line.as_bytes()).is_none(), "{line}");
        }
    }
}
