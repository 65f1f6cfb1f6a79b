//! Internationalized names (RFC 5890): U-labels in, A-labels to the server.

use std::borrow::Cow;

use crate::name::NameError;

/// A typed name in A-labels. What is ASCII already keeps its case.
pub(crate) fn to_ascii(typed: &str, convert: bool) -> Result<Cow<'_, str>, NameError> {
    if !convert || (typed.is_ascii() && !typed.to_ascii_lowercase().contains("xn--")) {
        return Ok(typed.into());
    }
    match idna::domain_to_ascii(typed) {
        Ok(_) if typed.is_ascii() => Ok(typed.into()),
        Ok(ascii) => Ok(ascii.into()),
        Err(_) => Err(NameError::International),
    }
}

#[cfg(test)]
mod tests {
    use super::to_ascii;

    #[test]
    fn u_labels_become_a_labels_when_asked_for() {
        let good = |typed, convert| to_ascii(typed, convert).ok();
        assert_eq!(
            good("bücher.example", true).as_deref(),
            Some("xn--bcher-kva.example")
        );
        assert_eq!(
            good("bücher.example", false).as_deref(),
            Some("bücher.example")
        );
        assert_eq!(good("WWW.Example", true).as_deref(), Some("WWW.Example"));
        assert_eq!(
            good("XN--bcher-kva.example", true).as_deref(),
            Some("XN--bcher-kva.example")
        );
        assert_eq!(good("xn--a", true), None);
        assert_eq!(good("xn--a", false).as_deref(), Some("xn--a"));
    }
}
