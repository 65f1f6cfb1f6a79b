//! Internationalized names (RFC 5890): U-labels in, A-labels to the server.

use std::borrow::Cow;

/// A typed name in A-labels. What is ASCII already keeps its case; what cannot be converted stays as it is,
/// and is asked for byte by byte.
pub(crate) fn to_ascii(typed: &str, convert: bool) -> Cow<'_, str> {
    if !convert || typed.is_ascii() {
        return typed.into();
    }
    match idna::domain_to_ascii(typed) {
        Ok(ascii) => ascii.into(),
        Err(_) => typed.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::to_ascii;

    #[test]
    fn u_labels_become_a_labels_when_asked_for() {
        assert_eq!(to_ascii("bücher.example", true), "xn--bcher-kva.example");
        assert_eq!(to_ascii("bücher.example", false), "bücher.example");
        assert_eq!(to_ascii("WWW.Example", true), "WWW.Example");
    }
}
