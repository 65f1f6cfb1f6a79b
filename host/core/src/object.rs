//! What the kernel or the system knows by a name of its own, such as a network namespace. Case counts.
//!
//! A socket's abstract name (unix(7)) is one too: it is written with `@` in front, as ss(8) shows it. It is up to
//! [`LONGEST_SOCKET`] visible characters of ASCII other than `*`, so that a rule can be written for each name that can
//! be asked for. The kernel would take any bytes; a name of others has no canonical form and is refused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A name of an object. It is empty for one that has no name yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectName(String);

/// A text that names no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not the name of an object")]
pub struct NoObject;

/// sun_path of unix(7) without the NUL in front of an abstract name.
pub const LONGEST_SOCKET: usize = 107;

impl ObjectName {
    /// None for what would lead elsewhere as part of a path, or ends early.
    pub fn new(text: &str) -> Option<Self> {
        let fine = text.len() <= 255 && !text.contains(['/', '\0']) && text != "." && text != "..";
        fine.then(|| Self(text.into()))
    }

    /// A socket by its abstract name, without the `@`. Unlike other objects it may have `/` in it; it is never a part of a
    /// path.
    pub fn abstract_socket(name: &str) -> Option<Self> {
        let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'*';
        let fine = (1..=LONGEST_SOCKET).contains(&name.len()) && name.bytes().all(visible);
        fine.then(|| Self(format!("@{name}")))
    }

    /// The abstract name of the socket that it is, if it is one.
    pub fn as_abstract_socket(&self) -> Option<&str> {
        let name = self.0.strip_prefix('@')?;
        Self::abstract_socket(name).map(|_| name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ObjectName {
    type Error = NoObject;

    fn try_from(text: String) -> Result<Self, NoObject> {
        let socket = || Self::abstract_socket(text.strip_prefix('@')?);
        Self::new(&text).or_else(socket).ok_or(NoObject)
    }
}

impl From<ObjectName> for String {
    fn from(name: ObjectName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_abstract_name_is_visible_and_no_part_of_a_path() {
        let longest = "x".repeat(LONGEST_SOCKET);
        for name in ["a", "/tmp/.X11-unix/X0", "0", "a@b", "..", "%2f", &longest] {
            let object = ObjectName::abstract_socket(name).unwrap();
            assert_eq!(object.to_string(), format!("@{name}"));
            assert_eq!(object.as_abstract_socket(), Some(name));
            assert_eq!(
                ObjectName::try_from(String::from(object.clone())).unwrap(),
                object
            );
        }
        let longer = format!("{longest}x");
        for name in [
            "",
            "a b",
            "a\0",
            "\0",
            "a\n",
            "\u{1b}[2J",
            "\u{e9}",
            "a*",
            &longer,
        ] {
            assert_eq!(ObjectName::abstract_socket(name), None, "{name:?}");
        }
        assert_eq!(ObjectName::new("@/../x"), None);
        assert_eq!(ObjectName::new("eth0").unwrap().as_abstract_socket(), None);
        assert!(ObjectName::try_from("a/b".to_owned()).is_err());
    }
}
