//! The facts about a component that can be found without running it: its imports, which limit what it can ask for, its
//! manifest, and the tools that built it.
//!
//! `nethost-compile inspect` finds them in a process without privileges, because a component must be considered
//! hostile. `nethost` receives them as JSON. All text in them has a limited length and plain characters.

#[cfg(feature = "read")]
mod read;

use nethost_manifest::Manifest;
use serde::{Deserialize, Serialize};

#[cfg(feature = "read")]
pub use read::{Error, check_measure, read};

/// The facts about a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Its imports: it can reach nothing else.
    pub imports: Vec<Item>,
    /// What it offers.
    pub exports: Vec<Item>,
    /// The languages and tools that it claims to be built with.
    pub producers: Vec<Producer>,
    /// Its manifest.
    pub manifest: Stated,
}

/// An import or export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Such as `nethost:cap/icmp@0.1.0` or `run`.
    pub name: String,
    /// What it is.
    pub kind: Kind,
    /// The functions of an interface, such as `[method]echo-socket.send`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<String>,
}

/// What an import or export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An interface with functions and types.
    Interface,
    /// A function.
    Function,
    /// A type.
    Type,
    /// A core module, a component or a value.
    Other,
}

/// An entry of the producers section (tool-conventions, `ProducersSection.md`). It is not verified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Producer {
    /// `language`, `sdk` or `processed-by`.
    pub field: String,
    /// Such as `Rust`.
    pub name: String,
    /// Such as `1.95.0`.
    pub version: String,
}

/// The manifest of a component, if it has one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stated {
    /// It has no manifest.
    Absent,
    /// It has an unusable manifest, for this reason.
    Unusable(String),
    /// Its manifest.
    Manifest(Manifest),
}

impl Stated {
    /// The manifest, if there is a usable one.
    pub fn manifest(&self) -> Option<&Manifest> {
        match self {
            Stated::Manifest(manifest) => Some(manifest),
            Stated::Absent | Stated::Unusable(_) => None,
        }
    }
}

impl Facts {
    /// The version of the contract that it was built against, if it imports anything of it.
    pub fn contract(&self) -> Option<&str> {
        self.imports
            .iter()
            .filter_map(|item| item.name.strip_prefix("nethost:cap/"))
            .find_map(|rest| rest.split_once('@').map(|(_, version)| version))
    }
}
