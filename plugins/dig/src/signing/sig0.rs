//! SIG(0), RFC 2931: a query signed with a private key, of which the server knows the public half.

use p256::ecdsa::signature::Signer as _;
use rsa::BoxedUint;
use rsa::rand_core::{TryCryptoRng, TryRng};
use sha1::Sha1;
use sha2::digest::const_oid::AssociatedOid;
use sha2::{Digest, Sha256, Sha512};

use super::{KeyError, count_additional};
use crate::kind::rtype;
use crate::name::{Name, wire};

/// Seconds before and after now in which the signature holds.
const FUDGE: u64 = 300;
const ANY: u16 = 255;

/// A private key, and what its owner calls it.
pub(crate) struct Key {
    pub(super) signer: Name,
    pub(super) algorithm: u8,
    pub(super) tag: u16,
    pub(super) secret: Secret,
}

/// The secret of an algorithm (RFC 8624).
pub(super) enum Secret {
    RsaSha1(rsa::PrivateKey),
    RsaSha256(rsa::PrivateKey),
    RsaSha512(rsa::PrivateKey),
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    Ed25519(ed25519_compact::SecretKey),
}

impl Secret {
    /// From the fields of a private key's file.
    pub(super) fn read(
        algorithm: u8,
        field: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Result<Self, KeyError> {
        let number = |name: &str| {
            let bytes = field(name)?;
            BoxedUint::from_be_slice(&bytes, bytes.len() as u32 * 8).ok()
        };
        let rsa = || {
            let (p, q, exponent) = (
                number("Prime1")?,
                number("Prime2")?,
                number("PublicExponent")?,
            );
            rsa::PrivateKey::from_p_q(p, q, exponent).ok()
        };
        let scalar = field("PrivateKey").unwrap_or_default();
        let secret = match algorithm {
            5 | 7 => rsa().map(Self::RsaSha1),
            8 => rsa().map(Self::RsaSha256),
            10 => rsa().map(Self::RsaSha512),
            13 => p256::ecdsa::SigningKey::from_slice(&scalar)
                .ok()
                .map(Self::P256),
            14 => p384::ecdsa::SigningKey::from_slice(&scalar)
                .ok()
                .map(Self::P384),
            15 => ed25519_compact::Seed::from_slice(&scalar)
                .ok()
                .map(|seed| Self::Ed25519(ed25519_compact::KeyPair::from_seed(seed).sk)),
            _ => return Err(KeyError::Algorithm),
        };
        // A modulus that is too short for its hash signs nothing.
        secret
            .filter(|secret| !secret.sign(&[]).is_empty())
            .ok_or(KeyError::Private)
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::RsaSha1(key) => rsa_signature::<Sha1>(key, message),
            Self::RsaSha256(key) => rsa_signature::<Sha256>(key, message),
            Self::RsaSha512(key) => rsa_signature::<Sha512>(key, message),
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            Self::Ed25519(key) => key.sign(message, None).to_vec(),
        }
    }
}

/// Blinded, so that the time that it takes tells nothing of the key.
fn rsa_signature<D: Digest + AssociatedOid>(key: &rsa::PrivateKey, message: &[u8]) -> Vec<u8> {
    let signature = key.pkcs1v15_sign_with_rng::<D, _>(&mut System, message);
    signature.unwrap_or_default()
}

/// The system's random numbers.
struct System;

impl TryRng for System {
    type Error = getrandom::Error;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        getrandom::u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        getrandom::u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        getrandom::fill(bytes)
    }
}

impl TryCryptoRng for System {}

impl Key {
    /// How many octets a signature adds to a query.
    pub(super) fn overhead(&self) -> usize {
        let mut message = vec![0; crate::reply::HEADER];
        self.sign(&mut message, 0);
        message.len() - crate::reply::HEADER
    }

    /// Puts the record behind the query. It signs its own fields and the query as it was before (section 3.1).
    pub(super) fn sign(&self, message: &mut Vec<u8>, now: u64) {
        let mut data = vec![0, 0, self.algorithm, 0, 0, 0, 0, 0];
        for time in [now.saturating_add(FUDGE), now.saturating_sub(FUDGE)] {
            data.extend_from_slice(&(time as u32).to_be_bytes());
        }
        data.extend_from_slice(&self.tag.to_be_bytes());
        data.extend_from_slice(&wire(&self.signer));
        let signature = self.secret.sign(&[&data, message.as_slice()].concat());
        data.extend_from_slice(&signature);
        message.push(0);
        message.extend_from_slice(&rtype::SIG.to_be_bytes());
        message.extend_from_slice(&ANY.to_be_bytes());
        message.extend_from_slice(&[0; 4]);
        message.extend_from_slice(&(data.len() as u16).to_be_bytes());
        message.extend_from_slice(&data);
        count_additional(message, 1);
    }
}
