//! The facts about a component that can be known without running it: its imports, which bound what it
//! can ever ask for, its manifest, and the tools that made it.
//!
//! `nethost-compile inspect` finds them, in a process without privilege, because a component is hostile
//! until shown otherwise; `nethost` receives them as JSON. All text in them is bounded and plain.

#[cfg(feature = "read")]
mod read;

use nethost_manifest::Manifest;
use serde::{Deserialize, Serialize};

#[cfg(feature = "read")]
pub use read::{Error, check_measure, read};

/// What is known of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// What it can reach: nothing else is offered to it.
    pub imports: Vec<Item>,
    /// What it offers.
    pub exports: Vec<Item>,
    /// The languages and tools that it says it was made with.
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

/// An entry of the producers section (tool-conventions, `ProducersSection.md`). Nobody vouches for it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Producer {
    /// `language`, `sdk` or `processed-by`.
    pub field: String,
    /// Such as `Rust`.
    pub name: String,
    /// Such as `1.95.0`.
    pub version: String,
}

/// What there is of a manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stated {
    /// None.
    Absent,
    /// One that cannot be used, and why.
    Unusable(String),
    /// This one.
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
    /// The version of nethost's contract that it was built against, if it imports any of it.
    pub fn contract(&self) -> Option<&str> {
        self.imports
            .iter()
            .filter_map(|item| item.name.strip_prefix("nethost:cap/"))
            .find_map(|rest| rest.split_once('@').map(|(_, version)| version))
    }
}
