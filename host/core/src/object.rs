//! What the kernel or the system knows by a name of its own, such as a network namespace. Case counts.

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

impl ObjectName {
    /// None for what would lead elsewhere as part of a path, or ends early.
    pub fn new(text: &str) -> Option<Self> {
        let fine = text.len() <= 255 && !text.contains(['/', '\0']) && text != "." && text != "..";
        fine.then(|| Self(text.into()))
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
        Self::new(&text).ok_or(NoObject)
    }
}

impl From<ObjectName> for String {
    fn from(name: ObjectName) -> Self {
        name.0
    }
}
