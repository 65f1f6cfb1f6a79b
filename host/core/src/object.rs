//! Objects that the kernel or the system knows by a name, such as a network namespace. Names are case-sensitive.
//!
//! The abstract name of a socket (unix(7)) is such a name, too. It is written with a leading `@`, as in the output of
//! ss(8). It has up to [`LONGEST_SOCKET`] visible ASCII characters other than `*`, so that a rule can be written for
//! each name that can be requested. The kernel accepts any bytes, but a name with other bytes has no canonical form
//! and is refused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name of an object. It is empty for an object that has no name yet.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ObjectName(String);

/// A text that is not the name of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not the name of an object")]
pub struct NoObject;

/// The size of sun_path of unix(7), without the NUL before an abstract name.
pub const LONGEST_SOCKET: usize = 107;

impl ObjectName {
    /// None for a text that means another path component, or that ends early.
    pub fn new(text: &str) -> Option<Self> {
        let fine = text.len() <= 255 && !text.contains(['/', '\0']) && text != "." && text != "..";
        fine.then(|| Self(text.into()))
    }

    /// A socket by its abstract name, without the `@`. Unlike the names of other objects, it can contain `/`, because
    /// it is never used as a part of a path.
    pub fn abstract_socket(name: &str) -> Option<Self> {
        let visible = |byte: u8| byte.is_ascii_graphic() && byte != b'*';
        let fine = (1..=LONGEST_SOCKET).contains(&name.len()) && name.bytes().all(visible);
        fine.then(|| Self(format!("@{name}")))
    }

    /// The abstract name of the socket, if the object is a socket.
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
