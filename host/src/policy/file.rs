//! Reading a policy file: a mistake is reported with its line, its column and what was meant.

use std::io;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::Policy;
use super::rule::{Effect, PluginPattern, Rule};

/// A policy that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct Error {
    place: String,
    problem: String,
    not_found: bool,
}

impl Error {
    pub(super) fn flag(origin: &str, problem: &str) -> Self {
        Self {
            place: origin.into(),
            problem: problem.into(),
            not_found: false,
        }
    }

    /// True when there is no such file.
    pub fn is_not_found(&self) -> bool {
        self.not_found
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Document {
    version: Spanned<u32>,
    #[serde(default)]
    audit: Audit,
    #[serde(default)]
    plugin: Vec<Plugin>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Audit {
    #[serde(default)]
    required: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Plugin {
    name: Option<Spanned<String>>,
    digest: Option<Spanned<String>>,
    #[serde(default)]
    allow: Vec<Spanned<Grant>>,
    #[serde(default)]
    deny: Vec<Spanned<Grant>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    cap: Spanned<String>,
    to: Option<Spanned<Vec<Spanned<String>>>>,
}

/// Reads and checks a policy file.
pub(super) fn read(path: &Path, capabilities: &[&str]) -> Result<Policy, Error> {
    let place = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => parse(&place, &text, capabilities),
        Err(error) => Err(Error {
            place,
            not_found: error.kind() == io::ErrorKind::NotFound,
            problem: error.to_string(),
        }),
    }
}

/// Checks a policy's text. `capabilities` are the names that exist.
pub fn parse(origin: &str, text: &str, capabilities: &[&str]) -> Result<Policy, Error> {
    let at = |offset: usize, problem: String| Error {
        place: place(origin, text, offset),
        problem,
        not_found: false,
    };
    let document: Document = toml::from_str(text)
        .map_err(|error| at(error.span().map_or(0, |span| span.start), explain(&error)))?;
    if *document.version.get_ref() != 1 {
        return Err(at(
            document.version.span().start,
            format!(
                "version {} is not known; this nethost reads version 1",
                document.version.get_ref()
            ),
        ));
    }
    let mut rules = Vec::new();
    for plugin in &document.plugin {
        if plugin.name.is_none() && plugin.digest.is_none() {
            let grant = plugin.allow.first().or(plugin.deny.first());
            return Err(at(
                grant.map_or(0, |grant| grant.span().start),
                "[[plugin]] needs a name (\"*\" for any) or a digest".into(),
            ));
        }
        if let Some(digest) = &plugin.digest
            && !is_digest(digest.get_ref())
        {
            return Err(at(
                digest.span().start,
                format!(
                    "`{}` is not sha256: and 64 hexadecimal digits; `nethost inspect` shows a plugin's digest",
                    digest.get_ref()
                ),
            ));
        }
        let pattern = PluginPattern {
            name: plugin.name.as_ref().map(|name| name.get_ref().clone()),
            digest: plugin
                .digest
                .as_ref()
                .map(|digest| digest.get_ref().clone()),
        };
        let allows = plugin.allow.iter().map(|grant| (Effect::Allow, grant));
        let denies = plugin.deny.iter().map(|grant| (Effect::Deny, grant));
        for (effect, grant) in allows.chain(denies) {
            let Grant { cap, to } = grant.get_ref();
            known_capability(cap.get_ref(), capabilities)
                .map_err(|why| at(cap.span().start, why))?;
            let mut patterns = Vec::new();
            if let Some(to) = to {
                if to.get_ref().is_empty() {
                    return Err(at(
                        to.span().start,
                        "an empty `to` matches nothing; leave it out to mean any target".into(),
                    ));
                }
                for target in to.get_ref() {
                    patterns.push(target.get_ref().parse().map_err(
                        |bad: super::rule::BadPattern| at(target.span().start, bad.to_string()),
                    )?);
                }
            }
            rules.push(Rule {
                effect,
                plugin: pattern.clone(),
                capability: cap.get_ref().clone(),
                to: patterns,
                origin: format!("{origin}:{}", line_and_column(text, grant.span().start).0),
            });
        }
    }
    Ok(Policy {
        origin: origin.into(),
        audit_required: document.audit.required,
        rules,
    })
}

/// Says what is wrong with a capability's name, and which was meant.
pub(super) fn known_capability(name: &str, capabilities: &[&str]) -> Result<(), String> {
    if name == "*" || capabilities.contains(&name) {
        return Ok(());
    }
    let hint = match nearest(name, capabilities.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", capabilities.join(", ")),
    };
    Err(format!("unknown capability `{name}`; {hint}"))
}

/// The parser's own message, on one line and with a suggestion for a misspelt key.
fn explain(error: &toml::de::Error) -> String {
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let Some((wrong, expected)) = message
        .strip_prefix("unknown field `")
        .and_then(|rest| rest.split_once('`'))
    else {
        return message;
    };
    let known = expected.split('`').skip(1).step_by(2);
    match nearest(wrong, known) {
        Some(near) => format!("unknown key `{wrong}`; did you mean `{near}`?"),
        None => format!("unknown key `{wrong}`{expected}"),
    }
}

fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, name)| name)
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64
            && hex
                .bytes()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn place(origin: &str, text: &str, offset: usize) -> String {
    let (line, column) = line_and_column(text, offset);
    format!("{origin}:{line}:{column}")
}

fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.chars().count())
        + 1;
    (line, column)
}
