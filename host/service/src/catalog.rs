//! The bundled plugins, and what their manifests declare.

use nethost_manifest::{Manifest, Ports, Wanted};

use nethost_core::SocketOption;
use nethost_policy::{BadPattern, Effect, PluginPattern, Rule, Scope};

/// A bundled plugin under one of its names.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The plugin.
    pub plugin: &'static nethost_bundle::Plugin,
    /// Arguments of this name: `mtr` is traceroute with `--mtr`.
    pub args: Vec<String>,
}

/// The manifest of a bundled plugin. The bundle's build script has checked it.
pub fn manifest(plugin: &nethost_bundle::Plugin) -> Result<Manifest, nethost_manifest::Error> {
    Manifest::parse(plugin.manifest)
}

/// Requests as rules. Unknown options are omitted. Requests that require an operator at the terminal are omitted if
/// there is none. A target that no policy could have is an error.
pub fn rules(wanted: &[Wanted], origin: &str) -> Result<Vec<Rule>, BadPattern> {
    let range = |ports: &Ports| ports.0.clone();
    let rule = |wanted: &Wanted| {
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
            scope: Scope {
                ports: wanted.ports.iter().flatten().map(range).collect(),
                interfaces: wanted.interfaces.clone().unwrap_or_default(),
                options: wanted
                    .options
                    .iter()
                    .flatten()
                    .filter_map(|name| SocketOption::named(name))
                    .collect(),
                ..Scope::default()
            },
            origin: origin.into(),
        })
    };
    let attended = std::io::IsTerminal::is_terminal(&std::io::stdin());
    wanted
        .iter()
        .filter(|wanted| attended || !wanted.attended)
        .map(rule)
        .collect()
}

/// The bundled plugin of that name.
pub fn find(name: &str) -> Option<Entry> {
    let plugin = nethost_bundle::find(name)?;
    let args = if plugin.name == name {
        Vec::new()
    } else {
        let aliases = manifest(plugin).ok()?.alias;
        aliases.into_iter().find(|alias| alias.name == name)?.args
    };
    Some(Entry { plugin, args })
}

/// The bundled plugin that is this component.
pub fn by_digest(digest: &str) -> Option<&'static nethost_bundle::Plugin> {
    nethost_bundle::PLUGINS
        .iter()
        .find(|plugin| plugin.digest == digest)
}

/// All names, for suggestions.
pub fn names() -> impl Iterator<Item = &'static str> {
    nethost_bundle::PLUGINS.iter().flat_map(|plugin| {
        [plugin.name]
            .into_iter()
            .chain(plugin.aliases.iter().copied())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_manifest_asks_for_requests_that_exist() {
        let known = crate::request_names();
        for plugin in nethost_bundle::PLUGINS {
            let manifest = manifest(plugin).unwrap();
            assert!(rules(&manifest.request, "").is_ok(), "{}", plugin.name);
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
    fn an_alias_stands_for_a_plugin_with_arguments() {
        let entry = find("mtr").unwrap();
        assert_eq!(entry.plugin.name, "traceroute");
        assert_eq!(entry.args, ["--mtr"]);
        assert!(find("nethost").is_none());
    }

    #[test]
    fn no_two_plugins_share_a_name() {
        let mut names: Vec<_> = names().collect();
        names.sort_unstable();
        let count = names.len();
        names.dedup();
        assert_eq!(names.len(), count);
    }
}
