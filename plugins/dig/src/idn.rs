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

/// Why a name in A-labels has no form in U-labels, in the words of BIND's dig; none where it has, or needs none.
pub(crate) fn no_unicode(name: &str) -> Option<String> {
    let ace = |label: &str| {
        let prefix = label.get(..4)?;
        let rest = label.get(4..)?;
        prefix.eq_ignore_ascii_case("xn--").then(|| rest.to_owned())
    };
    let mut labels = name.split('.').filter_map(ace).peekable();
    labels.peek()?;
    if labels.any(|label| idna::punycode::decode(&label).is_none()) {
        return Some(format!(
            "Bad ACE string '{name}' (string contains invalid punycode data), use +noidnout"
        ));
    }
    idna::domain_to_unicode(name).1.err().map(|_| {
        format!(
            "'{name}' is not a legal IDNA2008 name (string contains a disallowed character), use +noidnout"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::{no_unicode, to_ascii};

    #[test]
    fn what_has_no_u_labels_is_told_in_digs_words() {
        assert_eq!(no_unicode("www.example."), None);
        assert_eq!(no_unicode("xn--bcher-kva.example."), None);
        let told = |name| no_unicode(name).unwrap_or_default();
        assert!(told("xn--0.example.").starts_with("Bad ACE string 'xn--0.example.'"));
        assert!(told("xn--a.example.").contains("is not a legal IDNA2008 name"));
    }

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
