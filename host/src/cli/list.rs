//! `nethost list`.

use std::io::{self, Write};

use serde_json::{Value, json};

use nethost_core::{output, text};
use nethost_manifest::{Alias, Wanted};
use nethost_service::catalog;
use nethost_service::installed::{Installed, Plugin};

/// Prints the bundled and the installed plugins.
pub(super) fn list(as_json: bool) -> io::Result<u8> {
    let mut output = output::output();
    let mut bundled = Vec::new();
    for plugin in nethost_bundle::PLUGINS {
        let manifest = catalog::manifest(plugin).map_err(io::Error::other)?;
        bundled.push((plugin, manifest));
    }
    // The bundled ones are listed whatever is wrong with the others.
    let (installed, wrong) = match Installed::of_user().map(|place| place.all()).transpose() {
        Ok(all) => (all.unwrap_or_default(), None),
        Err(error) => (Vec::new(), Some(error)),
    };
    if as_json {
        let of_build = bundled.iter().map(|(plugin, manifest)| {
            json!({
                "name": plugin.name,
                "summary": manifest.summary,
                "aliases": names(&manifest.alias),
                "digest": plugin.digest,
                "bytes": plugin.size,
                "bundled": true,
                "requests": requests(&manifest.request),
            })
        });
        let entries: Vec<Value> = of_build.chain(installed.iter().map(entry)).collect();
        serde_json::to_writer_pretty(&mut output, &entries)?;
        writeln!(output)?;
    } else {
        for (plugin, manifest) in bundled {
            row(&mut output, plugin.name, &manifest.summary, &manifest.alias)?;
        }
        for plugin in &installed {
            let current = &plugin.current;
            row(&mut output, &plugin.name, &current.summary, &current.alias)?;
            writeln!(output, "  {}", text::line(&facts(plugin)))?;
        }
    }
    output.flush()?;
    match wrong {
        Some(error) => Err(io::Error::other(error)),
        None => Ok(0),
    }
}

fn row(output: &mut impl Write, name: &str, summary: &str, aliases: &[Alias]) -> io::Result<()> {
    writeln!(output, "{name:<12} {summary}")?;
    aliases.iter().try_for_each(|alias| {
        let args = alias.args.join(" ");
        writeln!(output, "  {:<10} the same as {name} {args}", alias.name)
    })
}

/// What is worth knowing of an installed plugin.
fn facts(plugin: &Plugin) -> String {
    let current = &plugin.current;
    let mut text = String::from("installed");
    if let Some(version) = &current.version {
        text += &format!(" {version}");
    }
    text += &format!(" from {}, {}", current.source, current.component.digest);
    text += &match &current.signer {
        Some(signer) => format!(", signed by {signer}"),
        None => ", not signed".into(),
    };
    // A later nethost can have a tool with the name of a plugin that was installed before.
    if catalog::find(&plugin.name).is_some() {
        text += "; it is hidden by the tool of nethost with this name";
    }
    text
}

fn entry(plugin: &Plugin) -> Value {
    let current = &plugin.current;
    json!({
        "name": plugin.name,
        "summary": current.summary,
        "aliases": names(&current.alias),
        "digest": current.component.digest,
        "bytes": current.component.size,
        "bundled": false,
        "requests": requests(&current.component.requests),
        "version": current.version,
        "signer": current.signer,
        "source": current.source,
        "manifest": current.manifest,
        "installed": current.installed,
        "previous": plugin.previous.as_ref().map(|release| &release.component.digest),
    })
}

fn names(aliases: &[Alias]) -> Vec<&str> {
    aliases.iter().map(|alias| &alias.name[..]).collect()
}

fn requests(wanted: &[Wanted]) -> Vec<Value> {
    let entry =
        |wanted: &Wanted| json!({ "cap": wanted.cap, "to": wanted.to, "reason": wanted.reason });
    wanted.iter().map(entry).collect()
}
