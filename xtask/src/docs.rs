//! The documentation that follows from `wit/` and the plugins' manifests, generated and committed:
//! what each capability offers and which plugin asks for what.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use nethost_manifest::{Manifest, Wanted};
use wit_parser::Resolve;

use crate::step::{self, Failure};
use crate::{broker, build, marker, wit};

const STEP: &str = "gen";
const PRIVILEGE: &str = "docs/privilege.md";

/// Writes every generated file.
pub(crate) fn generate(root: &Path) -> Result<(), Failure> {
    files(root)?
        .into_iter()
        .try_for_each(|(name, text)| step::write(STEP, &root.join(name), text))?;
    schemas(root)
}

/// The schemas of policies and of records, the table of system calls and a seed for the fuzzer follow from the
/// host's own code, so tests of the host write them, and fail when they are stale.
fn schemas(root: &Path) -> Result<(), Failure> {
    let mut cargo = step::cargo(root);
    cargo
        // All of the workspace: for some of it alone, cargo would choose other features, and compile everything anew.
        .args(["test", "--quiet", "--workspace", "--lib"])
        .args(["--", "is_up_to_date"])
        .env("NETHOST_GEN", "1");
    step::run(STEP, &mut cargo, "")
}

/// Fails when a generated file is not what would be generated now.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    for (name, text) in files(root)? {
        if std::fs::read_to_string(root.join(name)).unwrap_or_default() != text {
            return Err(Failure::new(
                "gen --check",
                format_args!("{name} is stale"),
                "cargo xtask gen",
            ));
        }
    }
    Ok(())
}

fn files(root: &Path) -> Result<[(&'static str, String); 3], Failure> {
    Ok([
        (PRIVILEGE, privilege(root)?),
        ("docs/capabilities.md", capabilities(root)?),
        ("docs/plugins.md", plugins(root)?),
    ])
}

/// The document with the list of what `nethost-broker` links.
fn privilege(root: &Path) -> Result<String, Failure> {
    let document = step::read(STEP, &root.join(PRIVILEGE))?;
    let crates: Vec<String> = broker::crates(root)?.into_iter().collect();
    let list = format!("{} crates: {}.", crates.len(), crates.join(", "));
    let written = marker::replace(&document, "crates of nethost-broker", &list);
    written.ok_or_else(|| Failure::new(STEP, format_args!("{PRIVILEGE} has lost its markers"), ""))
}

fn capabilities(root: &Path) -> Result<String, Failure> {
    let (resolve, package) = wit::resolve(root)?;
    let mut text = String::from(
        "# Capabilities\n\nGenerated from `wit/` by `cargo xtask gen`. Functions, errors and sources are described \
         there.\n\n| interface | requests at the gate | what it offers | functions |\n|---|---|---|---|\n",
    );
    for (name, id) in &resolve.packages[package].interfaces {
        let interface = &resolve.interfaces[*id];
        if interface.functions.is_empty() {
            continue;
        }
        let docs = interface.docs.contents.as_deref().unwrap_or_default();
        let requests = requests_in(docs)
            .into_iter()
            .map(|name| format!("`{name}`"))
            .collect::<Vec<_>>()
            .join(", ");
        let functions = functions(&resolve, interface.functions.values());
        let _ = writeln!(
            text,
            "| [`{name}`](../wit/{name}.wit) | {requests} | {} | {functions} |",
            first_sentence(docs)
        );
    }
    Ok(text)
}

fn functions<'a>(
    resolve: &Resolve,
    functions: impl Iterator<Item = &'a wit_parser::Function>,
) -> String {
    let name = |function: &wit_parser::Function| match function.kind.resource() {
        Some(id) => {
            let resource = resolve.types[id].name.clone().unwrap_or_default();
            format!("`{resource}.{}`", function.item_name())
        }
        None => format!("`{}`", function.name),
    };
    functions.map(name).collect::<Vec<_>>().join(" ")
}

/// Request names are the backticked `noun.verb` words of an interface's documentation.
pub(crate) fn requests_in(docs: &str) -> BTreeSet<&str> {
    let word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let quoted = docs.split('`').skip(1).step_by(2);
    quoted
        .filter(|text| {
            text.split_once('.')
                .is_some_and(|(noun, verb)| word(noun) && word(verb))
        })
        .collect()
}

fn first_sentence(docs: &str) -> String {
    let paragraph = docs
        .split("\n\n")
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let end = paragraph.find(". ").map_or(paragraph.len(), |dot| dot + 1);
    paragraph[..end].replace('|', "\\|")
}

fn plugins(root: &Path) -> Result<String, Failure> {
    let mut text = String::from(
        "# Bundled plugins\n\nGenerated from each `plugin.toml` by `cargo xtask gen`. Without a policy a bundled \
         plugin gets what it asks for here, and nothing else.\n",
    );
    for folder in build::plugin_folders(root)? {
        let path = folder.join("plugin.toml");
        let manifest = Manifest::parse(&step::read(STEP, &path)?)
            .map_err(|error| Failure::new(STEP, format_args!("{}: {error}", path.display()), ""))?;
        let _ = write!(
            text,
            "\n## {}\n\n{}.",
            manifest.name,
            manifest.summary.trim_end_matches('.')
        );
        if !manifest.alias.is_empty() {
            let names: Vec<String> = manifest
                .alias
                .iter()
                .map(|alias| format!("`{}`", alias.name))
                .collect();
            let _ = write!(text, " Also answers to {}.", names.join(", "));
        }
        text.push_str("\n\n| asks for | to | because it |\n|---|---|---|\n");
        for request in manifest.request {
            let to = request
                .to
                .as_ref()
                .map_or("anywhere".to_owned(), |to| format!("`{}`", to.join("`, `")));
            let to = to + &narrowed(&request);
            let _ = writeln!(
                text,
                "| `{}` | {to} | {} |",
                request.cap,
                request.reason.replace('|', "\\|")
            );
        }
    }
    Ok(text)
}

/// What narrows a request beside its targets.
fn narrowed(request: &Wanted) -> String {
    let mut text = String::new();
    if let Some(ports) = &request.ports {
        let ports: Vec<_> = ports.iter().map(ToString::to_string).collect();
        let _ = write!(text, ", ports {}", ports.join(", "));
    }
    if let Some(interfaces) = &request.interfaces {
        let _ = write!(text, ", through `{}`", interfaces.join("`, `"));
    }
    if request.attended {
        text.push_str(", at a terminal");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_the_noun_verb_words() {
        let docs = "Names.\n\nRequest at the gate: `dns.resolve`, `file.read` with `path`. See `resolv.conf(5)`, `wasi:io`.";
        assert_eq!(
            requests_in(docs).into_iter().collect::<Vec<_>>(),
            ["dns.resolve", "file.read"]
        );
    }

    #[test]
    fn the_first_sentence_may_span_lines() {
        assert_eq!(
            first_sentence("ICMP (RFC 792,\nRFC 4443). More.\n\nRest."),
            "ICMP (RFC 792, RFC 4443)."
        );
        assert_eq!(first_sentence("No end"), "No end");
    }
}
