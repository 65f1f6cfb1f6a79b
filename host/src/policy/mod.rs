//! What a site allows: rules from files, flags and plugins' own manifests, and how they combine.
//!
//! A denial anywhere wins. The system's policy file is a ceiling: nothing below it can widen it.
//! Without any policy file, a plugin that is part of this build gets what its manifest asks for; any
//! other gets what the command line allows.

mod entry;
mod file;
pub mod learn;
mod rule;

use std::path::Path;

pub use entry::{Entry, quoted};
pub use file::{Error, parse};
pub use rule::{BadPattern, Effect, Pattern, PluginPattern, Rule};

use crate::gate::Request;

/// Where the system's policy is.
pub const SYSTEM_FILE: &str = "/etc/nethost/policy.toml";

/// The plugin that a decision is about.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Its name.
    pub name: String,
    /// SHA-256 of the component, as `sha256:` and hexadecimal digits.
    pub digest: String,
    /// Part of this build.
    pub bundled: bool,
    /// The arguments that the operator typed: what `$args` stands for.
    pub args: Vec<String>,
}

/// The outcome of a decision, with the rule that made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Go ahead.
    Allowed {
        /// The rule that allowed it.
        rule: String,
    },
    /// Do not.
    Denied {
        /// The rule that denied it, or that there is none.
        rule: String,
        /// What would allow it.
        remedy: String,
    },
}

/// A policy file.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Its path, for messages.
    pub origin: String,
    /// A run without a complete audit log is not allowed.
    pub audit_required: bool,
    /// Its rules.
    pub rules: Vec<Rule>,
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
}

impl Policies {
    /// Reads the system's policy and the one named on the command line.
    pub fn load(
        system: &Path,
        chosen: Option<&Path>,
        capabilities: &[&str],
    ) -> Result<Self, Error> {
        let ceiling = match file::read(system, capabilities) {
            Ok(policy) => Some(policy),
            Err(error) if error.is_not_found() => None,
            Err(error) => return Err(error),
        };
        let chosen = chosen
            .map(|path| file::read(path, capabilities))
            .transpose()?;
        Ok(Self {
            ceiling,
            chosen,
            flags: Vec::new(),
            manifest: Vec::new(),
        })
    }

    /// True when a policy demands that every record is written.
    pub fn audit_required(&self) -> bool {
        self.files().any(|policy| policy.audit_required)
    }

    /// Decides one request. `asked` is the name that the target was resolved from.
    pub fn decide(
        &self,
        capability: &str,
        request: &Request,
        asked: Option<&str>,
        subject: &Subject,
    ) -> Decision {
        let matches = |rule: &&Rule, effect| {
            rule.effect == effect && rule.covers(capability, request, asked, subject)
        };
        let first = |rules: &[Rule], effect| {
            rules
                .iter()
                .find(|rule| matches(rule, effect))
                .map(|rule| rule.origin.clone())
        };

        let target = &request.target;
        let remedy = format!("--allow {capability}={target}");
        let denying = self
            .files()
            .map(|policy| &policy.rules[..])
            .chain([&self.flags[..]]);
        if let Some(rule) = denying
            .into_iter()
            .find_map(|rules| first(rules, Effect::Deny))
        {
            return Decision::Denied {
                remedy: format!("remove or narrow the rule at {rule}"),
                rule,
            };
        }
        let mut granted = None;
        if let Some(ceiling) = &self.ceiling {
            granted = first(&ceiling.rules, Effect::Allow);
            if granted.is_none() {
                return Decision::Denied {
                    rule: format!("no rule of {} allows it", ceiling.origin),
                    remedy: format!("a rule in {} (only an administrator can)", ceiling.origin),
                };
            }
        }
        if let Some(chosen) = &self.chosen {
            granted =
                first(&chosen.rules, Effect::Allow).or_else(|| first(&self.flags, Effect::Allow));
        }
        if self.files().next().is_none() {
            granted = first(&self.flags, Effect::Allow).or_else(|| {
                let asks = subject
                    .bundled
                    .then(|| first(&self.manifest, Effect::Allow));
                asks.flatten()
            });
        }
        match granted {
            Some(rule) => Decision::Allowed { rule },
            None => Decision::Denied {
                rule: "no rule allows it".into(),
                remedy,
            },
        }
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
mod tests;
