//! Host names in canonical form, so that two spellings of a name are equal.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// RFC 1035 section 2.3.4, without the length octets at both ends.
pub const LONGEST: usize = 253;

/// A host's name in lower-case ASCII without a final dot, internationalized labels converted (RFC 5890).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HostName(Arc<str>);

/// A text that is no host name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not a host name")]
pub struct NoName;

impl HostName {
    /// The canonical form of a name. None for a text that is not a name, or that a resolver may read as an address:
    /// `127.1`, `0x7f000001`, `10.0.0.256`.
    pub fn new(text: &str) -> Option<Self> {
        let mapped = if text.is_ascii() {
            text.to_ascii_lowercase()
        } else {
            // This converts other full stops and digits to ASCII.
            idna::domain_to_ascii(text).ok()?
        };
        let ascii = mapped.strip_suffix('.').unwrap_or(&mapped);
        let label = |label: &str| {
            let fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            (1..=63).contains(&label.len()) && label.bytes().all(fine)
        };
        let name = ascii.len() <= LONGEST && ascii.split('.').all(label) && !is_number(ascii);
        name.then(|| Self(ascii.into()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name, shared.
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }

    /// `localhost` and all names below it mean this machine by definition (RFC 6761 section 6.3).
    pub fn is_localhost(&self) -> bool {
        self.0.rsplit('.').next() == Some("localhost")
    }

    /// True if this name is below that one.
    pub fn is_below(&self, other: &HostName) -> bool {
        let rest = self.0.strip_suffix(&*other.0);
        rest.is_some_and(|rest| rest.ends_with('.') && rest.len() > 1)
    }
}

/// A name whose last label is a number is an address, or a mistyped one (RFC 3696 section 2).
fn is_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || !last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for HostName {
    type Error = NoName;

    /// Only accepts the canonical form, which is the form in messages.
    fn try_from(text: String) -> Result<Self, NoName> {
        Self::new(&text)
            .filter(|name| *name.0 == *text)
            .ok_or(NoName)
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> Self {
        (*name.0).into()
    }
}

/// A name that was looked up and led to an address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResolvedName {
    /// The name.
    pub name: HostName,
    /// The address comes from this machine's /etc/hosts, not from a name server.
    pub from_hosts_file: bool,
}

impl ResolvedName {
    /// As a name server says.
    pub fn from_dns(name: HostName) -> Self {
        Self {
            name,
            from_hosts_file: false,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn ways_of_writing_a_name_are_one() {
        for text in [
            "Bücher.Example.",
            "bu\u{308}cher.example",
            "xn--bcher-kva.example",
            "XN--BCHER-KVA.EXAMPLE.",
            "bücher。example",
            "ｂücher.ｅxample。",
        ] {
            let name = HostName::new(text).unwrap();
            assert_eq!(name.as_str(), "xn--bcher-kva.example", "{text}");
        }
    }

    #[test]
    fn what_is_no_name_or_may_be_taken_for_an_address_has_no_form() {
        let long = "a".repeat(64);
        let longer = ["a23456789.".repeat(26), "b".into()].concat();
        for text in [
            "",
            ".",
            "..",
            "a..b",
            ".a",
            "a..",
            "10.0.0.256",
            "a b",
            "a/b",
            "a\n",
            "7",
            "127.1",
            "0x7f000001",
            "0x7f.1",
            "a.0x1",
            "2130706433",
            "017700000001",
            "１２７.１",
            "a.0X",
            "web\\046test",
            "web%2etest",
            "a@b",
            "[::1]",
            "fe80::1%1",
            &long,
            &longer,
        ] {
            assert_eq!(HostName::new(text), None, "{text}");
        }
    }

    #[test]
    fn below_is_by_whole_labels() {
        let name = |text| HostName::new(text).unwrap();
        assert!(name("a.b.example.org").is_below(&name("example.org")));
        for other in ["example.org", "badexample.org", "org"] {
            assert!(!name(other).is_below(&name("example.org")), "{other}");
        }
        assert!(name("localhost").is_localhost() && name("a.LocalHost.").is_localhost());
        assert!(!name("localhost.example.org").is_localhost());
    }

    #[test]
    fn it_travels_in_its_canonical_form_alone() {
        assert!(HostName::try_from("web.test".to_owned()).is_ok());
        for text in ["Web.test", "web.test.", "bücher.example", "127.1"] {
            assert!(HostName::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
