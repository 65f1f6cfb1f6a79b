//! The hash functions of shared keys, keyed (HMAC, RFC 2104): each is a library's.

use hmac::{Hmac, KeyInit, Mac};

/// A hash function, by the name that the protocol has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Algorithm {
    /// Octets of a whole digest.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// One of the hash functions at work.
pub(super) enum Hasher {
    Md5(Hmac<md5::Md5>),
    Sha1(Hmac<sha1::Sha1>),
    Sha224(Hmac<sha2::Sha224>),
    Sha256(Hmac<sha2::Sha256>),
    Sha384(Hmac<sha2::Sha384>),
    Sha512(Hmac<sha2::Sha512>),
}

macro_rules! each {
    ($hasher:expr, $mac:ident => $act:expr) => {
        match $hasher {
            Hasher::Md5($mac) => $act,
            Hasher::Sha1($mac) => $act,
            Hasher::Sha224($mac) => $act,
            Hasher::Sha256($mac) => $act,
            Hasher::Sha384($mac) => $act,
            Hasher::Sha512($mac) => $act,
        }
    };
}

impl Hasher {
    pub(super) fn new(algorithm: Algorithm, secret: &[u8]) -> Self {
        fn keyed<M: KeyInit>(secret: &[u8]) -> M {
            // A key of any length is one for HMAC (RFC 2104 section 3).
            M::new_from_slice(secret).unwrap_or_else(|_| M::new(&Default::default()))
        }
        match algorithm {
            Algorithm::Md5 => Self::Md5(keyed(secret)),
            Algorithm::Sha1 => Self::Sha1(keyed(secret)),
            Algorithm::Sha224 => Self::Sha224(keyed(secret)),
            Algorithm::Sha256 => Self::Sha256(keyed(secret)),
            Algorithm::Sha384 => Self::Sha384(keyed(secret)),
            Algorithm::Sha512 => Self::Sha512(keyed(secret)),
        }
    }

    pub(super) fn update(&mut self, bytes: &[u8]) {
        each!(self, mac => mac.update(bytes));
    }

    /// The digest, or as much of it as is wanted.
    pub(super) fn finish(self, length: usize) -> Vec<u8> {
        let mut digest = each!(self, mac => mac.finalize().into_bytes().to_vec());
        digest.truncate(length);
        digest
    }
}
