//! One rule: which plugin, which capability, which targets, within which scope.

use std::net::IpAddr;
use std::sync::Arc;

use super::args::Typed;
use super::cuts::Cuts;
use super::pattern::{Asked, BadPattern, Cover, Pattern};
use super::scope::Scope;
use super::{Subject, address, name};
use crate::gate::{Request, Target};

/// What a matching rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Lets the request pass unless another rule denies it.
    Allow,
    /// Refuses it.
    Deny,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Allow or deny.
    pub effect: Effect,
    /// Plugins it is about.
    pub plugin: PluginPattern,
    /// Name of the request, or `*`.
    pub capability: String,
    /// Targets; none means any.
    pub to: Vec<Pattern>,
    /// What narrows it further.
    pub scope: Scope,
    /// Where the rule stands, for messages and the audit log. No two rules stand at one place.
    pub origin: Arc<str>,
}

/// Which plugins a rule is about. Each field that is set must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PluginPattern {
    /// Name of a bundled plugin. Anyone can name a file `ping`, so a name alone matches no other.
    pub name: Option<String>,
    /// SHA-256 of the component.
    pub digest: Option<String>,
}

impl PluginPattern {
    pub(super) fn matches(&self, subject: &Subject) -> bool {
        let by_digest = self
            .digest
            .as_ref()
            .is_none_or(|digest| *digest == subject.digest);
        let by_name = self.name.as_ref().is_none_or(|name| {
            name == "*" || (*name == subject.name && (subject.bundled || self.digest.is_some()))
        });
        by_digest && by_name
    }

    /// Whether every plugin that the other is about is one that this is about.
    pub(super) fn contains(&self, other: &PluginPattern) -> bool {
        let name = match self.name.as_deref() {
            None | Some("*") => true,
            name => name == other.name.as_deref(),
        };
        name && (self.digest.is_none() || self.digest == other.digest)
    }
}

/// How a rule bears on a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Bearing {
    /// It decides.
    Covers,
    /// It would allow, were the address not one that a name must not lead to.
    Internal(&'static str),
    /// It does not, because of this.
    Not(&'static str),
}

const OTHER_SCOPE: &str = "its ports or interfaces are others";
const OTHER_TARGETS: &str = "its `to` names other targets";

impl Rule {
    /// A rule of the form `CAPABILITY[=TARGET[,TARGET…]]`, as flags have it.
    pub fn from_flag(
        effect: Effect,
        flag: &str,
        text: &str,
        capabilities: &[&str],
    ) -> Result<Self, super::Error> {
        let (capability, targets) = text.split_once('=').unwrap_or((text, ""));
        let origin = format!("{flag} {text}");
        super::known_capability(capability, capabilities)
            .map_err(|why| super::Error::flag(&origin, &why))?;
        let to = targets
            .split(',')
            .filter(|target| !target.is_empty())
            .map(str::parse)
            .collect::<Result<_, BadPattern>>()
            .map_err(|bad| super::Error::flag(&origin, &bad.to_string()))?;
        if text.contains('=') && targets.is_empty() {
            return Err(super::Error::flag(
                &origin,
                "nothing after `=`; leave it out to mean any target",
            ));
        }
        Ok(Self {
            effect,
            plugin: PluginPattern::default(),
            capability: capability.into(),
            to,
            scope: Scope::default(),
            origin: origin.into(),
        })
    }

    /// How this rule bears on a request of a plugin and a user that it is about.
    pub(super) fn bears(
        &self,
        capability: &str,
        request: &Request,
        names: &[Arc<str>],
        typed: &Typed,
    ) -> Bearing {
        if self.capability != "*" && self.capability != capability {
            return Bearing::Not("it is about another capability");
        }
        let asked = Asked {
            target: &request.target,
            names,
        };
        if self.effect == Effect::Deny {
            if !self.scope.touches(request) {
                return Bearing::Not(OTHER_SCOPE);
            }
            if !self.to.is_empty() && !self.to.iter().any(|to| to.forbids(asked, typed)) {
                return Bearing::Not(OTHER_TARGETS);
            }
        } else if !self.scope.covers(request) {
            return Bearing::Not(OTHER_SCOPE);
        }
        if !self.scope.lasts() {
            return Bearing::Not("its `until` has passed");
        }
        if self.effect == Effect::Deny {
            return Bearing::Covers;
        }
        match (self.cover(asked, typed), &request.target) {
            (Cover::No, _) => Bearing::Not(OTHER_TARGETS),
            (Cover::ByName, Target::Address { address, .. }) => match address::internal(*address) {
                Some(kind) if !self.means_this_machine(*address, asked, typed) => {
                    Bearing::Internal(kind)
                }
                _ => Bearing::Covers,
            },
            _ => Bearing::Covers,
        }
    }

    /// Where along addresses and ports it may begin to bear, or cease to.
    pub(super) fn cut(&self, typed: &Typed, cuts: &mut Cuts<'_>) {
        self.to.iter().for_each(|to| to.cut(typed, cuts));
        for ports in &self.scope.ports {
            cuts.ports(*ports.start(), *ports.end());
        }
    }

    fn cover(&self, asked: Asked<'_>, typed: &Typed) -> Cover {
        if self.to.is_empty() {
            return Cover::Itself;
        }
        let mut best = Cover::No;
        for pattern in &self.to {
            match pattern.covers(asked, typed) {
                Cover::Itself => return Cover::Itself,
                Cover::ByName => best = Cover::ByName,
                Cover::No => {}
            }
        }
        best
    }

    /// A loopback address that `localhost` became is what was asked for, if that name is granted.
    fn means_this_machine(&self, address: IpAddr, asked: Asked<'_>, typed: &Typed) -> bool {
        let names: Vec<_> = asked
            .names
            .iter()
            .filter(|name| name::is_localhost(name))
            .cloned()
            .collect();
        let asked = Asked {
            names: &names,
            ..asked
        };
        address.to_canonical().is_loopback() && self.cover(asked, typed) != Cover::No
    }

    /// Whether everything that the other rule is about, this one is about too.
    pub(super) fn contains(&self, other: &Rule) -> bool {
        (self.capability == "*" || self.capability == other.capability)
            && self.plugin.contains(&other.plugin)
            && self.scope.contains(&other.scope)
            && (self.to.is_empty()
                || (!other.to.is_empty()
                    && other
                        .to
                        .iter()
                        .all(|narrow| self.to.iter().any(|wide| wide.contains(narrow)))))
    }
}
