//! The algorithms of DNSSEC (RFC 8624): each is a library's, here are only its numbers and the shapes of its keys.

use p256::ecdsa::signature::Verifier;
use rsa::BoxedUint;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// An uncompressed point (SEC 1 section 2.3.3); DNSKEY leaves this octet out (RFC 6605 section 4).
const UNCOMPRESSED: u8 = 4;

/// Whether signatures of this algorithm can be checked here.
pub(super) fn is_supported(algorithm: u8) -> bool {
    matches!(algorithm, 5 | 7 | 8 | 10 | 13 | 14 | 15)
}

/// Whether a signature over a message is right; a key that is none makes it wrong.
pub(crate) fn verify(algorithm: u8, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    match algorithm {
        5 | 7 => {
            rsa_key(key).is_some_and(|key| key.pkcs1v15_verify::<Sha1>(message, signature).is_ok())
        }
        8 => rsa_key(key)
            .is_some_and(|key| key.pkcs1v15_verify::<Sha256>(message, signature).is_ok()),
        10 => rsa_key(key)
            .is_some_and(|key| key.pkcs1v15_verify::<Sha512>(message, signature).is_ok()),
        13 => {
            let key = p256::ecdsa::VerifyingKey::from_sec1_bytes(&point(key));
            let signature = p256::ecdsa::Signature::from_slice(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }
        14 => {
            let key = p384::ecdsa::VerifyingKey::from_sec1_bytes(&point(key));
            let signature = p384::ecdsa::Signature::from_slice(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }
        15 => {
            let key = ed25519_compact::PublicKey::from_slice(key);
            let signature = ed25519_compact::Signature::from_slice(signature);
            matches!((key, signature), (Ok(key), Ok(signature)) if key.verify(message, &signature).is_ok())
        }
        _ => false,
    }
}

fn point(key: &[u8]) -> Vec<u8> {
    [&[UNCOMPRESSED], key].concat()
}

/// Exponent and modulus (RFC 3110 section 2).
fn rsa_key(key: &[u8]) -> Option<rsa::PublicKey> {
    let (length, rest) = match key {
        [0, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        [length, rest @ ..] => (usize::from(*length), rest),
        [] => return None,
    };
    let (exponent, modulus) = rest.split_at_checked(length)?;
    let leading = modulus.iter().take_while(|byte| **byte == 0).count();
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bytes.len() as u32 * 8).ok();
    rsa::PublicKey::new(number(modulus.get(leading..)?)?, number(exponent)?).ok()
}

/// The digest of a DS record's type; none where the type is not known here.
pub(super) fn digest(kind: u8, data: &[u8]) -> Option<Vec<u8>> {
    Some(match kind {
        1 => Sha1::digest(data).to_vec(),
        2 => Sha256::digest(data).to_vec(),
        4 => Sha384::digest(data).to_vec(),
        _ => return None,
    })
}
