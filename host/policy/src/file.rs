//! Reads a policy file. Every mistake is reported with its line and column, and with a suggestion.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustix::fs::OFlags;
use toml::Spanned;

use super::audit::AuditRules;
use super::document::{self, Document, Grant, Mode, Plugin};
use super::grant::{self, Bad};
use super::problem::{Error, Lines, Problem, Severity};
use super::rule::{Effect, PluginPattern, Rule};
use super::signers::Signers;
use super::{Limits, Names, Policy};
use nethost_core::owned_path::{self, Owner};
use nethost_core::{public_key, regular};

/// The maximum size of a policy.
pub const LONGEST: u64 = 4 << 20;

/// Reads and checks a policy file that the operator named. It can belong to another user, whom the operator trusts by
/// naming the file, but no other user may be able to write to it.
pub(super) fn read(path: &Path, names: Names<'_>) -> Result<Policy, Error> {
    checked(path, Owner::WhoseItIs, OFlags::empty(), names, Of::Operator)
}

/// The same for a file that may be about to become the system's policy.
pub(super) fn read_candidate(path: &Path, names: Names<'_>) -> Result<Policy, Error> {
    checked(path, Owner::WhoseItIs, OFlags::empty(), names, Of::Site)
}

/// Reads and checks the system's policy. It applies to all users, so it and every folder above it must belong to
/// root, and no other user may be able to write to them.
pub(super) fn read_system(path: &Path, names: Names<'_>) -> Result<Policy, Error> {
    checked(path, Owner::Root, OFlags::NOFOLLOW, names, Of::Site)
}

/// Whose policy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// The system's, which may have report-only rules.
    Site,
    /// One that somebody names for a run.
    Operator,
}

fn checked(
    path: &Path,
    owner: Owner,
    flags: OFlags,
    names: Names<'_>,
    of: Of,
) -> Result<Policy, Error> {
    let origin = path.display().to_string();
    let file = regular::open_with(path, flags).map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) if flags.contains(OFlags::NOFOLLOW) => Error::of(
            &origin,
            "the system's policy must be a file, not a symbolic link; put the file itself there"
                .into(),
        ),
        _ => unreadable(&origin, &error),
    })?;
    owned_path::judge(path, owner).map_err(|error| Error::of(&origin, error.to_string()))?;
    let text = regular::rest_of(file, LONGEST).map_err(|error| unreadable(&origin, &error))?;
    read_text(&origin, &text, names, of)
}

fn unreadable(origin: &str, error: &io::Error) -> Error {
    let problem = Error::of(origin, error.to_string());
    if error.kind() == io::ErrorKind::NotFound {
        problem.not_found()
    } else {
        problem
    }
}

/// Checks the text of a policy that is not the system's.
pub fn parse(origin: &str, text: &str, names: Names<'_>) -> Result<Policy, Error> {
    read_text(origin, text, names, Of::Operator)
}

/// Checks the text of a system's policy.
pub fn parse_system(origin: &str, text: &str, names: Names<'_>) -> Result<Policy, Error> {
    read_text(origin, text, names, Of::Site)
}

fn read_text(origin: &str, text: &str, names: Names<'_>, of: Of) -> Result<Policy, Error> {
    let mut reader = Reader {
        origin,
        of,
        lines: Lines::of(text),
        names,
        problems: Vec::new(),
    };
    let policy = match toml::from_str(text) {
        Ok(document) => reader.document(&document),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reader.error(at, explain(&error));
            Policy::default()
        }
    };
    if reader.problems.is_empty() {
        let digest = nethost_core::digest(text.as_bytes());
        Ok(Policy { digest, ..policy })
    } else {
        Err(Error::new(reader.problems))
    }
}

struct Reader<'a> {
    origin: &'a str,
    of: Of,
    lines: Lines<'a>,
    names: Names<'a>,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn error(&mut self, offset: usize, message: String) {
        self.problems.push(Problem {
            severity: Severity::Error,
            origin: self.origin.into(),
            place: Some(self.lines.place(offset)),
            message,
        });
    }

    /// The value. If there is none, the problem is noted.
    fn note<T>(&mut self, result: Result<T, Bad>) -> Option<T> {
        result.map_err(|bad| self.error(bad.at, bad.message)).ok()
    }

    fn document(&mut self, document: &Document) -> Policy {
        let version = *document.version.get_ref();
        if version != 1 {
            let message = format!("version {version} is not known; this nethost reads version 1");
            self.error(document.version.span().start, message);
        }
        let limits = grant::limits(&document.limits);
        let mut policy = Policy {
            origin: self.origin.into(),
            audit: self
                .note(AuditRules::of(&document.audit))
                .unwrap_or_default(),
            signers: self.signers(&document.signers),
            on_missing: document.defaults.on_missing,
            limits: self.note(limits).unwrap_or(Limits::NONE),
            ..Policy::default()
        };
        for plugin in &document.plugin {
            self.plugin(plugin, &mut policy);
        }
        policy
    }

    fn signers(&mut self, signers: &document::Signers) -> Option<Signers> {
        let required = signers.required.as_ref()?;
        let (line, _) = self.lines.place(required.span().start);
        let origin = format!("{}:{line}", self.origin);
        self.note(Signers::of(required.get_ref(), origin))
    }

    fn plugin(&mut self, plugin: &Plugin, policy: &mut Policy) {
        let (name, digest) = (text_of(&plugin.name), text_of(&plugin.digest));
        let signer = text_of(&plugin.signer);
        if name.is_none() && digest.is_none() && signer.is_none() {
            let grant = plugin.allow.first().or(plugin.deny.first());
            let at = grant.map_or(0, |grant| grant.span().start);
            self.error(
                at,
                "[[plugin]] needs a name (\"*\" for any), a digest or a signer".into(),
            );
        }
        if let Some(digest) = &plugin.digest
            && !is_digest(digest.get_ref())
        {
            let message = format!(
                "`{}` is not sha256: and 64 hexadecimal digits; `nethost inspect` shows a plugin's digest",
                digest.get_ref()
            );
            self.error(digest.span().start, message);
        }
        if let Some(signer) = &plugin.signer
            && let Err(error) = public_key(signer.get_ref())
        {
            let message = format!("`{}` {error}", signer.get_ref());
            self.error(signer.span().start, message);
        }
        let pattern = PluginPattern {
            name,
            digest,
            signer,
        };
        let limits = grant::limits(&plugin.limits);
        let limits = self.note(limits).unwrap_or(Limits::NONE);
        if limits != Limits::NONE {
            policy.plugin_limits.push((pattern.clone(), limits));
        }
        for grant in &plugin.allow {
            policy
                .rules
                .extend(self.rule(Effect::Allow, &pattern, grant));
        }
        for grant in &plugin.deny {
            policy
                .rules
                .extend(self.rule(Effect::Deny, &pattern, grant));
        }
    }

    fn rule(
        &mut self,
        effect: Effect,
        plugin: &PluginPattern,
        grant: &Spanned<Grant>,
    ) -> Option<Rule> {
        let (line, column) = self.lines.place(grant.span().start);
        let grant = grant.get_ref();
        let capability = grant.cap.get_ref();
        let known = known_capability(capability, self.names.capabilities).map_err(|message| Bad {
            at: grant.cap.span().start,
            message,
        });
        let known = self.note(known);
        let to = grant::targets(grant);
        let to = self.note(to);
        let scope = grant::scope(grant, effect);
        let scope = self.note(scope);
        let effect = self.in_mode(effect, grant);
        let effect = self.note(effect);
        known?;
        Some(Rule {
            effect: effect?,
            plugin: plugin.clone(),
            capability: capability.clone(),
            to: to?,
            scope: scope?,
            origin: Arc::from(format!("{}:{line}:{column}", self.origin)),
        })
    }
}

impl Reader<'_> {
    /// What a rule does in its mode.
    fn in_mode(&self, effect: Effect, grant: &Grant) -> Result<Effect, Bad> {
        let reports = |mode: &&Spanned<Mode>| *mode.get_ref() == Mode::Report;
        let Some(mode) = grant.mode.as_ref().filter(reports) else {
            return Ok(effect);
        };
        match (self.of, effect) {
            (Of::Site, Effect::Deny) => Ok(Effect::Report),
            (Of::Site, _) => Err(grant::bad(
                mode,
                "only a denial can be report-only; a rule that allows would let through what nothing enforced allows",
            )),
            (Of::Operator, _) => Err(grant::bad(
                mode,
                format!(
                    "only the system's policy, {}, can have report-only rules; remove `mode` here",
                    super::SYSTEM_FILE
                ),
            )),
        }
    }
}

fn text_of(text: &Option<Spanned<String>>) -> Option<String> {
    text.as_ref().map(|text| text.get_ref().clone())
}

/// Describes a wrong name of a capability, with a suggestion.
pub fn known_capability(name: &str, capabilities: &[&str]) -> Result<(), String> {
    if name == "*" || capabilities.contains(&name) {
        return Ok(());
    }
    let hint = match nearest(name, capabilities.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("known are {}", capabilities.join(", ")),
    };
    Err(format!("unknown capability `{name}`; {hint}"))
}

/// The parser's own message on one line, with a suggestion for a misspelled key.
fn explain(error: &toml::de::Error) -> String {
    let message = error.message().lines().collect::<Vec<_>>().join(", ");
    let unknown = |kind: &str| {
        let (wrong, expected) = message.strip_prefix(kind)?.split_once('`')?;
        Some((wrong.to_owned(), expected.to_owned()))
    };
    let (what, (wrong, expected)) = match (unknown("unknown field `"), unknown("unknown variant `"))
    {
        (Some(field), _) => ("key", field),
        (None, Some(variant)) => ("value", variant),
        (None, None) => return message,
    };
    match nearest(&wrong, expected.split('`').skip(1).step_by(2)) {
        Some(near) => format!("unknown {what} `{wrong}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{wrong}`{expected}"),
    }
}

/// The known word that was probably meant.
pub(super) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
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

#[cfg(test)]
mod tests;
