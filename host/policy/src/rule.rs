//! One rule: which plugin, which capability, which targets, within which scope.

use std::sync::Arc;

use super::Subject;
use super::args::Typed;
use super::cuts::Cuts;
use super::path_pattern::PathPattern;
use super::pattern::{Asked, BadPattern, Cover, Pattern};
use super::scope::Scope;
use nethost_core::Request;
use nethost_core::embedded::internal;
use nethost_core::{CanonicalAddr, ResolvedName, Target};

/// What a matching rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Lets the request pass unless another rule denies it.
    Allow,
    /// Refuses it.
    Deny,
    /// Refuses nothing: what it would refuse as a denial is allowed and recorded as such.
    Report,
}

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Allow, deny or report.
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
    /// The key that has signed the component.
    pub signer: Option<String>,
}

impl PluginPattern {
    pub(super) fn matches(&self, subject: &Subject) -> bool {
        let by_digest = self
            .digest
            .as_ref()
            .is_none_or(|digest| *digest == subject.digest);
        let by_signer = self.signer.is_none() || self.signer == subject.signer;
        let by_name = self.name.as_ref().is_none_or(|name| {
            name == "*" || (*name == subject.name && (subject.bundled || self.is_of_files()))
        });
        by_digest && by_signer && by_name
    }

    /// Whether it is about plugins that are not bundled, by more than their name.
    pub(super) fn is_of_files(&self) -> bool {
        self.digest.is_some() || self.signer.is_some()
    }

    /// Whether every plugin that the other is about is one that this is about.
    pub(super) fn contains(&self, other: &PluginPattern) -> bool {
        let name = match self.name.as_deref() {
            None | Some("*") => true,
            name => name == other.name.as_deref(),
        };
        let digest = self.digest.is_none() || self.digest == other.digest;
        name && digest && (self.signer.is_none() || self.signer == other.signer)
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
const OTHER_OPTIONS: &str = "its `options` do not name what is special about the socket";
const OTHER_TARGETS: &str = "its `to` names other targets";

impl Rule {
    /// A rule of the form `CAPABILITY[:OPTION[,OPTION…]][=TARGET[,TARGET…]]`, as flags have it.
    pub fn from_flag(
        effect: Effect,
        flag: &str,
        text: &str,
        capabilities: &[&str],
    ) -> Result<Self, super::Error> {
        let (capability, targets) = text.split_once('=').unwrap_or((text, ""));
        let origin = format!("{flag} {text}");
        let (capability, options) = capability.split_once(':').unwrap_or((capability, ""));
        let options = options
            .split(',')
            .filter(|option| !option.is_empty())
            .map(super::grant::option)
            .collect::<Result<_, _>>()
            .map_err(|why| super::Error::flag(&origin, &why))?;
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
            scope: Scope {
                options,
                ..Scope::default()
            },
            origin: origin.into(),
        })
    }

    /// Refuses everything.
    pub(super) fn denying_all(origin: &str) -> Self {
        Self {
            effect: Effect::Deny,
            plugin: PluginPattern::default(),
            capability: "*".into(),
            to: Vec::new(),
            scope: Scope::default(),
            origin: origin.into(),
        }
    }

    /// Whether it is about what the operator typed.
    pub(super) fn is_about_arguments(&self) -> bool {
        self.to.contains(&Pattern::Arguments) || self.to.contains(&Pattern::Series)
    }

    /// The paths that it names.
    pub(super) fn paths_mut(&mut self) -> impl Iterator<Item = &mut PathPattern> {
        self.to.iter_mut().filter_map(Pattern::path_mut)
    }

    /// How this rule bears on a request of a plugin and a user that it is about.
    pub(super) fn bears(
        &self,
        capability: &str,
        request: &Request,
        names: &[ResolvedName],
        typed: &Typed,
    ) -> Bearing {
        if self.capability != "*" && self.capability != capability {
            return Bearing::Not("it is about another capability");
        }
        let renamed = match self.effect {
            Effect::Allow => None,
            _ => request.with_other_links(),
        };
        let request = renamed.as_ref().unwrap_or(request);
        let asked = Asked {
            target: &request.target,
            names,
        };
        if self.effect != Effect::Allow {
            if !self.scope.touches(request) {
                return Bearing::Not(OTHER_SCOPE);
            }
            if !self.to.is_empty() && !self.to.iter().any(|to| to.forbids(asked, typed)) {
                return Bearing::Not(OTHER_TARGETS);
            }
        } else if self.scope.unnamed(request).is_some() {
            return Bearing::Not(OTHER_OPTIONS);
        } else if !self.scope.covers(request) {
            return Bearing::Not(OTHER_SCOPE);
        }
        if !self.scope.lasts() {
            return Bearing::Not("its `until` has passed");
        }
        if self.effect != Effect::Allow {
            return Bearing::Covers;
        }
        let cover = self.cover(asked, typed);
        if cover == Cover::No {
            return Bearing::Not(OTHER_TARGETS);
        }
        // What a link is put on or under changes with it.
        let covers = |link| {
            let target = &Target::Link(link);
            self.cover(Asked { target, names }, typed) != Cover::No
        };
        if !self.to.is_empty() && !request.other_links().all(covers) {
            return Bearing::Not(OTHER_TARGETS);
        }
        match &request.target {
            Target::Address { address, .. } | Target::Listen { address, .. } => {
                match internal(*address) {
                    Some(kind) if !self.means(*address, cover, asked, typed) => {
                        Bearing::Internal(kind)
                    }
                    _ => Bearing::Covers,
                }
            }
            _ => Bearing::Covers,
        }
    }

    /// Whether the operator means this internal address. A name that only a name server led there does not mean
    /// it, whatever the rule lets through; `localhost` and what this machine's own /etc/hosts says do, and so does
    /// the address itself where a rule names it or it was typed.
    fn means(&self, address: CanonicalAddr, cover: Cover, asked: Asked<'_>, typed: &Typed) -> bool {
        let named = cover == Cover::Itself && !self.to.is_empty();
        if named || asked.names.is_empty() {
            return true;
        }
        let is_trusted = |led: &&ResolvedName| {
            led.from_hosts_file || (led.name.is_localhost() && address.ip().is_loopback())
        };
        let trusted: Vec<ResolvedName> = asked.names.iter().filter(is_trusted).cloned().collect();
        if self.to.is_empty() {
            return !trusted.is_empty() || typed.covers(asked) == Cover::Itself;
        }
        let asked = Asked {
            names: &trusted,
            ..asked
        };
        self.cover(asked, typed) != Cover::No
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
