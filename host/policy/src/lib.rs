//! What a site allows: rules from files, flags and plugins' own manifests, and how they combine.
//!
//! A denial anywhere wins. The system's policy file is a ceiling: nothing below it can widen it.
//! Without any policy file, a plugin that is part of this build gets what its manifest asks for; any
//! other gets what the command line allows. See docs/policy.md.

pub mod args;
mod audit;
mod cuts;
mod dead;
mod document;
mod entry;
mod file;
mod grant;
mod in_force;
pub mod learn;
mod limits;
mod links;
mod path_pattern;
mod pattern;
mod problem;
mod rule;
mod scope;
mod watch;

use std::path::Path;

use serde::Deserialize;

pub use audit::AuditRules;
pub use dead::dead;
pub use entry::{Entry, quoted};
pub use file::LONGEST;
pub use file::{known_capability, parse};
pub use in_force::{
    Considered, Decision, InForce, MemberVerdict, Refusal, SenderGroup, SetDecision, SetPart,
    Terms, Verdict,
};
pub use limits::Limits;
pub use links::Links;
pub use nethost_core::quantity;
pub use nethost_core::{Exception, Listed, User, UserPattern};
pub use pattern::{BadPattern, Pattern};
pub use problem::{Error, Problem, Severity};
pub use rule::{Effect, PluginPattern, Rule};
pub use scope::{Quota, Scope};
pub use watch::{Change, EVERY as WATCH_EVERY, PolicyWatch, Reloaded};

/// Where the system's policy is.
pub const SYSTEM_FILE: &str = "/etc/nethost/policy.toml";

/// The names that a policy may use.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Capabilities.
    pub capabilities: &'a [&'a str],
    /// Bundled plugins.
    pub plugins: &'a [&'a str],
}

/// The plugin that decisions are about, and who runs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// SHA-256 of the component, as `sha256:` and hexadecimal digits.
    pub digest: String,
    /// Part of this build.
    pub bundled: bool,
    /// The arguments that the operator typed: what `$args` stands for.
    pub args: Vec<String>,
    /// Who runs it.
    pub user: User,
}

/// What becomes of a request that no rule mentions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnMissing {
    /// It is denied.
    #[default]
    Deny,
    /// On a terminal the operator is asked; elsewhere it is denied.
    Ask,
}

/// A policy file.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its path, for messages.
    pub origin: String,
    /// SHA-256 of its text.
    pub digest: String,
    /// How the audit log is kept.
    pub audit: AuditRules,
    /// What becomes of requests that it does not mention.
    pub on_missing: OnMissing,
    /// What every run may use of the machine.
    pub limits: Limits,
    /// What runs of some plugins may use of it.
    pub plugin_limits: Vec<(PluginPattern, Limits)>,
    /// Its rules.
    pub rules: Vec<Rule>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            origin: String::new(),
            digest: String::new(),
            audit: AuditRules::default(),
            on_missing: OnMissing::Deny,
            limits: Limits::NONE,
            plugin_limits: Vec::new(),
            rules: Vec::new(),
        }
    }
}

impl Policy {
    /// With rules that are known as those of `--policy`, whatever the file is called: a record tells them from the
    /// system's, and a service calls them the same as who comes to it.
    #[must_use]
    pub fn of_operator(mut self) -> Self {
        for rule in &mut self.rules {
            rule.origin = format!("--policy {}", rule.origin).into();
        }
        self
    }
}

/// Everything that has a say in a run.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// The system's policy file, if there is one.
    pub ceiling: Option<Policy>,
    /// The policy file named on the command line.
    pub chosen: Option<Policy>,
    /// `--allow` and `--deny`.
    pub flags: Vec<Rule>,
    /// What the plugin's manifest asks for.
    pub manifest: Vec<Rule>,
    /// What the operator granted when asked. It counts where no file is, and where a file says `ask`.
    pub granted: Vec<Rule>,
    /// With whose rights links are followed in all but the system's denials.
    pub links: Links,
}

impl Policies {
    /// Reads the system's policy and the one named on the command line.
    pub fn load(
        system: Option<&Path>,
        chosen: Option<&Path>,
        names: Names<'_>,
    ) -> Result<Self, Error> {
        let ceiling = match system
            .map(|path| file::read_system(path, names))
            .transpose()
        {
            Err(error) if error.is_not_found() => None,
            read => read?,
        };
        let chosen = chosen.map(|path| file::read(path, names)).transpose()?;
        Ok(Self {
            ceiling,
            chosen,
            ..Self::default()
        })
    }

    /// The same with the system's policy read again. What was said on the command line stays said. A policy that was
    /// there and is gone is an error: that nothing is said any more does not mean that anything goes.
    pub fn reread(&self, system: &Path, names: Names<'_>) -> Result<Self, Error> {
        let ceiling = Self::load(Some(system), None, names)?.ceiling;
        if self.ceiling.is_some() && ceiling.is_none() {
            return Err(Error::of(
                &system.display().to_string(),
                "it is gone; put it back, or end what runs under it".into(),
            ));
        }
        Ok(Self {
            ceiling,
            ..self.clone()
        })
    }

    /// How the audit log is kept.
    pub fn audit(&self) -> AuditRules {
        let below = self.chosen.as_ref().map(|chosen| &chosen.audit);
        match &self.ceiling {
            Some(ceiling) => ceiling.audit.clone().with(below),
            None => below.cloned().unwrap_or_default(),
        }
    }

    /// SHA-256 over everything that the site and the operator say; none when nobody says anything. What
    /// a plugin asks for is in its own digest.
    pub fn digest(&self) -> Option<String> {
        let files = self.files().map(|policy| &*policy.digest);
        let rules = self.flags.iter().chain(&self.granted);
        let all: Vec<&str> = files.chain(rules.map(|rule| &*rule.origin)).collect();
        (!all.is_empty()).then(|| nethost_core::digest(all.join("\n").as_bytes()))
    }

    /// What becomes of requests that nothing mentions: without a file, the operator is asked.
    pub fn on_missing(&self) -> OnMissing {
        if self
            .files()
            .all(|policy| policy.on_missing == OnMissing::Ask)
        {
            OnMissing::Ask
        } else {
            OnMissing::Deny
        }
    }

    /// What a run of this plugin may use of the machine. The system's policy may set anything; what is
    /// below it, and what is about one plugin, can only lower it.
    pub fn limits(&self, subject: &Subject) -> Limits {
        let mut limits = Limits::DEFAULT;
        if let Some(ceiling) = &self.ceiling {
            limits = limits.replaced(&ceiling.limits);
        }
        if let Some(chosen) = &self.chosen {
            limits = limits.lowered(&chosen.limits);
        }
        self.files()
            .flat_map(|policy| &policy.plugin_limits)
            .filter(|(plugin, _)| plugin.matches(subject))
            .fold(limits, |limits, (_, own)| limits.lowered(own))
    }

    /// True when a rule of a file or a flag is about this request of this plugin.
    pub fn mention(&self, capability: &str, subject: &Subject) -> bool {
        self.rules_about(subject)
            .any(|rule| rule.capability == "*" || rule.capability == capability)
    }

    /// True when somebody has said what this plugin may do: a flag, or a file that names its digest.
    pub fn settle(&self, subject: &Subject) -> bool {
        let allowed = |rule: &&Rule| rule.effect == Effect::Allow;
        self.flags.iter().any(|rule| allowed(&rule))
            || self
                .rules_about(subject)
                .any(|rule| allowed(&rule) && rule.plugin.digest.is_some())
    }

    fn rules_about(&self, subject: &Subject) -> impl Iterator<Item = &Rule> {
        self.files()
            .flat_map(|policy| &policy.rules)
            .chain(&self.flags)
            .filter(|rule| rule.plugin.matches(subject))
    }

    fn files(&self) -> impl Iterator<Item = &Policy> {
        self.ceiling.iter().chain(&self.chosen)
    }
}

#[cfg(test)]
mod forms;
#[cfg(test)]
mod tests;
