//! Transaction signatures (RFC 8945): queries are signed, answers checked.

use std::fmt;

use data_encoding::BASE64;

use super::mac::{Algorithm, Hasher};
use super::{KeyError, count_additional};
use crate::lookup::TextKey;
use crate::name::{self, Name, wire};
use crate::reply::Reply;
use crate::wire::Cursor;

/// Seconds that clocks may differ.
const FUDGE: u16 = 300;
const TSIG: u16 = crate::kind::rtype::TSIG;
const ANY: u16 = 255;

static ALGORITHMS: &[(&str, &str, Algorithm)] = &[
    ("hmac-md5", "hmac-md5.sig-alg.reg.int", Algorithm::Md5),
    ("hmac-sha1", "hmac-sha1", Algorithm::Sha1),
    ("hmac-sha224", "hmac-sha224", Algorithm::Sha224),
    ("hmac-sha256", "hmac-sha256", Algorithm::Sha256),
    ("hmac-sha384", "hmac-sha384", Algorithm::Sha384),
    ("hmac-sha512", "hmac-sha512", Algorithm::Sha512),
];

/// Whether `-y` may name this algorithm, with or without a number of bits behind it.
pub(crate) fn is_algorithm(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ALGORITHMS.iter().any(|(typed, _, _)| {
        let rest = lower.strip_prefix(typed);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })
}

/// Why a signature is not right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureError {
    Missing,
    WrongKey,
    Wrong,
    /// The server's own complaint.
    Reported(u16),
    Clock,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "expected a TSIG or SIG(0)",
            Self::WrongKey | Self::Wrong => "tsig verify failure",
            Self::Reported(_) => "tsig indicates error",
            Self::Clock => "clocks are unsynchronized",
        })
    }
}

/// A shared key.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    name: Name,
    algorithm: Algorithm,
    algorithm_name: Name,
    secret: Vec<u8>,
    /// Octets of the digest that are sent; fewer than the hash has where the name says so.
    length: usize,
}

impl Key {
    /// From its parts as they are typed.
    pub(crate) fn from_text(text: &TextKey) -> Result<Self, KeyError> {
        let lower = text.algorithm.to_ascii_lowercase();
        let (_, wire, algorithm, bits) = ALGORITHMS
            .iter()
            .find_map(|(typed, wire, algorithm)| {
                let rest = lower.strip_prefix(typed)?;
                let bits = match rest.strip_prefix('-') {
                    Some(bits) => Some(bits.parse::<usize>().ok()?),
                    None if rest.is_empty() => None,
                    None => return None,
                };
                Some((typed, wire, *algorithm, bits))
            })
            .ok_or(KeyError::Algorithm)?;
        let full = algorithm.size();
        Ok(Self {
            name: canonical(&text.name)?,
            algorithm,
            algorithm_name: canonical(wire)?,
            secret: BASE64
                .decode(text.secret.as_bytes())
                .map_err(|_| KeyError::Secret)?,
            length: bits.map_or(full, |bits| bits.div_ceil(8).clamp(1, full)),
        })
    }

    /// How many octets a signature adds to a query.
    pub(crate) fn overhead(&self) -> usize {
        wire(&self.name).len() + wire(&self.algorithm_name).len() + 26 + self.length
    }

    /// Signs a query; what is returned starts the chain that its answers continue.
    pub(crate) fn sign(&self, message: &mut Vec<u8>, now: u64) -> Chain {
        let mut mac = self.mac();
        mac.update(message);
        mac.update(&self.variables(now, FUDGE, 0, &[]));
        let digest = mac.finish(self.length);
        let id = message.get(..2).unwrap_or_default().to_vec();
        message.extend_from_slice(&wire(&self.name));
        message.extend_from_slice(&TSIG.to_be_bytes());
        message.extend_from_slice(&ANY.to_be_bytes());
        message.extend_from_slice(&[0; 4]);
        let length = wire(&self.algorithm_name).len() + 16 + digest.len();
        message.extend_from_slice(&(length as u16).to_be_bytes());
        message.extend_from_slice(&wire(&self.algorithm_name));
        message.extend_from_slice(&time(now, FUDGE));
        message.extend_from_slice(&(digest.len() as u16).to_be_bytes());
        message.extend_from_slice(&digest);
        message.extend_from_slice(&id);
        message.extend_from_slice(&[0; 4]);
        count_additional(message, 1);
        Chain {
            previous: digest,
            first: true,
            unsigned: Vec::new(),
        }
    }

    /// Name, class, TTL, algorithm, time, error and other data: what is signed beside the message.
    fn variables(&self, now: u64, fudge: u16, error: u16, other: &[u8]) -> Vec<u8> {
        let mut out = wire(&self.name);
        out.extend_from_slice(&ANY.to_be_bytes());
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&wire(&self.algorithm_name));
        out.extend_from_slice(&time(now, fudge));
        out.extend_from_slice(&error.to_be_bytes());
        out.extend_from_slice(&(other.len() as u16).to_be_bytes());
        out.extend_from_slice(other);
        out
    }

    fn mac(&self) -> Hasher {
        Hasher::new(self.algorithm, &self.secret)
    }
}

fn canonical(text: &str) -> Result<Name, KeyError> {
    let name = name::parse(text, None).map_err(|_| KeyError::Name)?.name;
    Ok(name.to_lowercase())
}

/// 48 bits of seconds, and the fudge.
fn time(now: u64, fudge: u16) -> Vec<u8> {
    let mut out = now.to_be_bytes().get(2..).unwrap_or_default().to_vec();
    out.extend_from_slice(&fudge.to_be_bytes());
    out
}

/// The signatures of one exchange: each covers the one before (RFC 8945 section 5.3).
pub(crate) struct Chain {
    previous: Vec<u8>,
    first: bool,
    /// Messages of a transfer that came without a signature since the last one that had one.
    unsigned: Vec<u8>,
}

impl Chain {
    /// Checks the next message.
    pub(crate) fn verify(
        &mut self,
        key: &Key,
        reply: &Reply<'_>,
        now: u64,
    ) -> Result<(), SignatureError> {
        let Some(tsig) = &reply.tsig else {
            if self.first {
                return Err(SignatureError::Missing);
            }
            self.unsigned.extend_from_slice(reply.bytes);
            return Ok(());
        };
        let fields = Fields::parse(tsig.data.bytes()).ok_or(SignatureError::Wrong)?;
        if tsig.owner != key.name || fields.algorithm != key.algorithm_name {
            return Err(SignatureError::WrongKey);
        }
        if fields.error != 0 && fields.mac.is_empty() {
            return Err(SignatureError::Reported(fields.error));
        }
        let mut signed = reply
            .bytes
            .get(..reply.tsig_start)
            .unwrap_or_default()
            .to_vec();
        count_additional(&mut signed, -1);
        if let Some(id) = signed.get_mut(..2) {
            id.copy_from_slice(&fields.original_id.to_be_bytes());
        }
        let mut mac = key.mac();
        mac.update(&(self.previous.len() as u16).to_be_bytes());
        mac.update(&self.previous);
        mac.update(&self.unsigned);
        mac.update(&signed);
        if self.first {
            mac.update(&key.variables(fields.time, fields.fudge, fields.error, fields.other));
        } else {
            mac.update(&time(fields.time, fields.fudge));
        }
        let least = (key.algorithm.size() / 2).max(10).min(key.length);
        if fields.mac.len() < least || mac.finish(fields.mac.len()) != fields.mac {
            return Err(SignatureError::Wrong);
        }
        fields.mac.clone_into(&mut self.previous);
        self.first = false;
        self.unsigned.clear();
        if fields.error != 0 {
            return Err(SignatureError::Reported(fields.error));
        }
        if fields.time.abs_diff(now) > u64::from(fields.fudge) {
            return Err(SignatureError::Clock);
        }
        Ok(())
    }
}

/// The data of a TSIG record. Its name is never compressed.
struct Fields<'a> {
    algorithm: Name,
    time: u64,
    fudge: u16,
    mac: &'a [u8],
    original_id: u16,
    error: u16,
    other: &'a [u8],
}

impl<'a> Fields<'a> {
    fn parse(data: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(data);
        let algorithm = cursor.name().ok()?;
        let high = u64::from(cursor.u16().ok()?);
        let time = high << 32 | u64::from(cursor.u32().ok()?);
        let fudge = cursor.u16().ok()?;
        let length = usize::from(cursor.u16().ok()?);
        let mac = cursor.take(length).ok()?;
        let (original_id, error) = (cursor.u16().ok()?, cursor.u16().ok()?);
        let length = usize::from(cursor.u16().ok()?);
        let other = cursor.take(length).ok()?;
        Some(Self {
            algorithm,
            time,
            fudge,
            mac,
            original_id,
            error,
            other,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn key(algorithm: &str) -> Key {
        Key::from_text(&TextKey {
            algorithm: algorithm.to_owned(),
            name: "Key.Example".to_owned(),
            secret: "c2VjcmV0".to_owned(),
        })
        .unwrap()
    }

    fn query() -> Vec<u8> {
        b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x01a\0\0\x01\0\x01".to_vec()
    }

    #[test]
    fn a_query_is_signed_by_each_algorithm_and_is_no_answer_to_itself() {
        for (algorithm, _, _) in ALGORITHMS {
            let key = key(algorithm);
            let mut message = query();
            key.sign(&mut message, 1_000_000);
            assert_eq!(message.len(), query().len() + key.overhead());
            // Our own query checks against a chain that begins with nothing but its length.
            let reply = Reply::parse(&message, false).unwrap();
            assert!(reply.tsig.is_some() && !reply.malformed);
            let mut chain = Chain {
                previous: Vec::new(),
                first: true,
                unsigned: Vec::new(),
            };
            assert_eq!(
                chain.verify(&key, &reply, 1_000_000),
                Err(SignatureError::Wrong),
                "an answer covers the query's signature"
            );
        }
    }

    #[test]
    fn an_answer_is_checked_against_the_query() {
        let key = key("hmac-sha256-128");
        let mut question = query();
        let mut chain = key.sign(&mut question, 1_000_000);
        // What a server does: sign its answer with the query's digest before it.
        let mut answer = query();
        let mut mac = key.mac();
        mac.update(&(chain.previous.len() as u16).to_be_bytes());
        mac.update(&chain.previous);
        mac.update(&answer);
        mac.update(&key.variables(1_000_001, FUDGE, 0, &[]));
        let digest = mac.finish(key.length);
        let mut signed = query();
        key.sign(&mut signed, 1_000_001);
        let place = signed.len() - 6 - digest.len();
        signed
            .get_mut(place..place + digest.len())
            .unwrap()
            .copy_from_slice(&digest);
        answer = signed;
        let reply = Reply::parse(&answer, false).unwrap();
        assert_eq!(
            chain.verify(&key, &reply, 1_000_400),
            Err(SignatureError::Clock)
        );
        let mut chain = key.sign(&mut query(), 1_000_000);
        assert_eq!(chain.verify(&key, &reply, 1_000_002), Ok(()));
        let bare = query();
        let reply = Reply::parse(&bare, false).unwrap();
        let mut chain = key.sign(&mut query(), 1_000_000);
        assert_eq!(chain.verify(&key, &reply, 0), Err(SignatureError::Missing));
    }

    #[test]
    fn what_is_no_key_is_none() {
        let text = |algorithm: &str, name: &str, secret: &str| TextKey {
            algorithm: algorithm.to_owned(),
            name: name.to_owned(),
            secret: secret.to_owned(),
        };
        for (key, error) in [
            (text("hmac-sha3", "k", "AAAA"), KeyError::Algorithm),
            (text("hmac-sha256", "k..", "AAAA"), KeyError::Name),
            (text("hmac-sha256", "k", "A"), KeyError::Secret),
        ] {
            assert_eq!(Key::from_text(&key).err(), Some(error));
        }
    }
}
