//! Installed plugins: a folder of the user with components, each named by its digest, and a list that pins a name to
//! one digest. A name leads to code, so list and component are used only if nobody but root or this user can have
//! written them, the list only as nethost wrote it, and a component only if its bytes have the pinned digest.

mod change;
mod list;
mod store;

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

pub use change::Change;
pub use store::Stored;

use crate::grants::Version;
use nethost_core::owned_path::{self, Owner};
use nethost_core::regular;
use nethost_manifest::Alias;

/// The list, in the folder.
const LIST: &str = "installed.toml";
/// The maximum size of a component. The compiler accepts no larger ones.
pub const LARGEST: u64 = 64 << 20;

/// The installed plugins of one user.
#[derive(Debug, Clone)]
pub struct Installed {
    folder: PathBuf,
}

/// An installed plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// What the name leads to.
    pub current: Release,
    /// What it led to before the last update, for a rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Release>,
}

/// One version of a plugin, as it was installed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Its summary.
    pub summary: String,
    /// The file, the folder or the place in a registry that it is from.
    pub source: String,
    /// Its version, if its manifest has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The key that has signed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<String>,
    /// The digest of the manifest in the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The time at which it was installed.
    pub installed: String,
    /// Its other names, and what they stand for.
    #[serde(default)]
    pub alias: Vec<Alias>,
    /// Its digest, what it asks for and what it can reach.
    pub component: Version,
}

/// Installed plugins that cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no place for them.
    #[error("there is no HOME to keep plugins in; set HOME or XDG_DATA_HOME")]
    NoPlace,
    /// The list cannot be read or written, or is not what nethost has written.
    #[error("{}: {problem}", path.display())]
    List {
        /// The list.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// A component is not what was installed.
    #[error("the installed plugin {name} was not run: {problem}; `nethost install` it again")]
    Altered {
        /// The plugin.
        name: String,
        /// Its pinned digest.
        pinned: String,
        /// What is wrong.
        problem: String,
    },
    /// The system refused.
    #[error("{}: {source}", path.display())]
    System {
        /// The file or folder.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
}

impl Installed {
    /// The plugins of the user of this process.
    pub fn of_user() -> Option<Self> {
        if rustix::process::geteuid().is_root() {
            return Some(Self {
                folder: PathBuf::from("/var/lib/nethost/plugins"),
            });
        }
        let named = std::env::var_os("XDG_DATA_HOME")
            .map(PathBuf::from)
            .filter(|path| path.is_absolute());
        let home = || nethost_core::home::folder().map(|home| home.join(".local/share"));
        let folder = named.or_else(home)?.join("nethost/plugins");
        Some(Self { folder })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// All of them, in the order of their names.
    pub fn all(&self) -> Result<Vec<Plugin>, Error> {
        let path = self.folder.join(LIST);
        let wrong = |problem: String| Error::List {
            path: path.clone(),
            problem,
        };
        let file = match regular::open_with(&path, rustix::fs::OFlags::NOFOLLOW) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            opened => opened.map_err(|error| wrong(error.to_string()))?,
        };
        owned_path::judge(&path, Owner::RootOrSelf).map_err(|error| {
            wrong(format!(
                "other users can write to it or replace it, so nothing of it is used: {error}"
            ))
        })?;
        let text =
            regular::rest_of(file, list::LONGEST).map_err(|error| wrong(error.to_string()))?;
        list::parse(&text).map_err(|error| wrong(error.to_string()))
    }

    /// The plugin with this name or alias, and the arguments that the name stands for.
    pub fn find(&self, name: &str) -> Result<Option<(Plugin, Vec<String>)>, Error> {
        Ok(self.all()?.into_iter().find_map(|plugin| {
            let args = plugin.current.args_of(&plugin.name, name)?;
            Some((plugin, args))
        }))
    }
}

impl Release {
    /// What a name of the plugin stands for, if it is one.
    fn args_of(&self, plugin: &str, name: &str) -> Option<Vec<String>> {
        if plugin == name {
            return Some(Vec::new());
        }
        let alias = self.alias.iter().find(|alias| alias.name == name)?;
        Some(alias.args.clone())
    }
}

impl Plugin {
    /// All names that it answers to.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let aliases = self.current.alias.iter().map(|alias| &alias.name[..]);
        std::iter::once(&self.name[..]).chain(aliases)
    }

    /// An error about its component.
    fn altered(&self, problem: String) -> Error {
        Error::Altered {
            name: self.name.clone(),
            pinned: self.current.component.digest.clone(),
            problem,
        }
    }
}

#[cfg(test)]
mod tests;
