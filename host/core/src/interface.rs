//! Network interfaces: each has an index, a primary name, and possibly alternative names.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// IFNAMSIZ without the terminating NUL.
const LONGEST_NAME: usize = 15;
/// ALTIFNAMSIZ without the terminating NUL.
const LONGEST_OTHER: usize = 127;
/// The maximum number of alternative names. An interface with more cannot be judged.
const MOST_OTHERS: usize = 64;

/// An interface as the kernel knows it: by its primary name, not by an alternative name or a label such as `lo:1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Interface(Fields);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Fields {
    index: Option<u32>,
    name: String,
    others: Vec<String>,
}

/// How an interface can be named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InterfaceBy<'a> {
    /// Its index.
    Index(u32),
    /// Any of its names.
    Name(Cow<'a, str>),
}

/// A text that cannot be the name of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not the name of an interface")]
pub struct NoInterface;

impl Interface {
    /// An existing interface, as the kernel describes it.
    pub fn found(index: u32, name: &str, others: Vec<String>) -> Result<Self, NoInterface> {
        Self::try_from(Fields {
            index: Some(index),
            name: name.into(),
            others,
        })
    }

    /// An interface of another namespace, or one that does not exist yet, by its name. A name with `%` is refused,
    /// because the kernel would choose the name.
    pub fn named(name: &str, others: Vec<String>) -> Result<Self, NoInterface> {
        if name.contains('%') {
            return Err(NoInterface);
        }
        Self::try_from(Fields {
            index: None,
            name: name.into(),
            others,
        })
    }

    /// Its index, if it is in the host's own network namespace.
    pub fn index(&self) -> Option<u32> {
        self.0.index
    }

    /// Its primary name.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Its primary name, then the others.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let others = self.0.others.iter().map(String::as_str);
        std::iter::once(self.name()).chain(others)
    }

    /// The same interface with names that it gets.
    #[must_use]
    pub fn also_called<'a>(mut self, names: impl Iterator<Item = &'a str>) -> Self {
        self.0.others.extend(names.map(Into::into));
        self
    }

    /// The same interface without its index.
    #[must_use]
    pub fn without_index(mut self) -> Self {
        self.0.index = None;
        self
    }
}

/// dev_valid_name() of the kernel.
fn is_name(name: &str, longest: usize) -> bool {
    let odd = |c: char| matches!(c, '/' | ':' | '\0') || c.is_ascii_whitespace() || c == '\u{b}';
    (1..=longest).contains(&name.len()) && !name.contains(odd) && name != "." && name != ".."
}

/// True for a valid primary name.
pub fn is_primary_name(name: &str) -> bool {
    is_name(name, LONGEST_NAME)
}

/// True for a valid name, primary or alternative.
pub fn is_any_name(name: &str) -> bool {
    is_name(name, LONGEST_OTHER)
}

impl TryFrom<Fields> for Interface {
    type Error = NoInterface;

    fn try_from(fields: Fields) -> Result<Self, NoInterface> {
        let others = fields.others.len() <= MOST_OTHERS
            && fields.others.iter().all(|other| is_any_name(other));
        let fine = is_primary_name(&fields.name) && others && fields.index != Some(0);
        fine.then_some(Self(fields)).ok_or(NoInterface)
    }
}

impl From<Interface> for Fields {
    fn from(interface: Interface) -> Self {
        interface.0
    }
}

impl fmt::Display for Interface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn labels_indices_and_patterns_are_no_names() {
        for name in [
            "",
            "lo:1",
            "a b",
            "a/b",
            ".",
            "..",
            "a\0",
            "a\tb",
            "0123456789abcdef",
            "a\u{b}",
        ] {
            assert_eq!(
                Interface::named(name, Vec::new()),
                Err(NoInterface),
                "{name:?}"
            );
            assert_eq!(
                Interface::found(1, name, Vec::new()),
                Err(NoInterface),
                "{name:?}"
            );
        }
        assert!(Interface::named("tap%d", Vec::new()).is_err());
        assert!(Interface::found(0, "lo", Vec::new()).is_err());
        let eth0 = Interface::found(2, "eth0", vec!["enp0s31f6.a-long-name".into()]).unwrap();
        assert_eq!(
            eth0.names().collect::<Vec<_>>(),
            ["eth0", "enp0s31f6.a-long-name"]
        );
        assert_eq!(eth0.without_index().index(), None);
    }
}
