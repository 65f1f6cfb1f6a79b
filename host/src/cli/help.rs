//! `nethost help`: the bundled tools below the commands, and where a tool has its own help.

use nethost_manifest::Group;
use nethost_service::catalog;

/// The bundled tools by kind, for the end of the help text.
pub(super) fn tools() -> String {
    let mut tools: Vec<(Option<Group>, String)> = Vec::new();
    for plugin in nethost_bundle::PLUGINS {
        let Ok(manifest) = catalog::manifest(plugin) else {
            continue;
        };
        let mut line = format!("\n  {:<12} {}", plugin.name, manifest.summary);
        let aliases: Vec<_> = manifest
            .alias
            .iter()
            .map(|alias| alias.name.as_str())
            .collect();
        if !aliases.is_empty() {
            line.push_str(&format!(" (also {})", aliases.join(", ")));
        }
        tools.push((manifest.group, line));
    }
    let mut text = String::new();
    for group in Group::ALL.map(Some).into_iter().chain([None]) {
        let of_it = tools.iter().filter(|(of, _)| *of == group);
        let lines: String = of_it.map(|(_, line)| line.as_str()).collect();
        if !lines.is_empty() {
            let title = group.map_or("Other tools", Group::title);
            text.push_str(&format!("{title}:{lines}\n\n"));
        }
    }
    text + "`nethost help TOOL` prints the help of a tool, `nethost man TOOL` its manual page."
}

/// What a tool is called with to print its help: the word that the native one knows.
pub(super) fn option_of(name: &str) -> &'static str {
    match catalog::find(name).map(|entry| entry.plugin.name) {
        Some("dig") => "-h",
        Some("ip") => "help",
        _ => "--help",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
