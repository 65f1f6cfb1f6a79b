//! A signature of a component, in a file beside it:
//!
//! ```text
//! nethost-signature 1
//! digest sha256:…
//! signer ed25519:…
//! signature …
//! ```
//!
//! The first two lines, with their line ends, are what is signed.

use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use nethost_core::{NoPublicKey, digest};

use crate::{PublicKey, SecretKey};

const FORMAT: &str = "nethost-signature 1";
/// No signature is longer.
pub const LONGEST: usize = 1024;

/// Why a signature does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is not the text of a signature.
    #[error("it is not a signature of nethost: {0}")]
    Malformed(&'static str),
    /// It is for other bytes.
    #[error("it is the signature of another component: of {signed}, and this one is {found}")]
    OtherComponent {
        /// The digest in the signature.
        signed: String,
        /// The digest of the component.
        found: String,
    },
    /// The key that it names has not made it.
    #[error("{0} has not made this signature: it is forged or damaged")]
    Forged(PublicKey),
    /// The signer is not among those who are trusted.
    #[error("it is signed by {0}, who is not among the trusted signers")]
    Untrusted(PublicKey),
}

/// The file of a component's signature.
pub fn beside(component: &Path) -> PathBuf {
    let mut name = component.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

fn message(digest: &str) -> String {
    format!("{FORMAT}\ndigest {digest}\n")
}

/// Signs a component. Returns the text of the signature's file.
pub fn sign(component: &[u8], key: &SecretKey) -> String {
    let message = message(&digest(component));
    let signature = HEXLOWER.encode(&key.sign(message.as_bytes()));
    let signer = key.public();
    format!("{message}signer {signer}\nsignature {signature}\n")
}

/// Verifies the signature of a component. Returns the signer, one of those who are trusted.
pub fn verify(component: &[u8], text: &str, trusted: &[PublicKey]) -> Result<PublicKey, Refusal> {
    let signer = signer(&digest(component), text)?;
    match trusted.contains(&signer) {
        true => Ok(signer),
        false => Err(Refusal::Untrusted(signer)),
    }
}

/// Who has signed the component with this digest. Anyone can have a key: who is trusted is for the caller to decide.
pub fn signer(found: &str, text: &str) -> Result<PublicKey, Refusal> {
    if text.len() > LONGEST {
        return Err(Refusal::Malformed("it is too long"));
    }
    let mut lines = text.lines();
    if lines.next() != Some(FORMAT) {
        return Err(Refusal::Malformed("its first line is another"));
    }
    let mut field = |name: &str| lines.next()?.strip_prefix(name)?.strip_prefix(' ');
    let signed = field("digest").ok_or(Refusal::Malformed("it has no digest"))?;
    let signer = match field("signer").map(str::parse::<PublicKey>) {
        Some(Ok(signer)) => signer,
        Some(Err(NoPublicKey::SmallOrder)) => {
            return Err(Refusal::Malformed("anyone can sign with its key"));
        }
        Some(Err(NoPublicKey::Form)) | None => {
            return Err(Refusal::Malformed("it names no signer"));
        }
    };
    let signature = field("signature").and_then(|text| HEXLOWER.decode(text.as_bytes()).ok());
    let signature = signature.ok_or(Refusal::Malformed("it has no signature"))?;
    if lines.next().is_some() {
        return Err(Refusal::Malformed("more follows"));
    }
    if signed != found {
        return Err(Refusal::OtherComponent {
            signed: signed.escape_default().to_string(),
            found: found.to_owned(),
        });
    }
    if !signer.verifies(message(found).as_bytes(), &signature) {
        return Err(Refusal::Forged(signer));
    }
    Ok(signer)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_signer_over_these_bytes_counts() {
        let (key, other) = (
            SecretKey::generate().unwrap(),
            SecretKey::generate().unwrap(),
        );
        let text = sign(b"component", &key);
        let trusted = [other.public(), key.public()];
        assert_eq!(verify(b"component", &text, &trusted), Ok(key.public()));
        assert!(matches!(
            verify(b"another", &text, &trusted),
            Err(Refusal::OtherComponent { .. })
        ));
        assert_eq!(
            verify(b"component", &text, &[other.public()]),
            Err(Refusal::Untrusted(key.public()))
        );
        let named = text.replace(&key.public().to_string(), &other.public().to_string());
        assert_eq!(
            verify(b"component", &named, &trusted),
            Err(Refusal::Forged(other.public()))
        );
    }

    #[test]
    fn a_key_with_which_anyone_can_sign_has_signed_nothing() {
        // What the neutral point verifies: R is the neutral point too, and S is 0.
        let (one, zero) = (format!("01{}", "0".repeat(62)), "0".repeat(64));
        let text = format!(
            "{}signer ed25519:{one}\nsignature {one}{zero}\n",
            message(&digest(b"component"))
        );
        let refused = signer(&digest(b"component"), &text).unwrap_err();
        assert_eq!(refused, Refusal::Malformed("anyone can sign with its key"));
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let key = SecretKey::generate().unwrap();
        let text = sign(b"component", &key);
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            // The end of the last line is not part of what counts.
            let Ok(changed) = String::from_utf8(bytes) else {
                continue;
            };
            let verdict = verify(b"component", &changed, &[key.public()]);
            assert!(verdict.is_err() || place + 1 == text.len(), "{place}");
        }
        for length in 0..text.len() - 1 {
            assert!(verify(b"component", &text[..length], &[key.public()]).is_err());
        }
        let more = format!("{text}signer x\n");
        assert!(verify(b"component", &more, &[key.public()]).is_err());
    }
}
