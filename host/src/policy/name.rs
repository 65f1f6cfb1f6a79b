//! Host names in one form, so that two ways of writing one name are one name.

/// RFC 1035 section 2.3.4.
const LONGEST: usize = 253;

/// A host's or device's name in lower-case ASCII without a final dot, internationalized labels converted
/// (RFC 5890). None for what is no name, such as a mistyped address.
pub fn canonical(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let ascii = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(text).ok()?
    };
    let fine = ascii.len() <= LONGEST
        && ascii.split('.').all(|label| {
            (1..=63).contains(&label.len())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        });
    // A last label without a letter is a mistyped address, not a name (RFC 3696 section 2).
    let last = ascii.rsplit('.').next()?;
    (fine && last.bytes().any(|byte| byte.is_ascii_alphabetic())).then_some(ascii)
}

/// `localhost` and what is below it mean this machine by definition (RFC 6761 section 6.3).
pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    last.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways_of_writing_a_name_are_one() {
        for text in ["Bücher.Example.", "xn--bcher-kva.example", "bücher.example"] {
            assert_eq!(
                canonical(text).as_deref(),
                Some("xn--bcher-kva.example"),
                "{text}"
            );
        }
        for text in [
            "",
            ".",
            "a..b",
            "10.0.0.256",
            "a b",
            "a/b",
            "a\n",
            "7",
            &"a".repeat(64),
        ] {
            assert_eq!(canonical(text), None, "{text}");
        }
        assert!(is_localhost("localhost") && is_localhost("a.LocalHost."));
        assert!(!is_localhost("localhost.example.org"));
    }
}
