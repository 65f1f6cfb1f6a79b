//! What the operator sees of a plugin before it is installed.

use std::fmt::Write as _;

use super::super::question::{columns, marked};
use super::candidate::Candidate;
use nethost_core::text;
use nethost_runner::plugin::inspect::{self, Difference};
use nethost_service::installed::{Plugin, Release};

/// A plugin with its version and its digest, on one line.
pub(super) fn titled(name: &str, release: &Release) -> String {
    let digest = &release.component.digest;
    match &release.version {
        Some(version) => format!("{name} {version} ({digest})"),
        None => format!("{name} ({digest})"),
    }
}

/// What a plugin is, who vouches for it, what it asks for and why, and how it differs from the installed one.
pub(super) fn candidate(candidate: &Candidate, before: Option<&Plugin>) -> String {
    let columns = columns();
    let manifest = &candidate.manifest;
    let mut text = String::new();
    let mut fact = |name: &str, value: &str| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name:<10} {}", text::line(value));
    };
    fact("plugin", &titled(&manifest.name, &candidate.release()));
    fact("from", &candidate.source.to_string());
    if let Some(pinned) = &candidate.pinned {
        fact("manifest", pinned);
    }
    fact("signed by", candidate.signer.as_deref().unwrap_or("nobody"));
    let mut quote = |line: &str| marked(&mut text, line, columns);
    quote(&manifest.summary);
    for wanted in &manifest.request {
        quote(&inspect::request(wanted));
        quote(&format!("    {}", wanted.reason));
    }
    if manifest.request.is_empty() {
        text += "It asks for nothing.\n";
    }
    if let Some(before) = before {
        difference(&mut text, &before.current, &candidate.release(), columns);
    }
    let contradictions = inspect::contradictions(&candidate.facts);
    if !contradictions.is_empty() {
        text += "What it asks for and what it can reach differ; it gets nothing that was not granted:\n";
        for line in contradictions {
            marked(&mut text, &text::line(&line), columns);
        }
    }
    text
}

/// What one version asks for and reaches that another does not.
pub(super) fn difference(text: &mut String, old: &Release, new: &Release, columns: usize) {
    let version = old.version.as_deref().unwrap_or("the version");
    let _ = writeln!(
        text,
        "What is new, gone, or explained otherwise than in {version} of {}:",
        text::line(&old.installed)
    );
    let lines = Difference::between(&old.component, &new.component).lines();
    for line in &lines {
        marked(text, &text::line(line), columns);
    }
    if lines.is_empty() {
        *text += "Nothing that can be seen from outside.\n";
    }
}
