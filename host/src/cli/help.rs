//! `nethost help`: the bundled tools below the commands, and where a tool has its own help.

use nethost_service::catalog;

/// The bundled tools, for the end of the help text.
pub(super) fn tools() -> String {
    let mut text = String::from("Tools:");
    for plugin in nethost_bundle::PLUGINS {
        let Ok(manifest) = catalog::manifest(plugin) else {
            continue;
        };
        text.push_str(&format!("\n  {:<12} {}", plugin.name, manifest.summary));
        let aliases: Vec<_> = manifest
            .alias
            .iter()
            .map(|alias| alias.name.as_str())
            .collect();
        if !aliases.is_empty() {
            text.push_str(&format!(" (also {})", aliases.join(", ")));
        }
    }
    text
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
    }
}
