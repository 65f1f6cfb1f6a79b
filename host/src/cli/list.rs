//! `nethost list`.

use std::io::{self, Write};

use serde_json::json;

use nethost_core::output;
use nethost_service::catalog;

/// Prints the bundled plugins.
pub(super) fn list(as_json: bool) -> io::Result<u8> {
    let mut output = output::output();
    let mut plugins = Vec::new();
    for plugin in nethost_bundle::PLUGINS {
        let manifest = catalog::manifest(plugin).map_err(io::Error::other)?;
        plugins.push((plugin, manifest));
    }
    if as_json {
        let entries: Vec<_> = plugins
            .iter()
            .map(|(plugin, manifest)| {
                json!({
                    "name": plugin.name,
                    "summary": manifest.summary,
                    "aliases": manifest.alias.iter().map(|alias| &alias.name).collect::<Vec<_>>(),
                    "digest": plugin.digest,
                    "bytes": plugin.size,
                    "requests": manifest.request.iter().map(|wanted| json!({ "cap": wanted.cap, "to": wanted.to, "reason": wanted.reason })).collect::<Vec<_>>(),
                })
            })
            .collect();
        serde_json::to_writer_pretty(&mut output, &entries)?;
        writeln!(output)?;
        return Ok(0);
    }
    for (plugin, manifest) in plugins {
        writeln!(output, "{:<12} {}", plugin.name, manifest.summary)?;
        for alias in manifest.alias {
            writeln!(
                output,
                "  {:<10} the same as {} {}",
                alias.name,
                plugin.name,
                alias.args.join(" ")
            )?;
        }
    }
    Ok(0)
}
