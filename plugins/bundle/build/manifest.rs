//! `plugin.toml`: checked here so that a mistake in it fails the build, not a user's run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use nethost_manifest::Manifest;

/// One plugin's folder and what its manifest says.
pub(crate) struct Plugin {
    /// The folder's name, the package's name, and the command's name: one and the same.
    pub(crate) name: String,
    /// Where the manifest is.
    pub(crate) toml: PathBuf,
    manifest: Manifest,
}

impl Plugin {
    pub(crate) fn read(folder: &Path, toml: &Path) -> Result<Plugin, String> {
        let at = |problem: String| format!("{}: {problem}", toml.display());
        let text = std::fs::read_to_string(toml).map_err(|error| at(error.to_string()))?;
        let manifest = Manifest::parse(&text).map_err(|error| at(error.to_string()))?;
        if !folder.ends_with(&manifest.name) {
            return Err(at(format!(
                "name = {:?}, but the folder is named otherwise",
                manifest.name
            )));
        }
        Ok(Plugin {
            name: manifest.name.clone(),
            toml: toml.to_owned(),
            manifest,
        })
    }

    /// Its other names.
    pub(crate) fn aliases(&self) -> impl Iterator<Item = &str> {
        self.manifest.alias.iter().map(|alias| &*alias.name)
    }
}

/// One name must lead to one plugin.
pub(crate) fn check_names(plugins: &[Plugin]) -> Result<(), String> {
    let mut owners = BTreeMap::new();
    for plugin in plugins {
        for name in plugin.manifest.names() {
            if let Some(other) = owners.insert(name, &plugin.name) {
                return Err(format!(
                    "both plugins/{other} and plugins/{} claim the name {name:?}",
                    plugin.name
                ));
            }
        }
    }
    Ok(())
}
