//! The keys of signed notes: those of logs, and those of witnesses, whose signatures carry a time
//! (c2sp.org/signed-note, c2sp.org/tlog-cosignature). Other algorithms are refused by name, not passed over.

use std::fmt;
use std::str::FromStr;

use data_encoding::{BASE64, HEXLOWER};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use super::note::{Note, Signature, is_printable};

/// What a key signs, and so how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A log's: over the note's text.
    Log,
    /// A witness's: over the time and the note's text.
    Witness,
}

impl Purpose {
    fn algorithm(self) -> u8 {
        match self {
            Self::Log => 1,
            Self::Witness => 4,
        }
    }
}

/// A key that checks signatures, as `NAME+ID+BASE64`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    purpose: Purpose,
    key: [u8; 32],
}

/// A text that is no such key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadKey {
    /// Not the form.
    #[error("it is not a verifier key: NAME+8 hexadecimal digits+BASE64")]
    Form,
    /// The number is not the key's.
    #[error("its identifier is not that of the name and the key: a part of it was changed")]
    Identifier,
    /// Not Ed25519.
    #[error(
        "its signature type {0} is not known: only Ed25519 keys of logs (1) and of witnesses (4) are"
    )]
    Algorithm(u8),
    /// A log's where a witness's must be, or the other way round.
    #[error("it is the key of a {}, not of a {}", .0.name(), .1.name())]
    Purpose(Purpose, Purpose),
    /// Not a name.
    #[error("a name has 1 to {LONGEST_NAME} bytes and no spaces, plus signs or control characters")]
    Name,
}

impl Purpose {
    fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Witness => "witness",
        }
    }
}

const LONGEST_NAME: usize = 255;

/// True for what may be a key's name.
pub(super) fn is_key_name(name: &str) -> bool {
    let length = (1..=LONGEST_NAME).contains(&name.len());
    let divides = |char: char| char.is_whitespace() || char == '+';
    length && is_printable(name) && !name.contains(divides)
}

impl VerifierKey {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The key itself, whatever its name.
    pub(super) fn key(&self) -> &[u8; 32] {
        &self.key
    }

    /// The key, if it is for this.
    pub(super) fn of(self, purpose: Purpose) -> Result<Self, BadKey> {
        match self.purpose == purpose {
            true => Ok(self),
            false => Err(BadKey::Purpose(self.purpose, purpose)),
        }
    }

    fn material(&self) -> [u8; 33] {
        let mut material = [self.purpose.algorithm(); 33];
        material[1..].copy_from_slice(&self.key);
        material
    }

    fn id(&self) -> u32 {
        let mut digest = Sha256::new_with_prefix(&self.name);
        digest.update(b"\n");
        digest.update(self.material());
        let digest: [u8; 32] = digest.finalize().into();
        u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
    }

    /// Whether a signature says that this key made it.
    pub(super) fn names(&self, signature: &Signature) -> bool {
        signature.id == self.id() && signature.name == self.name
    }

    /// Whether this key signed the note, and for a witness at what time. A signature that says so and does
    /// not hold spoils the note.
    pub(super) fn signed(&self, note: &Note) -> Result<Option<u64>, BadSignature> {
        let mut signed = None;
        for signature in note
            .signatures()
            .iter()
            .filter(|signature| self.names(signature))
        {
            let time = self.check(note.text(), &signature.bytes);
            let time = time.ok_or_else(|| BadSignature(self.name.clone()))?;
            signed = signed.max(Some(time));
        }
        Ok(signed)
    }

    fn check(&self, text: &str, signature: &[u8]) -> Option<u64> {
        let key = UnparsedPublicKey::new(&ED25519, self.key);
        let (time, message, signature) = match self.purpose {
            Purpose::Log => (0, text.to_owned(), signature),
            Purpose::Witness => {
                let (time, signature) = signature.split_first_chunk()?;
                let time = u64::from_be_bytes(*time);
                let valid = (1..=i64::MAX.unsigned_abs()).contains(&time);
                valid.then(|| (time, cosigned(time, text), signature))?
            }
        };
        key.verify(message.as_bytes(), signature)
            .is_ok()
            .then_some(time)
    }
}

/// A signature of a known key that is not over this text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the signature of {0} does not hold: the note was changed, or the signature is of another one"
)]
pub struct BadSignature(pub(super) String);

/// What a witness signs at this time.
fn cosigned(time: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {time}\n{text}")
}

impl FromStr for VerifierKey {
    type Err = BadKey;

    fn from_str(text: &str) -> Result<Self, BadKey> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(BadKey::Form);
        };
        if !is_key_name(name) {
            return Err(BadKey::Name);
        }
        let id = HEXLOWER.decode(id.as_bytes()).ok();
        let id = id.and_then(|id| <[u8; 4]>::try_from(id).ok());
        let material = BASE64.decode(key.as_bytes()).ok();
        let (Some(id), Some(material)) = (id, material) else {
            return Err(BadKey::Form);
        };
        let (algorithm, key) = material.split_first().ok_or(BadKey::Form)?;
        let purpose = match algorithm {
            1 => Purpose::Log,
            4 => Purpose::Witness,
            other => return Err(BadKey::Algorithm(*other)),
        };
        let key = Self {
            name: name.to_owned(),
            purpose,
            key: key.try_into().map_err(|_| BadKey::Form)?,
        };
        match key.id() == u32::from_be_bytes(id) {
            true => Ok(key),
            false => Err(BadKey::Identifier),
        }
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, id) = (&self.name, self.id());
        write!(f, "{name}+{id:08x}+{}", BASE64.encode(&self.material()))
    }
}

/// A key that signs notes.
pub(super) struct SignerKey {
    verifier: VerifierKey,
    pair: Ed25519KeyPair,
}

impl SignerKey {
    /// None when it is refused.
    pub(super) fn new(name: &str, purpose: Purpose, seed: &[u8; 32]) -> Option<Self> {
        // The check that is left out compares with a public key from elsewhere; there is none.
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let key = pair.public_key().as_ref().try_into().ok()?;
        let verifier = VerifierKey {
            name: name.to_owned(),
            purpose,
            key,
        };
        Some(Self { verifier, pair })
    }

    pub(super) fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a note's text; a witness with this time, in seconds since 1970.
    pub(super) fn sign(&self, text: &str, time: u64) -> Signature {
        let bytes = match self.verifier.purpose {
            Purpose::Log => self.pair.sign(text.as_bytes()).as_ref().to_vec(),
            Purpose::Witness => {
                let signature = self.pair.sign(cosigned(time, text).as_bytes());
                [&time.to_be_bytes(), signature.as_ref()].concat()
            }
        };
        Signature {
            name: self.verifier.name.clone(),
            id: self.verifier.id(),
            bytes,
        }
    }
}
