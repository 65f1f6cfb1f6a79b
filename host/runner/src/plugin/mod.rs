//! Plugins: where they come from, what they ask for, their compiled form.

pub mod cache;
pub mod compile;
pub mod compiled;
pub mod inspect;
pub mod load;
mod seal;
mod sys;

/// `sha256:` and the digest of these bytes in hexadecimal.
pub fn digest(bytes: &[u8]) -> String {
    use sha2::Digest;
    use std::fmt::Write;
    let mut text = String::from("sha256:");
    for byte in sha2::Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
