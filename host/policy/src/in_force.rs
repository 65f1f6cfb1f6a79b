//! The policy in force for one run: the rules for its plugin and its user, and their decision about a request.

mod again;
mod report;
mod set;
mod verdict;

use std::sync::Arc;

use jiff::Timestamp;

use super::args::Typed;
use super::rule::{Bearing, Effect, Rule};
use super::{Links, OnMissing, Policies, Policy, Quota, Subject};
use nethost_core::{Request, SocketOption};
use nethost_core::{ResolvedName, Target};

pub use again::{Again, Judge, SetAgain};
pub use set::{MemberVerdict, SenderGroup, SetDecision, SetPart};
pub use verdict::Verdict;

/// A decision, with the rule that made it. It is plain data, so another process could have made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Allowed, on these terms.
    Allowed(Terms),
    /// Do not.
    Denied(Refusal),
}

/// The terms of an allowed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The rule that allowed it. With several layers, the one nearest to the operator.
    pub rule: Arc<str>,
    /// The source of that rule, for the audit log.
    pub source: &'static str,
    /// The quotas of all rules; each of them applies.
    pub quotas: Vec<(Arc<str>, Quota)>,
    /// When the permission ends.
    pub until: Option<Timestamp>,
    /// What the rules add to the details of the request; all of it holds.
    pub forced: Vec<(&'static str, String)>,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule that denied it, or that there is none.
    pub rule: String,
    /// The remedy.
    pub remedy: String,
    /// No rule denies it, but a rule that allows it is missing.
    pub missing: bool,
}

/// How one rule applies to a request, for `nethost policy check`.
#[derive(Debug, Clone)]
pub struct Considered {
    /// The rule.
    pub origin: Arc<str>,
    /// The effect of the rule if it matches.
    pub effect: Effect,
    /// Why it does not match the request. None if it does.
    pub not: Option<String>,
}

/// The policy in force for one run.
#[derive(Debug, Clone, Default)]
pub struct InForce {
    typed: Typed,
    ceiling: Option<Layer>,
    chosen: Option<Layer>,
    flags: Layer,
    manifest: Layer,
    granted: Layer,
    /// The rules that only report, as denials of a policy that allows the rest. It decides nothing.
    trial: Option<Box<InForce>>,
}

/// The rules of one source for this run.
#[derive(Debug, Clone, Default)]
struct Layer {
    origin: String,
    source: &'static str,
    asks: bool,
    denies: Vec<Rule>,
    allows: Vec<Rule>,
    /// Only in a file. No decision looks at them.
    reports: Vec<Rule>,
}

/// Why a rule does not allow a user of a service what belongs to others.
const UNNAMED: &str = "it names no targets, and this one is others'";

/// The result of the allowing rules of a layer.
enum Found<'a> {
    Rule(&'a Rule),
    /// Only by a name whose address names must not be resolved to.
    Internal(&'a Rule, &'static str),
    Nothing,
}

impl Terms {
    /// Whether these terms are narrower than the others: an earlier end, or a quota that was not there or was larger.
    /// The rule may be a different one, or may have moved.
    pub fn narrow(&self, before: &Self) -> bool {
        // Lists each field, so that a new field must be handled here.
        let Self {
            rule: _,
            source: _,
            quotas,
            until,
            forced,
        } = self;
        let earlier = until.is_some_and(|until| before.until.is_none_or(|before| until < before));
        let less = quotas.iter().any(|(_, quota)| {
            let mut others = before.quotas.iter();
            !others.any(|(_, other)| other.is_within(quota))
        });
        let forces = forced.iter().any(|more| !before.forced.contains(more));
        earlier || less || forces
    }
}

impl Policies {
    /// The rules for this plugin and this user.
    pub fn in_force(&self, subject: &Subject) -> InForce {
        let layer = |origin: &str, source, asks, rules: &[Rule]| {
            let concerns = |effect| {
                let concerned = move |rule: &&Rule| {
                    rule.effect == effect
                        && rule.plugin.matches(subject)
                        && rule.scope.concerns(&subject.user, effect != Effect::Allow)
                };
                rules.iter().filter(concerned).cloned().collect()
            };
            Layer {
                origin: origin.into(),
                source,
                asks,
                denies: concerns(Effect::Deny),
                allows: concerns(Effect::Allow),
                reports: concerns(Effect::Report),
            }
        };
        let file = |policy: &Policy, source| {
            layer(
                &policy.origin,
                source,
                policy.on_missing == OnMissing::Ask,
                &policy.rules,
            )
        };
        let manifest = if subject.bundled {
            &self.manifest[..]
        } else {
            &[]
        };
        let typed = Typed::new(&subject.args);
        let mut rules = self.files().flat_map(|policy| &policy.rules);
        let mut others = self.flags.iter().chain(manifest).chain(&self.granted);
        let about_arguments =
            rules.any(Rule::is_about_arguments) || others.any(Rule::is_about_arguments);
        let mut in_force = InForce {
            typed,
            ceiling: self
                .ceiling
                .as_ref()
                .map(|policy| file(policy, "system-policy")),
            chosen: self.chosen.as_ref().map(|policy| file(policy, "policy")),
            flags: layer("", "flag", false, &self.flags),
            manifest: layer("", "manifest", false, manifest),
            granted: layer("", "operator", false, &self.granted),
            trial: None,
        };
        in_force.follow(&self.links, about_arguments);
        in_force.trial = in_force.trial();
        in_force
    }
}

impl InForce {
    /// Follows the links in its rules, and in the typed paths if they matter.
    fn follow(&mut self, links: &Links, about_arguments: bool) {
        let Self {
            typed,
            ceiling,
            chosen,
            flags,
            manifest,
            granted,
            trial: _,
        } = self;
        let (denied, reported, allowed) = match ceiling {
            Some(ceiling) => (
                &mut ceiling.denies[..],
                &mut ceiling.reports[..],
                &mut ceiling.allows[..],
            ),
            None => (&mut [][..], &mut [][..], &mut [][..]),
        };
        // A denial of the site applies to every path of the file.
        let denied = denied.iter_mut().chain(reported);
        let mut paths: Vec<_> = denied.flat_map(Rule::paths_mut).collect();
        let written: Vec<_> = paths.iter().map(|path| path.written().clone()).collect();
        let real = Links::default().resolve(&written);
        paths
            .iter_mut()
            .zip(real)
            .for_each(|(path, real)| path.leads_to(real));
        let others = chosen.iter_mut().chain([flags, manifest, granted]);
        let others = others.flat_map(|layer| {
            let narrowing = layer.denies.iter_mut().chain(&mut layer.reports);
            narrowing.chain(&mut layer.allows)
        });
        let mut paths: Vec<_> = allowed
            .iter_mut()
            .chain(others)
            .flat_map(Rule::paths_mut)
            .collect();
        let mut written: Vec<_> = paths.iter().map(|path| path.written().clone()).collect();
        if about_arguments {
            written.extend(typed.files().cloned());
        }
        let mut real = links.resolve(&written).into_iter();
        paths
            .iter_mut()
            .zip(&mut real)
            .for_each(|(path, real)| path.leads_to(real));
        typed.lead_to(real);
    }
}

impl Layer {
    /// The first matching rule that allows, given how each rule applies.
    fn find(&self, bears: impl Fn(&Rule) -> Bearing) -> Found<'_> {
        let mut found = Found::Nothing;
        for rule in &self.allows {
            match bears(rule) {
                Bearing::Covers => return Found::Rule(rule),
                Bearing::Internal(kind) => found = Found::Internal(rule, kind),
                Bearing::Not(_) => {}
            }
        }
        found
    }
}

impl InForce {
    /// Decides one request. `names` are the names that were resolved to the target.
    pub fn decide(&self, capability: &str, request: &Request, names: &[ResolvedName]) -> Decision {
        if let Target::Set(_) = request.target {
            // `decide_set` decides the members. No rule applies to a whole set.
            return Decision::Denied(self.missing(0, capability, request));
        }
        let bears = |rule: &Rule| rule.bears(capability, request, names, &self.typed);
        if let Some(rule) = self.forbidding(capability, request, names) {
            return Decision::Denied(Refusal {
                remedy: format!("remove or narrow the rule at {rule}"),
                rule: rule.to_string(),
                missing: false,
            });
        }
        let mut granting: [Option<(&Rule, &'static str)>; 2] = [None, None];
        for (index, alternatives) in self.layers().into_iter().flatten().enumerate() {
            // What is below the system's policy only narrows it.
            let is_named = request.of_others && index == 0;
            let bears = |rule: &Rule| match is_named && rule.to.is_empty() {
                true => Bearing::Not(UNNAMED),
                false => bears(rule),
            };
            let mut found = Found::Nothing;
            for layer in alternatives.iter().flatten() {
                match layer.find(bears) {
                    Found::Nothing => {}
                    Found::Rule(rule) => {
                        granting[index] = Some((rule, layer.source));
                        found = Found::Rule(rule);
                        break;
                    }
                    internal => found = internal,
                }
            }
            match found {
                Found::Rule(_) => {}
                Found::Internal(rule, kind) => return internal(rule, kind, request, names),
                Found::Nothing => {
                    return Decision::Denied(self.missing(index, capability, request));
                }
            }
        }
        terms(granting.into_iter().flatten())
    }

    /// The rule that denies a request, whatever allows it.
    pub fn forbidding(
        &self,
        capability: &str,
        request: &Request,
        names: &[ResolvedName],
    ) -> Option<&Arc<str>> {
        let layers = self.ceiling.iter().chain(&self.chosen).chain([&self.flags]);
        layers
            .flat_map(|layer| &layer.denies)
            .find(|rule| rule.bears(capability, request, names, &self.typed) == Bearing::Covers)
            .map(|rule| &rule.origin)
    }

    /// A denial of anything of this capability.
    pub fn denying(&self, capability: &str) -> Option<&Arc<str>> {
        let layers = self.ceiling.iter().chain(&self.chosen).chain([&self.flags]);
        layers
            .flat_map(|layer| &layer.denies)
            .find(|rule| rule.capability == "*" || rule.capability == capability)
            .map(|rule| &rule.origin)
    }

    /// Every rule for this plugin and user, in the order of evaluation, with how it applies.
    pub fn consider(
        &self,
        capability: &str,
        request: &Request,
        names: &[ResolvedName],
    ) -> Vec<Considered> {
        let layers = self.ceiling.iter().chain(&self.chosen).chain([&self.flags]);
        let denies = layers.flat_map(|layer| &layer.denies);
        let alternatives = self.layers().into_iter().flatten().flatten().flatten();
        let allows = alternatives.flat_map(|layer| &layer.allows);
        let reports = self.trial.iter().flat_map(|trial| &trial.flags.denies);
        let considered = denies.chain(reports).chain(allows).map(|rule| Considered {
            origin: Arc::clone(&rule.origin),
            effect: rule.effect,
            not: match rule.bears(capability, request, names, &self.typed) {
                Bearing::Covers => None,
                Bearing::Internal(kind) => Some(format!("a name led to {kind}")),
                Bearing::Not(why) => Some(why.into()),
            },
        });
        considered.collect()
    }

    /// What must allow a request: one rule of each row, from any of its layers. The layers below a file narrow it.
    /// Without a file, flags and the manifest of a bundled plugin are sufficient.
    fn layers(&self) -> [Option<[Option<&Layer>; 3]>; 2] {
        let asked = |layer: &Layer| layer.asks.then_some(&self.granted);
        let ceiling = self
            .ceiling
            .as_ref()
            .map(|ceiling| [Some(ceiling), asked(ceiling), None]);
        let below = match (&self.chosen, &self.ceiling) {
            (Some(chosen), _) => Some([Some(chosen), Some(&self.flags), asked(chosen)]),
            (None, Some(_)) => None,
            (None, None) => Some([Some(&self.flags), Some(&self.manifest), Some(&self.granted)]),
        };
        // The first row is the ceiling, if there is one.
        match ceiling {
            Some(ceiling) => [Some(ceiling), below],
            None => [below, None],
        }
    }

    fn missing(&self, row: usize, capability: &str, request: &Request) -> Refusal {
        let (rule, remedy) = match &self.ceiling {
            Some(ceiling) if row == 0 && request.of_others => (
                format!(
                    "no rule of {} names {} in `to`, as what is others' takes in a service",
                    ceiling.origin, request.target
                ),
                format!(
                    "`to = [\"{}\"]` in {} (only an administrator can add it)",
                    request.target, ceiling.origin
                ),
            ),
            Some(ceiling) if row == 0 => (
                format!("no rule of {} allows it", ceiling.origin),
                format!(
                    "a rule in {} (only an administrator can add one; --allow and --policy cannot widen it)",
                    ceiling.origin
                ),
            ),
            _ => (
                "no rule allows it".into(),
                format!(
                    "--allow {capability}{}={}",
                    flag_options(request),
                    request.target
                ),
            ),
        };
        Refusal {
            rule,
            remedy,
            missing: true,
        }
    }
}

/// The options of a socket that must be named, in the notation of a flag.
fn flag_options(request: &Request) -> String {
    let options: Vec<_> = request.options().map(SocketOption::name).collect();
    match request.options().any(SocketOption::needs_naming) {
        true => format!(":{}", options.join(",")),
        false => String::new(),
    }
}

fn internal(rule: &Rule, kind: &str, request: &Request, names: &[ResolvedName]) -> Decision {
    let name = names.last().map_or("a name", |led| led.name.as_str());
    let target = &request.target;
    let origin = &rule.origin;
    let address = target
        .address()
        .map_or_else(|| target.to_string(), |address| address.to_string());
    Decision::Denied(Refusal {
        rule: format!("{origin} does not name {address}, {kind} that {name} led to"),
        remedy: format!("type the address itself, or name {address} in `to`"),
        missing: true,
    })
}

/// The combined terms of all granting rules. The last one is the nearest to the operator.
fn terms<'a>(granting: impl Iterator<Item = (&'a Rule, &'static str)>) -> Decision {
    let mut terms = Terms {
        rule: Arc::from(""),
        source: "",
        quotas: Vec::new(),
        until: None,
        forced: Vec::new(),
    };
    for (rule, source) in granting {
        (terms.rule, terms.source) = (Arc::clone(&rule.origin), source);
        if !rule.scope.quota.is_unlimited() {
            terms
                .quotas
                .push((Arc::clone(&rule.origin), rule.scope.quota));
        }
        terms.forced.extend(rule.scope.forced.iter().cloned());
        let earlier = |until: Timestamp| terms.until.map_or(until, |other| other.min(until));
        terms.until = rule.scope.until.map(earlier).or(terms.until);
    }
    Decision::Allowed(terms)
}
