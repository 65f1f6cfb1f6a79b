//! What report-only rules would refuse of what is allowed. Nothing here is part of a decision: it is asked for
//! afterwards, for the record.

use std::net::IpAddr;
use std::sync::Arc;

use super::{InForce, Layer, Refusal, SetDecision};
use crate::rule::{Bearing, Effect, PluginPattern, Rule};
use crate::scope::Scope;
use nethost_core::set::{shown_ports, shown_range};
use nethost_core::{Exception, Request, ResolvedName, SocketOption, TargetSet};

impl InForce {
    /// The rules that only report as denials, beside one rule that allows everything else.
    pub(super) fn trial(&self) -> Option<Box<Self>> {
        let files = self.ceiling.iter().chain(&self.chosen);
        let denies: Vec<Rule> = files.flat_map(|layer| &layer.reports).cloned().collect();
        if denies.is_empty() {
            return None;
        }
        let mut trial = Self::open();
        trial.typed = self.typed.clone();
        trial.flags.denies = denies;
        Some(Box::new(trial))
    }

    /// A policy that allows everything, apart from what names lead to.
    pub(super) fn open() -> Self {
        let all = Rule {
            effect: Effect::Allow,
            plugin: PluginPattern::default(),
            capability: "*".into(),
            to: Vec::new(),
            scope: Scope {
                options: SocketOption::ALL.into(),
                ..Scope::default()
            },
            origin: Arc::from(""),
        };
        Self {
            flags: Layer {
                allows: vec![all],
                ..Layer::default()
            },
            ..Self::default()
        }
    }

    /// The report-only rule that would refuse a request, if it is allowed.
    pub fn reported(
        &self,
        capability: &str,
        request: &Request,
        names: &[ResolvedName],
    ) -> Option<&Arc<str>> {
        let trial = self.trial.as_ref()?;
        let covers =
            |rule: &&Rule| rule.bears(capability, request, names, &trial.typed) == Bearing::Covers;
        let rule = trial.flags.denies.iter().find(covers);
        rule.map(|rule| &rule.origin)
    }

    /// The same of a set whose members were resolved from these names, for people: addresses, ports unless all of
    /// them are meant, and the rule.
    pub fn reported_parts(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
        names: &[ResolvedName],
    ) -> Result<Vec<(String, Option<String>, String)>, Refusal> {
        let names = |_| names.to_vec();
        let decision = self.decide_set(capability, request, set, &[], names)?;
        let reported = self.reported_of_set(capability, request, set, &[], names, &decision)?;
        let shown = |(exception, rule): (Exception, String)| {
            let ranges = exception.ranges.iter();
            let ranges = ranges.map(|(first, last)| shown_range(set.is_ipv6(), *first, *last));
            let addresses = ranges.collect::<Vec<_>>().join(",");
            let ports = (!exception.ports.is_empty()).then(|| shown_ports(&exception.ports));
            (addresses, ports, rule)
        };
        Ok(reported.into_iter().map(shown).collect())
    }

    /// What report-only rules would refuse of the allowed members of a set, rule by rule. An error if they divide the
    /// set into too many parts to tell.
    pub fn reported_of_set(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
        named: &[IpAddr],
        names: impl Fn(IpAddr) -> Vec<ResolvedName>,
        decision: &SetDecision,
    ) -> Result<Vec<(Exception, String)>, Refusal> {
        let Some(trial) = &self.trial else {
            return Ok(Vec::new());
        };
        let tried = trial.decide_set(capability, request, set, named, names)?;
        // Denying these members, too, leaves alone those that are denied anyway.
        let mut left = decision.clone();
        let known = left.refusals.len();
        for exception in tried.exceptions() {
            let refusal = tried.refusals.get(exception.refusal as usize);
            if let Some(refusal) = refusal.filter(|refusal| !refusal.missing) {
                left.narrow(&exception, refusal.clone());
            }
        }
        let exceptions = left.exceptions().into_iter();
        let reported = exceptions.filter(|exception| exception.refusal as usize >= known);
        let with_rule = reported.filter_map(|exception| {
            let refusal = left.refusals.get(exception.refusal as usize)?;
            Some((exception, refusal.rule.clone()))
        });
        Ok(with_rule.collect())
    }
}

#[cfg(test)]
mod tests;
