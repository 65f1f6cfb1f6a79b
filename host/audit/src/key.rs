//! The Ed25519 keys that sign a log. Each signature names the key of the next one, and its own key is overwritten
//! (see [`secrets`](super::secrets)). A stolen key can sign from then on, but nothing from before.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};

use super::chain::{self, BadHex, Hash, Signature};
use super::place;

/// What is signed: this, then the hash of the record.
const PURPOSE: &[u8] = b"nethost audit log 1\0";

/// The public half of a key; also its name.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// True when this key signed this hash.
    pub(super) fn verifies(&self, hash: &Hash, signature: &Signature) -> bool {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(&message(hash), signature)
            .is_ok()
    }
}

impl FromStr for PublicKey {
    type Err = BadHex;

    fn from_str(text: &str) -> Result<Self, BadHex> {
        chain::array(text.as_bytes()).map(Self).ok_or(BadHex)
    }
}

impl TryFrom<String> for PublicKey {
    type Error = BadHex;

    fn try_from(text: String) -> Result<Self, BadHex> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> Self {
        HEXLOWER.encode(&key.0)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn message(hash: &Hash) -> [u8; PURPOSE.len() + 32] {
    let mut message = [0; PURPOSE.len() + 32];
    message[..PURPOSE.len()].copy_from_slice(PURPOSE);
    message[PURPOSE.len()..].copy_from_slice(&hash.0);
    message
}

/// A key that signs.
#[derive(Clone)]
pub(super) struct SecretKey(Arc<Ed25519KeyPair>);

impl SecretKey {
    pub(super) fn from_seed(seed: &[u8; 32]) -> io::Result<Self> {
        // The omitted check compares with a public key from elsewhere, which does not exist.
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|_| io::Error::other("the key is refused"))
    }

    pub(super) fn public(&self) -> PublicKey {
        let mut public = [0; 32];
        public.copy_from_slice(self.0.public_key().as_ref());
        PublicKey(public)
    }

    pub(super) fn sign(&self, hash: &Hash) -> Signature {
        let mut signature = [0; 64];
        signature.copy_from_slice(self.0.sign(&message(hash)).as_ref());
        signature
    }
}

/// Where nethost 0.1.0 kept the seed of a log's key, and the one of its successor.
const OLD_FILES: [&str; 2] = ["key", "key.next"];

/// The seed of the key with this public half, if 0.1.0 left it.
pub(super) fn old_seed(state: &Path, wanted: &PublicKey) -> io::Result<Option<Hash>> {
    for name in OLD_FILES {
        if let Some(seed) = read(&state.join(name))?
            && SecretKey::from_seed(&seed.0)?.public() == *wanted
        {
            return Ok(Some(seed));
        }
    }
    Ok(None)
}

/// Removes what 0.1.0 left, once it is kept elsewhere.
pub(super) fn remove_old(state: &Path) -> io::Result<()> {
    for name in OLD_FILES {
        match std::fs::remove_file(state.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

fn read(path: &Path) -> io::Result<Option<Hash>> {
    let mut file: File = match place::open_own(path, OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    (&mut file).take(128).read_to_string(&mut text)?;
    // A damaged key is treated as missing: the log states that its key is lost.
    Ok(chain::array(text.trim_end().as_bytes()).map(Hash))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_signature_is_of_one_key_over_one_hash() {
        let key = SecretKey::from_seed(&[1; 32]).unwrap();
        let other = SecretKey::from_seed(&[2; 32]).unwrap();
        let hash = Hash::of(b"a");
        let signature = key.sign(&hash);
        assert!(key.public().verifies(&hash, &signature));
        assert!(!other.public().verifies(&hash, &signature));
        assert!(!key.public().verifies(&Hash::of(b"b"), &signature));
    }
}
