//! Ed25519 keys (RFC 8032) of those who sign plugins. A public key is written `ed25519:` and 64 hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use nethost_core::{NoPublicKey, PUBLIC_KEY, public_key};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};

const SECRET: &str = "nethost-secret-key ed25519:";

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not a secret key.
    #[error("it is not the secret key of a signer; `nethost sign --new-key FILE` makes one")]
    Secret,
    /// There are no random numbers.
    #[error("the system has no random numbers")]
    NoRandomness,
}

/// Who signs, for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, self.0);
        key.verify(message, signature).is_ok()
    }
}

fn digits(text: &str) -> Option<[u8; 32]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

impl FromStr for PublicKey {
    type Err = NoPublicKey;

    fn from_str(text: &str) -> Result<Self, NoPublicKey> {
        public_key(text).map(Self)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{PUBLIC_KEY}{}", HEXLOWER.encode(&self.0))
    }
}

/// What signs; nobody else may have it.
pub struct SecretKey {
    seed: [u8; 32],
    pair: Ed25519KeyPair,
}

impl SecretKey {
    /// A new key.
    pub fn generate() -> Result<Self, BadKey> {
        let mut seed = [0; 32];
        SystemRandom::new()
            .fill(&mut seed)
            .map_err(|_| BadKey::NoRandomness)?;
        Self::from_seed(seed)
    }

    fn from_seed(seed: [u8; 32]) -> Result<Self, BadKey> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed).map_err(|_| BadKey::Secret)?;
        Ok(Self { seed, pair })
    }

    /// Reads the text of a key file.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let seed = text.trim_end().strip_prefix(SECRET).and_then(digits);
        Self::from_seed(seed.ok_or(BadKey::Secret)?)
    }

    /// The text of a key file.
    pub fn text(&self) -> String {
        format!("{SECRET}{}\n", HEXLOWER.encode(&self.seed))
    }

    /// The key by which others know the signer.
    pub fn public(&self) -> PublicKey {
        let mut key = [0; 32];
        key.copy_from_slice(self.pair.public_key().as_ref());
        PublicKey(key)
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey of {}", self.public())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let key = SecretKey::generate().unwrap();
        let again = SecretKey::parse(&key.text()).unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(key.public().to_string().parse(), Ok(key.public()));
        assert!(!format!("{key:?}").contains(&HEXLOWER.encode(&key.seed)));
        for text in ["", "ed25519:", "ed25519:00", "rsa:00", &"0".repeat(64)] {
            let read = text.parse::<PublicKey>();
            assert_eq!(read, Err(NoPublicKey::Form), "{text}");
            assert!(SecretKey::parse(text).is_err(), "{text}");
        }
    }
}
