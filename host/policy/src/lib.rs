//! The policy: rules from files, flags and manifests of plugins, and how they combine.
//!
//! A denial anywhere wins. The system's policy file is a ceiling: no other source can widen it. Without any policy
//! file, a bundled plugin gets what its manifest requests, and another plugin gets what the command line allows. See
//! docs/policy.md.

pub mod args;
mod audit;
mod cuts;
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
mod signers;
mod unreachable;
mod watch;

use std::path::Path;

use serde::Deserialize;

pub use audit::AuditRules;
pub use entry::{Entry, quoted};
pub use file::LONGEST;
pub use file::{known_capability, parse, parse_system};
pub use in_force::{
    Again, Considered, Decision, InForce, Judge, MemberVerdict, Refusal, SenderGroup, SetAgain,
    SetDecision, SetPart, Terms, Verdict,
};
pub use limits::Limits;
pub use links::Links;
pub use nethost_core::quantity;
pub use nethost_core::{Exception, Listed, User, UserPattern};
pub use pattern::{BadPattern, Pattern};
pub use problem::{Error, Problem, Severity};
pub use rule::{Effect, PluginPattern, Rule};
pub use scope::{Quota, Scope};
pub use signers::Signers;
pub use unreachable::unreachable;
pub use watch::{Change, EVERY as WATCH_EVERY, PolicyWatch, Reloaded};

/// The path of the system's policy.
pub const SYSTEM_FILE: &str = "/etc/nethost/policy.toml";

/// The names that a policy can use.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Capabilities.
    pub capabilities: &'a [&'a str],
    /// Bundled plugins.
    pub plugins: &'a [&'a str],
}

/// The plugin that decisions are about, and its user.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// SHA-256 of the component, as `sha256:` and hexadecimal digits.
    pub digest: String,
    /// Whether it is bundled.
    pub bundled: bool,
    /// The key that has signed it: `ed25519:` and hexadecimal digits. The signature was verified.
    pub signer: Option<String>,
    /// The arguments of the operator, which `$args` stands for.
    pub args: Vec<String>,
    /// Who runs it.
    pub user: User,
}

/// The decision about a request that no rule matches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum OnMissing {
    /// It is denied.
    #[default]
    Deny,
    /// On a terminal, the operator is asked. Otherwise it is denied.
    Ask,
}

/// A policy file.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Its path, for messages.
    pub origin: String,
    /// SHA-256 of its text.
    pub digest: String,
    /// The settings of the audit log.
    pub audit: AuditRules,
    /// Who must have signed a plugin that is not bundled.
    pub signers: Option<Signers>,
    /// The decision about requests that it does not mention.
    pub on_missing: OnMissing,
    /// Limits of every run.
    pub limits: Limits,
    /// Limits of the runs of some plugins.
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
            signers: None,
            on_missing: OnMissing::Deny,
            limits: Limits::NONE,
            plugin_limits: Vec::new(),
            rules: Vec::new(),
        }
    }
}

impl Policy {
    /// Labels the rules as those of `--policy`, whatever the name of the file is. So records distinguish them from
    /// those of the system, and a service and its client use the same label.
    #[must_use]
    pub fn of_operator(mut self) -> Self {
        for rule in &mut self.rules {
            rule.origin = format!("--policy {}", rule.origin).into();
        }
        self
    }
}

/// All policies that apply to a run.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    /// The system's policy file, if there is one.
    pub ceiling: Option<Policy>,
    /// The policy file named on the command line.
    pub chosen: Option<Policy>,
    /// `--allow` and `--deny`.
    pub flags: Vec<Rule>,
    /// What the plugin's manifest requests.
    pub manifest: Vec<Rule>,
    /// What the operator granted when asked. It counts if there is no file, and if a file says `ask`.
    pub granted: Vec<Rule>,
    /// The rights with which links are followed, except for the system's denials.
    pub links: Links,
}

impl Policies {
    /// Reads the system's policy and the policy named on the command line.
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

    /// Only this file, which may be about to become the system's policy: it may have report-only rules.
    pub fn of_candidate(path: &Path, names: Names<'_>) -> Result<Self, Error> {
        Ok(Self {
            chosen: Some(file::read_candidate(path, names)?),
            ..Self::default()
        })
    }

    /// The same with the system's policy read again. The policy of the command line stays. A policy that existed and
    /// was removed is an error: its removal does not mean that everything is allowed.
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

    /// The settings of the audit log.
    pub fn audit(&self) -> AuditRules {
        let below = self.chosen.as_ref().map(|chosen| &chosen.audit);
        match &self.ceiling {
            Some(ceiling) => ceiling.audit.clone().with(below),
            None => below.cloned().unwrap_or_default(),
        }
    }

    /// SHA-256 of all policies of the site and the operator. None if there are none. The requests of a plugin are
    /// part of the plugin's digest.
    pub fn digest(&self) -> Option<String> {
        let files = self.files().map(|policy| &*policy.digest);
        let rules = self.flags.iter().chain(&self.granted);
        let all: Vec<&str> = files.chain(rules.map(|rule| &*rule.origin)).collect();
        (!all.is_empty()).then(|| nethost_core::digest(all.join("\n").as_bytes()))
    }

    /// The decision about requests that no rule matches: without a file, the operator is asked.
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

    /// The limits of a run of this plugin. The system's policy can set any limit. Other policies, and limits of one
    /// plugin, can only lower them.
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

    /// True if a rule of a file or a flag, other than one that only reports, matches this request of this plugin.
    pub fn mention(&self, capability: &str, subject: &Subject) -> bool {
        self.rules_about(subject)
            .filter(|rule| rule.effect != Effect::Report)
            .any(|rule| rule.capability == "*" || rule.capability == capability)
    }

    /// True if a flag, or a file that names the plugin's digest, decides about this plugin.
    pub fn settle(&self, subject: &Subject) -> bool {
        let allowed = |rule: &&Rule| rule.effect == Effect::Allow;
        self.flags.iter().any(|rule| allowed(&rule))
            || self
                .rules_about(subject)
                .any(|rule| allowed(&rule) && rule.plugin.is_of_files())
    }

    /// Why a policy does not let this plugin run: none of the signers that it requires has signed it.
    pub fn unsigned(&self, subject: &Subject) -> Option<String> {
        let required = self.files().filter_map(|policy| policy.signers.as_ref());
        required
            .filter(|signers| !signers.accept(subject))
            .map(|signers| signers.refusal(subject))
            .next()
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
