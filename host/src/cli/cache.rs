//! `nethost cache`.

use std::io::{self, Write};

use serde_json::json;

use super::CacheAction;
use nethost_core::output;
use nethost_runner::plugin::cache::Cache;
use nethost_runner::plugin::compile::{self, Target};

/// Shows, fills or clears the compile cache.
pub(super) fn cache(as_json: bool, action: Option<&CacheAction>) -> io::Result<u8> {
    let cache = Cache::of_user();
    let place = |error: io::Error| {
        io::Error::other(format!(
            "compile cache {}: {error}",
            cache.folder().display()
        ))
    };
    let mut output = output::output();
    if let Some(CacheAction::Fill { portable }) = action {
        let target = if *portable {
            Target::AnyProcessor
        } else {
            Target::ThisProcessor
        };
        for plugin in nethost_bundle::PLUGINS {
            let component = plugin.component().map_err(io::Error::other)?;
            let facts = compile::inspect(&component).map_err(io::Error::other)?;
            let imports: Vec<_> = facts.imports.into_iter().map(|item| item.name).collect();
            let compiled = compile::compile(&component, target).map_err(io::Error::other)?;
            let filled = if *portable {
                cache.clone().portable()
            } else {
                cache.clone()
            };
            filled
                .write(plugin.digest, &compiled, &imports)
                .map_err(place)?;
        }
    }
    if let Some(CacheAction::Clear) = action {
        let removed = cache.clear().map_err(place)?;
        if as_json {
            writeln!(
                output,
                "{}",
                json!({ "folder": cache.folder(), "removed": removed })
            )?;
        } else {
            writeln!(
                output,
                "removed {removed} from {}",
                cache.folder().display()
            )?;
        }
        return Ok(0);
    }
    let entries = cache.entries().map_err(place)?;
    let name = |digest: &str| {
        nethost_bundle::PLUGINS
            .iter()
            .find(|plugin| plugin.digest == digest)
            .map_or("-", |plugin| plugin.name)
    };
    if as_json {
        let entries: Vec<_> = entries.iter().map(|entry| json!({ "plugin": name(&entry.digest), "digest": entry.digest, "bytes": entry.bytes, "current": entry.current })).collect();
        serde_json::to_writer_pretty(
            &mut output,
            &json!({ "folder": cache.folder(), "entries": entries }),
        )?;
        writeln!(output)?;
        return Ok(0);
    }
    writeln!(
        output,
        "{}: {} compiled",
        cache.folder().display(),
        entries.len()
    )?;
    for entry in entries {
        let state = if entry.current { "current" } else { "stale" };
        writeln!(
            output,
            "{:<12} {:>9} bytes  {state:<7}  {}",
            name(&entry.digest),
            entry.bytes,
            entry.digest
        )?;
    }
    Ok(0)
}
