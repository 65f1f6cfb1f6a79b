//! The Ed25519 keys that sign checkpoints. The secret one is in a file of its owner alone, apart from the
//! log, and is replaced with each file of the log: who steals it can sign from there on, but nothing of
//! before.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

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
pub(super) struct SecretKey(Ed25519KeyPair);

impl SecretKey {
    fn from_seed(seed: &[u8; 32]) -> io::Result<Self> {
        // The check that is left out compares with a public key from elsewhere; there is none.
        Ed25519KeyPair::from_seed_unchecked(seed)
            .map(Self)
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

/// The file that a log's key is in, and the one that its successor waits in.
#[derive(Debug, Clone)]
pub(super) struct KeyFile {
    current: PathBuf,
    next: PathBuf,
}

impl KeyFile {
    pub(super) fn of(state: &Path) -> Self {
        Self {
            current: state.join("key"),
            next: state.join("key.next"),
        }
    }

    /// The key with this public half, if it is still there. A successor that was already announced in
    /// the log, but not yet put into its place, is put there.
    pub(super) fn load(&self, wanted: &PublicKey) -> io::Result<Option<SecretKey>> {
        let current = read(&self.current)?;
        if let Some(key) = current.filter(|key| key.public() == *wanted) {
            return Ok(Some(key));
        }
        let next = read(&self.next)?;
        let Some(key) = next.filter(|key| key.public() == *wanted) else {
            return Ok(None);
        };
        std::fs::rename(&self.next, &self.current)?;
        Ok(Some(key))
    }

    /// Makes a key that is not in force before [`install`](Self::install).
    pub(super) fn prepare(&self) -> io::Result<SecretKey> {
        let mut seed = [0; 32];
        rustix::rand::getrandom(&mut seed, rustix::rand::GetRandomFlags::empty())?;
        let key = SecretKey::from_seed(&seed)?;
        match std::fs::remove_file(&self.next) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.next)?;
        writeln!(file, "{}", HEXLOWER.encode(&seed))?;
        // Rare, and a key lost in a power cut would leave the log unsigned from there on.
        file.sync_data()?;
        Ok(key)
    }

    /// Puts the prepared key into force; the one before is gone.
    pub(super) fn install(&self) -> io::Result<()> {
        std::fs::rename(&self.next, &self.current)
    }
}

fn read(path: &Path) -> io::Result<Option<SecretKey>> {
    let mut file: File = match place::open_own(path, OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = String::new();
    (&mut file).take(128).read_to_string(&mut text)?;
    let seed = chain::array(text.trim_end().as_bytes())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the key file is damaged"))?;
    SecretKey::from_seed(&seed).map(Some)
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

    #[test]
    fn a_successor_takes_over_even_when_the_change_was_cut_short() {
        let folder = super::super::tests::Folder::new("key");
        let file = KeyFile::of(&folder.0);
        let first = file.prepare().unwrap().public();
        file.install().unwrap();
        let second = file.prepare().unwrap().public();
        assert!(file.load(&first).unwrap().is_some(), "still in force");
        assert!(file.load(&second).unwrap().is_some(), "announced");
        assert!(file.load(&first).unwrap().is_none(), "gone for good");
    }
}
