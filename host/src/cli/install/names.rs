//! Names of installed plugins. A name that means something already cannot be taken.

use clap::CommandFactory;

use super::super::Cli;
use nethost_manifest::Manifest;
use nethost_service::catalog;
use nethost_service::installed::Plugin;

/// Why a plugin cannot have its names, if it cannot.
pub(super) fn taken(manifest: &Manifest, installed: &[Plugin]) -> Option<String> {
    let mut names = manifest.names();
    names.find_map(|name| {
        let owner = owner(name, &manifest.name, installed)?;
        Some(format!("the name {name} is taken: {owner}"))
    })
}

fn owner(name: &str, plugin: &str, installed: &[Plugin]) -> Option<String> {
    if catalog::find(name).is_some() {
        return Some(format!("`nethost {name}` is a tool of nethost"));
    }
    let command = Cli::command();
    let mut words = command
        .get_subcommands()
        .flat_map(|command| std::iter::once(command.get_name()).chain(command.get_all_aliases()));
    if name == "nethost" || words.any(|word| word == name) {
        return Some(format!("`nethost {name}` is a command of nethost"));
    }
    let other = installed
        .iter()
        .filter(|other| other.name != plugin)
        .find(|other| other.names().any(|taken| taken == name))?;
    Some(format!(
        "it is one of the installed plugin {}; `nethost uninstall {}` frees it",
        other.name, other.name
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn taken_by(names: &[&str]) -> Option<String> {
        let (name, aliases) = names.split_first().unwrap();
        let mut text = format!("name = \"{name}\"\nsummary = \"x\"\n");
        for alias in aliases {
            text += &format!("[[alias]]\nname = \"{alias}\"\n");
        }
        taken(&Manifest::parse(&text).unwrap(), &[])
    }

    #[test]
    fn no_name_of_nethost_can_be_taken() {
        for name in
            catalog::names().chain(["install", "run", "audit", "help", "version", "nethost"])
        {
            assert!(taken_by(&[name]).is_some(), "{name}");
            assert!(taken_by(&["hello", name]).is_some(), "{name}");
        }
        assert_eq!(taken_by(&["hello", "greet"]), None);
    }
}
