//! Judging what a log has on record under another policy. A record does not have everything that rules are about: what
//! depends on something else has no verdict, instead of a guessed one.

use std::sync::Arc;

use super::{Decision, InForce, Refusal, SetDecision, Terms};
use crate::args::Typed;
use crate::pattern::Pattern;
use crate::rule::{Bearing, Effect, Rule};
use crate::{Policies, Policy, Subject, UserPattern};
use nethost_core::{Exception, Request, ResolvedName, TargetSet};

const NO_GROUPS: &str = "the groups of its user are not on record";
const NO_ARGUMENTS: &str = "the arguments of its run are not on record";
const NO_FOLDER: &str = "the folder and the home of its user are not on record";
const NO_NAMES: &str = "the names that led to members of a set are not on record";
const NO_SOURCE: &str = "it is not on record whether /etc/hosts or a name server led to it";

/// What another policy says to an access that is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Again {
    /// It is allowed, on these terms.
    Allowed {
        /// The terms.
        terms: Terms,
        /// The report-only rule that would deny it.
        reported: Option<Arc<str>>,
    },
    /// It is denied.
    Denied(Refusal),
    /// The record lacks this to tell.
    Unknown(&'static str),
}

/// The same of a set: members whose verdict changes, with the rule that makes the difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetAgain {
    /// What changes.
    Changes {
        /// Allowed on record, and denied by this rule.
        denied: Vec<(Exception, String)>,
        /// Denied on record, and allowed by these rules.
        allowed: Vec<(Exception, String)>,
        /// Allowed, and a report-only rule would deny it.
        reported: Vec<(Exception, String)>,
    },
    /// The record lacks this to tell.
    Unknown(&'static str),
}

/// A policy as far as records of one plugin and one user tell what it says to them.
pub struct Judge {
    named: Side,
    files: Side,
    sets: Side,
}

/// Which kind of target, since records lack other things for each of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// One that the record names whole.
    Named,
    File,
    Set,
}

/// The rules for one kind of target.
struct Side {
    /// What can be told.
    known: InForce,
    /// What may be about a request or not, made as wide as it may be, and what is missing to tell.
    unknown: Vec<(Rule, &'static str)>,
}

impl Judge {
    /// For records of this plugin and user. `groups` of the user are ignored. Without `args`, the arguments are not
    /// known.
    pub fn new(policy: &Policy, subject: &Subject, args: Option<&[String]>) -> Self {
        let side = |about| Side::new(policy, subject, args, about);
        Self {
            named: side(About::Named),
            files: side(About::File),
            sets: side(About::Set),
        }
    }

    /// Judges an access to one target.
    pub fn decide(&self, capability: &str, request: &Request, names: &[ResolvedName]) -> Again {
        let side = match request.target {
            nethost_core::Target::Path(_) => &self.files,
            _ => &self.named,
        };
        let again = side.decide(capability, request, names);
        if names.is_empty() || request.target.address().is_none() {
            return again;
        }
        // An address of this machine or its link may be reached by a name of /etc/hosts, not by one of a name server.
        let from_hosts_file = |name: &ResolvedName| ResolvedName {
            from_hosts_file: true,
            ..name.clone()
        };
        let trusted: Vec<_> = names.iter().map(from_hosts_file).collect();
        match (&again, side.decide(capability, request, &trusted)) {
            (Again::Denied(_), Again::Denied(_))
            | (Again::Allowed { .. }, Again::Allowed { .. }) => again,
            (Again::Unknown(_), _) => again,
            (_, Again::Unknown(why)) => Again::Unknown(why),
            _ => Again::Unknown(NO_SOURCE),
        }
    }

    /// Judges an access to a set, of which these members were denied. What is in `kept` is denied whatever the policy
    /// says.
    pub fn decide_set(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
        denied: &[Exception],
        kept: &[Exception],
    ) -> SetAgain {
        let side = &self.sets;
        let could = |effect| {
            side.unknown.iter().find(|(rule, _)| {
                rule.effect == effect && (rule.capability == "*" || rule.capability == capability)
            })
        };
        let whole = || Exception {
            ranges: set.ranges().to_vec(),
            ports: Vec::new(),
            refusal: 0,
        };
        let nothing = Refusal {
            rule: String::new(),
            remedy: String::new(),
            missing: false,
        };
        let no_names = |_| Vec::new();
        let open = InForce::open();
        let Ok(mut before) = open.decide_set(capability, request, set, &[], no_names) else {
            return SetAgain::Unknown("this nethost takes the set for too large");
        };
        for exception in denied.iter().chain(kept) {
            before.narrow(exception, nothing.clone());
        }
        let now = side
            .known
            .decide_set(capability, request, set, &[], no_names);
        let mut now = match now {
            Ok(now) => now,
            // All of it is refused.
            Err(refusal) => {
                let mut none = before.clone();
                none.narrow(&whole(), refusal);
                let all = new_exceptions(&none, before.refusals.len());
                return SetAgain::Changes {
                    denied: all,
                    allowed: Vec::new(),
                    reported: Vec::new(),
                };
            }
        };
        let lacks_rule = |exception: &Exception| {
            let refusal = now.refusals.get(exception.refusal as usize);
            refusal.is_some_and(|refusal| refusal.missing)
        };
        if let Some((_, why)) = could(Effect::Allow)
            && now.exceptions().iter().any(lacks_rule)
        {
            return SetAgain::Unknown(why);
        }
        let may_refuse = could(Effect::Deny).or_else(|| could(Effect::Report));
        if let Some((_, why)) = may_refuse
            && !now.denies_all()
        {
            return SetAgain::Unknown(why);
        }
        for exception in kept {
            now.narrow(exception, nothing.clone());
        }
        let reported = side
            .known
            .reported_of_set(capability, request, set, &[], no_names, &now);
        let Ok(reported) = reported else {
            return SetAgain::Unknown("the report-only rules divide the set into too many parts");
        };
        let known = before.refusals.len();
        let mut after = before.clone();
        for exception in now.exceptions() {
            if let Some(refusal) = now.refusals.get(exception.refusal as usize) {
                after.narrow(&exception, refusal.clone());
            }
        }
        let newly_denied = new_exceptions(&after, known);
        let mut allowed = Vec::new();
        for (ground, terms) in now.grounds.iter().enumerate() {
            // Of what this rule allows, what was denied before.
            let mut of_ground = now.clone();
            for exception in denied {
                of_ground.withdraw_within(ground as u32, exception);
            }
            let withdrawn = new_exceptions(&of_ground, now.refusals.len());
            allowed.extend(
                withdrawn
                    .into_iter()
                    .map(|(part, _)| (part, terms.rule.to_string())),
            );
        }
        SetAgain::Changes {
            denied: newly_denied,
            allowed,
            reported,
        }
    }
}

/// What is denied for reasons from this one on.
fn new_exceptions(decision: &SetDecision, from: usize) -> Vec<(Exception, String)> {
    let exceptions = decision.exceptions().into_iter();
    let new = exceptions.filter(|exception| exception.refusal as usize >= from);
    let with_rule = new.filter_map(|exception| {
        let refusal = decision.refusals.get(exception.refusal as usize)?;
        Some((exception, refusal.rule.clone()))
    });
    with_rule.collect()
}

impl Side {
    fn new(policy: &Policy, subject: &Subject, args: Option<&[String]>, about: About) -> Self {
        let mut subject = Subject {
            args: args.unwrap_or_default().to_vec(),
            ..subject.clone()
        };
        subject.user.groups.clear();
        let typed_names = Typed::new(&subject.args).has_names();
        let lacking = |pattern: &Pattern| match pattern {
            Pattern::Arguments | Pattern::Series if args.is_none() => Some(NO_ARGUMENTS),
            Pattern::Arguments | Pattern::Series if about == About::File => Some(NO_FOLDER),
            Pattern::Arguments if about == About::Set && typed_names => Some(NO_NAMES),
            Pattern::Name(_) | Pattern::Suffix(_) if about == About::Set => Some(NO_NAMES),
            pattern if about == About::File && pattern.is_relative() => Some(NO_FOLDER),
            _ => None,
        };
        let (mut known, mut unknown) = (Vec::new(), Vec::new());
        // A plugin that does not run reaches nothing.
        let signers = policy.signers.as_ref();
        let unsigned = signers.filter(|signers| !signers.accept(&subject));
        known.extend(unsigned.map(|signers| Rule::denying_all(&signers.refusal(&subject))));
        for rule in policy
            .rules
            .iter()
            .filter(|_| unsigned.is_none())
            .filter(|rule| rule.plugin.matches(&subject))
        {
            let mut wide = rule.clone();
            wide.scope.users.clear();
            match is_about(&rule.scope.users, &subject) {
                Some(false) => continue,
                Some(true) => {}
                None => {
                    if rule.to.iter().any(|pattern| lacking(pattern).is_some()) {
                        wide.to.clear();
                    }
                    unknown.push((wide, NO_GROUPS));
                    continue;
                }
            }
            let Some(why) = rule.to.iter().find_map(&lacking) else {
                known.push(rule.clone());
                continue;
            };
            wide.to.clear();
            unknown.push((wide, why));
            let mut narrow = rule.clone();
            narrow.to.retain(|pattern| lacking(pattern).is_none());
            if !narrow.to.is_empty() {
                known.push(narrow);
            }
        }
        let policies = Policies {
            ceiling: Some(Policy {
                rules: known,
                ..policy.clone()
            }),
            ..Policies::default()
        };
        Self {
            known: policies.in_force(&subject),
            unknown,
        }
    }

    fn decide(&self, capability: &str, request: &Request, names: &[ResolvedName]) -> Again {
        let could = |effect| {
            let bears = |rule: &Rule| rule.bears(capability, request, names, &self.known.typed);
            let mut unknown = self.unknown.iter();
            unknown
                .find(|(rule, _)| rule.effect == effect && !matches!(bears(rule), Bearing::Not(_)))
        };
        match self.known.decide(capability, request, names) {
            Decision::Denied(refusal) => match could(Effect::Allow) {
                Some((_, why)) if refusal.missing => Again::Unknown(why),
                _ => Again::Denied(refusal),
            },
            Decision::Allowed(terms) => {
                if let Some((_, why)) = could(Effect::Deny) {
                    return Again::Unknown(why);
                }
                let reported = self.known.reported(capability, request, names).cloned();
                match could(Effect::Report) {
                    Some((_, why)) if reported.is_none() => Again::Unknown(why),
                    _ => Again::Allowed { terms, reported },
                }
            }
        }
    }
}

/// Whether a rule is about this user, whose groups are not known.
fn is_about(users: &[UserPattern], subject: &Subject) -> Option<bool> {
    if users.is_empty() {
        return Some(true);
    }
    let mut known = true;
    for pattern in users {
        let matches = match pattern {
            UserPattern::GroupName(_) | UserPattern::GroupId(_) => None,
            UserPattern::Name(_) | UserPattern::Id(_) => pattern.matches(&subject.user),
        };
        match matches {
            Some(true) => return Some(true),
            Some(false) => {}
            None => known = false,
        }
    }
    known.then_some(false)
}
