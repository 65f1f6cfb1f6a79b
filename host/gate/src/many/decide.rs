//! Deciding a request for a set: one decision, one record, and a permit that has exceptions.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use super::Many;
use super::account::{ACCESS, Account};
use crate::permit::Ticket;
use crate::{Denial, Gate, OPENS_REMEDY, malformed, suspended, told_opens};
use nethost_core::event::LONGEST_PARTS;
use nethost_core::set::{shown_ports, shown_range};
use nethost_core::{Access, Declared, Exception, Part, Request, TargetSet};
use nethost_policy::{Refusal, SetDecision};

impl Gate {
    /// Decides a request for a set. What is denied of it is an exception of the permit.
    pub(crate) fn decide_set(
        self: &Arc<Self>,
        declared: Declared,
        request: Request,
        set: &Arc<TargetSet>,
    ) -> Result<Ticket, Denial> {
        let capability = declared.name;
        let refused = |refusal| Err(self.refused(capability, &request, None, refusal));
        if !declared.has(&request) {
            return refused(malformed());
        }
        let mut decision = match self.judge_set(capability, &request, set) {
            Ok(decision) => decision,
            Err(refusal) => return refused(refusal),
        };
        let whole_set = decision.clone();
        let used_up = |opens| Refusal {
            rule: told_opens(opens),
            remedy: OPENS_REMEDY.to_owned(),
            missing: false,
        };
        // Its open and its close name the set twice each.
        let named = 4 * set.to_string().len() as u64;
        if let Err(opens) = self.pace.take_many(1 + named / ACCESS) {
            return refused(used_up(opens));
        }
        let mut held = Vec::with_capacity(decision.grounds.len());
        for ground in 0..decision.grounds.len() {
            let terms = self.held(&decision.grounds[ground]);
            if let Some(end) = terms.as_ref().and_then(|held| held.begin().err()) {
                let (rule, remedy) = end.told();
                let spent = Refusal {
                    rule,
                    remedy,
                    missing: false,
                };
                decision.withdraw(ground as u32, spent);
            }
            held.push(terms);
        }
        if let Some(refusal) = whole(&decision, capability, set) {
            return refused(refusal);
        }
        let parts = parts(&decision, set);
        if parts.iter().map(Part::room).sum::<usize>() > LONGEST_PARTS {
            return refused(Refusal {
                rule: "the exceptions of this set do not fit one record".into(),
                remedy: "ask for a smaller network".into(),
                missing: false,
            });
        }
        let handle = self.records.next_handle();
        let rule = rules(&decision);
        let opened = Access {
            handle,
            capability,
            request: &request,
            asked: None,
            rule: &rule,
            grant: decision.grounds.first().map(|terms| terms.source),
            parts: &parts,
        };
        // The broker has decided too, and may have denied more.
        let narrower = self
            .records
            .open(&opened)
            .map_err(|error| self.unrecorded(capability, &request, error))?;
        for (exception, rule) in narrower {
            let refusal = Refusal {
                remedy: format!("a rule of the service's policy instead of {rule}"),
                rule,
                missing: false,
            };
            decision.narrow(&exception, refusal);
        }
        let account = self
            .records
            .are_here()
            .then(|| Mutex::new(Account::new(set)));
        let many = Many {
            set: Arc::clone(set),
            before: (whole_set != decision).then_some(whole_set),
            decision,
            held,
            account,
            unwritten: AtomicBool::new(false),
            owed: AtomicU64::new(0),
            owing_told: AtomicBool::new(false),
        };
        let gate = Arc::clone(self);
        Ok(Ticket::for_many(gate, capability, handle, request, many))
    }

    /// What the policy says of each member of a set, as it stands; an error where that is nothing but no.
    pub(crate) fn judge_set(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
    ) -> Result<SetDecision, Refusal> {
        let standing = self.standing();
        if let Some(why) = standing.suspended {
            return Err(suspended(&why));
        }
        let named = self.resolved.within(set);
        let names = |address| self.resolved.names(address);
        let decision = standing
            .in_force
            .decide_set(capability, request, set, &named, names)?;
        match whole(&decision, capability, set) {
            Some(refusal) => Err(refusal),
            None => Ok(decision),
        }
    }
}

/// Why nothing of the set is allowed, if that is so.
fn whole(decision: &SetDecision, capability: &str, set: &TargetSet) -> Option<Refusal> {
    if !decision.denies_all() {
        return None;
    }
    let exceptions = decision.exceptions();
    let first = exceptions.first()?;
    let mut refusal = decision.refusal(first, capability, set.is_ipv6());
    if exceptions.len() > 1 {
        refusal.rule += &format!(", and {} more", exceptions.len() - 1);
    }
    Some(refusal)
}

/// The rules that allow a part of it.
fn rules(decision: &SetDecision) -> String {
    let mut rules: Vec<&str> = Vec::new();
    for terms in &decision.grounds {
        if !rules.contains(&&*terms.rule) {
            rules.push(&terms.rule);
        }
    }
    rules.join(", ")
}

/// The exceptions as the record has them.
fn parts(decision: &SetDecision, set: &TargetSet) -> Vec<Part> {
    let part = |exception: Exception| {
        let refusal = decision.refusals.get(exception.refusal as usize);
        let addresses: u64 = exception
            .ranges
            .iter()
            .map(|(first, last)| (last - first) as u64 + 1)
            .sum();
        let ports = match &exception.ports[..] {
            [] => u64::from(set.width()),
            ports => ports
                .iter()
                .map(|(first, last)| u64::from(last - first) + 1)
                .sum(),
        };
        let ranges = exception.ranges.iter();
        let shown = ranges.map(|(first, last)| shown_range(set.is_ipv6(), *first, *last));
        Part {
            addresses: shown.collect::<Vec<_>>().join(","),
            ports: match &exception.ports[..] {
                [] => None,
                ports => Some(shown_ports(ports)),
            },
            rule: refusal.map(|refusal| refusal.rule.clone()),
            count: addresses * ports,
        }
    };
    decision.exceptions().into_iter().map(part).collect()
}
