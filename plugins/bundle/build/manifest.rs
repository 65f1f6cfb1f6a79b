//! `plugin.toml`: checked here so that a mistake in it fails the build, not a user's run.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One plugin's folder and what its manifest says.
pub(crate) struct Plugin {
    /// The folder's name, the package's name, and the command's name: one and the same.
    pub(crate) name: String,
    /// Where the manifest is.
    pub(crate) toml: PathBuf,
    aliases: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    summary: String,
    #[serde(default)]
    alias: Vec<Alias>,
    #[serde(default)]
    request: Vec<Request>,
}

/// Another name of the same component, with the arguments that come first under it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Alias {
    name: String,
    #[serde(default, rename = "args")]
    _args: Vec<String>,
}

/// What the plugin asks the policy for, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    cap: String,
    to: Option<Vec<String>>,
    reason: String,
}

impl Plugin {
    pub(crate) fn read(folder: &Path, toml: &Path) -> Result<Plugin, String> {
        let at = |problem: String| format!("{}: {problem}", toml.display());
        let text = std::fs::read_to_string(toml).map_err(|error| at(error.to_string()))?;
        let manifest: Manifest = toml::from_str(&text).map_err(|error| at(error.to_string()))?;

        if !folder.ends_with(&manifest.name) {
            return Err(at(format!(
                "name = {:?}, but the folder is named otherwise",
                manifest.name
            )));
        }
        if manifest.summary.trim().is_empty() || manifest.summary.contains('\n') {
            return Err(at("summary must be one line".to_owned()));
        }
        let aliases: Vec<String> = manifest.alias.into_iter().map(|alias| alias.name).collect();
        if let Some(name) = aliases
            .iter()
            .chain([&manifest.name])
            .find(|name| !is_command_name(name))
        {
            return Err(at(format!(
                "{name:?} cannot be a command's name: use a-z, 0-9, `-`, `_`"
            )));
        }
        for request in &manifest.request {
            if !is_capability_name(&request.cap) {
                return Err(at(format!(
                    "cap = {:?} is not of the form `noun.verb`",
                    request.cap
                )));
            }
            if request.reason.trim().is_empty() || request.reason.contains('\n') {
                return Err(at(format!(
                    "the request for {} needs a reason of one line",
                    request.cap
                )));
            }
            if request.to.as_ref().is_some_and(Vec::is_empty) {
                return Err(at(format!(
                    "the request for {} has an empty `to`: leave it out for anywhere",
                    request.cap
                )));
            }
        }
        Ok(Plugin {
            name: manifest.name,
            toml: toml.to_owned(),
            aliases,
        })
    }
}

/// One name must lead to one plugin.
pub(crate) fn check_names(plugins: &[Plugin]) -> Result<(), String> {
    let mut owners = BTreeMap::new();
    for plugin in plugins {
        for name in plugin.aliases.iter().chain([&plugin.name]) {
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

fn is_command_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
}

fn is_capability_name(name: &str) -> bool {
    let word =
        |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    name.split_once('.')
        .is_some_and(|(noun, verb)| word(noun) && word(verb))
}
