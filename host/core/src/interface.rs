//! Network interfaces: one thing with an index, a primary name, and perhaps other names.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// IFNAMSIZ without the end.
const LONGEST_NAME: usize = 15;
/// ALTIFNAMSIZ without the end.
const LONGEST_OTHER: usize = 127;
/// No interface that has more other names can be judged.
const MOST_OTHERS: usize = 64;

/// An interface as the kernel knows it: by its primary name, never by another or by a label such as `lo:1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub struct Interface(Fields);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Fields {
    index: Option<u32>,
    name: String,
    others: Vec<String>,
}

/// What an interface is called by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum InterfaceBy<'a> {
    /// Its index.
    Index(u32),
    /// Any of its names.
    Name(Cow<'a, str>),
}

/// What no interface is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not the name of an interface")]
pub struct NoInterface;

impl Interface {
    /// One that is there, by what the kernel says of it.
    pub fn found(index: u32, name: &str, others: Vec<String>) -> Result<Self, NoInterface> {
        Self::try_from(Fields {
            index: Some(index),
            name: name.into(),
            others,
        })
    }

    /// One in another namespace, or that does not exist yet, by the name that it has or will have. A `%` would have
    /// the kernel choose.
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

    /// Its index, where it is one of the host's own network namespace.
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

    /// The same by its names alone.
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

/// True for what an interface's primary name may be.
pub fn is_primary_name(name: &str) -> bool {
    is_name(name, LONGEST_NAME)
}

/// True for what an interface may be called, by whatever name.
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
