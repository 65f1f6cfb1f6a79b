//! The plugins that are part of this build, and what their manifests say.

use serde::Deserialize;

use crate::policy::{Effect, PluginPattern, Rule, Scope};

/// A bundled plugin under one of its names.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The plugin.
    pub plugin: &'static nethost_bundle::Plugin,
    /// Arguments that this name stands for: `mtr` is traceroute with `--mtr`.
    pub args: Vec<String>,
}

/// plugin.toml. The bundle's build script has checked it.
#[derive(Debug, Deserialize)]
pub struct Manifest {
    /// The command's name.
    pub name: String,
    /// One line for `nethost list`.
    pub summary: String,
    /// Other names.
    #[serde(default)]
    pub alias: Vec<Alias>,
    /// What it asks the policy for.
    #[serde(default)]
    pub request: Vec<Wanted>,
}

/// Another name of a plugin.
#[derive(Debug, Deserialize)]
pub struct Alias {
    /// The name.
    pub name: String,
    /// Arguments put before the operator's.
    #[serde(default)]
    pub args: Vec<String>,
}

/// A request that a plugin makes.
#[derive(Debug, Deserialize)]
pub struct Wanted {
    /// Name of the request.
    pub cap: String,
    /// Targets; none means any.
    pub to: Option<Vec<String>>,
    /// Why, in the author's words.
    pub reason: String,
}

impl Manifest {
    /// Reads the manifest of a bundled plugin.
    pub fn of(plugin: &nethost_bundle::Plugin) -> Result<Self, toml::de::Error> {
        toml::from_str(plugin.manifest)
    }

    /// The manifest's requests as rules. A target that no policy could have is an error.
    pub fn rules(&self) -> Result<Vec<Rule>, crate::policy::BadPattern> {
        let rule = |(index, wanted): (usize, &Wanted)| {
            let to = wanted
                .to
                .iter()
                .flatten()
                .map(|target| target.parse())
                .collect::<Result<_, _>>()?;
            Ok(Rule {
                effect: Effect::Allow,
                plugin: PluginPattern::default(),
                capability: wanted.cap.clone(),
                to,
                scope: Scope::default(),
                origin: format!("plugin.toml of {}, request {}", self.name, index + 1).into(),
            })
        };
        self.request.iter().enumerate().map(rule).collect()
    }
}

/// The bundled plugin of that name. Only manifests that might have the alias are parsed.
pub fn find(name: &str) -> Option<Entry> {
    if let Some(plugin) = nethost_bundle::find(name) {
        return Some(Entry {
            plugin,
            args: Vec::new(),
        });
    }
    nethost_bundle::PLUGINS
        .iter()
        .filter(|plugin| plugin.manifest.contains(name))
        .find_map(|plugin| {
            let alias = Manifest::of(plugin)
                .ok()?
                .alias
                .into_iter()
                .find(|alias| alias.name == name)?;
            Some(Entry {
                plugin,
                args: alias.args,
            })
        })
}

/// All names, for suggestions.
pub fn names() -> Vec<String> {
    let mut names = Vec::new();
    for plugin in nethost_bundle::PLUGINS {
        names.push(plugin.name.to_owned());
        names.extend(
            Manifest::of(plugin)
                .into_iter()
                .flat_map(|manifest| manifest.alias)
                .map(|alias| alias.name),
        );
    }
    names
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_manifest_asks_for_requests_that_exist() {
        let known = crate::capability::request_names();
        for plugin in nethost_bundle::PLUGINS {
            let manifest = Manifest::of(plugin).unwrap();
            assert!(manifest.rules().is_ok(), "{}", plugin.name);
            for wanted in &manifest.request {
                assert!(
                    known.contains(&wanted.cap.as_str()),
                    "{} asks for {}",
                    plugin.name,
                    wanted.cap
                );
            }
        }
    }

    #[test]
    fn no_two_plugins_share_a_name() {
        let mut names = names();
        names.sort();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
