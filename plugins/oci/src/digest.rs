//! Digests: `sha256:` and 64 hexadecimal digits.

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

/// The digest of these bytes.
pub(crate) fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", HEXLOWER.encode(&Sha256::digest(bytes)))
}

/// Whether a text is a digest.
pub(crate) fn is_digest(text: &str) -> bool {
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    digits.len() == 64 && digits.bytes().all(is_digit)
}
