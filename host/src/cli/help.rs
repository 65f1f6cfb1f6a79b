//! `nethost help`: the bundled tools below the commands, and where a tool has its own help.

use std::io::{self, Write};

use nethost_core::output;
use nethost_manifest::Group;
use nethost_service::catalog;

/// The bundled tools by kind, for the end of the help text.
pub(super) fn tools() -> String {
    let mut text = String::new();
    for (title, tools) in groups() {
        text.push_str(&format!("{title}:\n"));
        for (name, summary) in tools {
            text.push_str(&format!("  {name:<12} {summary}\n"));
        }
        text.push('\n');
    }
    text + "`nethost help TOOL` prints the help of a tool, `nethost man TOOL` its manual page."
}

/// The title of each kind, with the name and the summary of each tool.
pub(super) fn groups() -> Vec<(&'static str, Vec<(&'static str, String)>)> {
    let mut tools = Vec::new();
    for plugin in nethost_bundle::PLUGINS {
        let Ok(manifest) = catalog::manifest(plugin) else {
            continue;
        };
        let aliases: Vec<_> = manifest
            .alias
            .iter()
            .map(|alias| alias.name.as_str())
            .collect();
        let also = match aliases.is_empty() {
            true => String::new(),
            false => format!(" (also {})", aliases.join(", ")),
        };
        tools.push((manifest.group, plugin.name, manifest.summary + &also));
    }
    let mut groups = Vec::new();
    for group in Group::ALL.map(Some).into_iter().chain([None]) {
        let of_it = tools.iter().filter(|(of, ..)| *of == group);
        let of_it: Vec<_> = of_it
            .map(|(_, name, summary)| (*name, summary.clone()))
            .collect();
        if !of_it.is_empty() {
            groups.push((group.map_or("Other tools", Group::title), of_it));
        }
    }
    groups
}

/// The help text of a tool, under any of its names.
pub(super) fn text_of(name: &str) -> Option<&'static str> {
    let own = nethost_manual::help_of(name);
    own.or_else(|| nethost_manual::help_of(catalog::find(name)?.plugin.name))
}

/// Prints the help text of a tool. None if there is none.
pub(super) fn print(name: &str) -> Option<io::Result<u8>> {
    let text = text_of(name)?;
    let mut output = output::output();
    let written = output.write_all(text.as_bytes());
    Some(written.and_then(|()| output.flush()).map(|()| 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bundled_tool_has_a_help_text() {
        for name in catalog::names() {
            assert!(text_of(name).is_some(), "{name}: cargo xtask gen");
        }
    }

    #[test]
    fn each_bundled_tool_has_a_line() {
        let text = tools();
        for plugin in nethost_bundle::PLUGINS {
            let line = format!("\n  {:<12} ", plugin.name);
            assert!(text.contains(&line), "{text}");
        }
        for group in Group::ALL {
            assert!(text.contains(group.title()), "no tool is of {group:?}");
        }
        assert!(
            !text.contains("Other tools"),
            "a bundled plugin.toml has no group: {text}"
        );
    }
}
