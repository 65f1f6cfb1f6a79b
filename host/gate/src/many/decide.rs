//! Decides a request for a set: one decision, one record, and a permit with exceptions.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use super::account::{ACCESS, Account};
use super::{Many, except};
use crate::permit::Ticket;
use crate::{Denial, Gate, OPENS_REMEDY, malformed, suspended, told_opens};
use nethost_core::{Access, Declared, Event, Request, TargetSet};
use nethost_policy::{Refusal, SetDecision};

impl Gate {
    /// Decides a request for a set. Its denied parts are exceptions of the permit.
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
            Err(denied) => return Err(self.refused_set(capability, &request, set, denied)),
        };
        let whole_set = decision.clone();
        let used_up = |opens| Refusal {
            rule: told_opens(opens),
            remedy: OPENS_REMEDY.to_owned(),
            missing: false,
        };
        // Its `open` and `close` records contain the set twice each.
        let named = 4 * set.to_string().len() as u64;
        if let Err(opens) = self.pace.take_many(1 + named / ACCESS) {
            return refused(used_up(opens));
        }
        let mut terms = Vec::with_capacity(decision.grounds.len());
        for ground in 0..decision.grounds.len() {
            let of_ground = self.permit_terms(&decision.grounds[ground]);
            if let Some(end) = of_ground.as_ref().and_then(|terms| terms.begin().err()) {
                let (rule, remedy) = end.denial();
                let spent = Refusal {
                    rule,
                    remedy,
                    missing: false,
                };
                decision.withdraw(ground as u32, spent);
            }
            terms.push(of_ground);
        }
        if let Some(refusal) = whole(&decision, capability, set) {
            let denied = DeniedSet {
                refusal,
                decision: Some(Box::new(decision)),
            };
            return Err(self.refused_set(capability, &request, set, denied));
        }
        let Some(portions) = except::portions(&decision, set) else {
            return refused(Refusal {
                rule: "the rules make more exceptions of this set than are put on record".into(),
                remedy: "ask for a smaller network".into(),
                missing: false,
            });
        };
        if let Err(opens) = self.pace.take_many(except::room(&portions) / ACCESS) {
            return refused(used_up(opens));
        }
        let handle = self.records.next_handle();
        let rule = rules(&decision);
        let reports = self.reports_of_set(capability, &request, set, &decision);
        let opened = Access {
            handle,
            capability,
            request: &request,
            asked: None,
            rule: &rule,
            grant: decision.grounds.first().map(|terms| terms.source),
            parts: &[],
            reports: &reports,
        };
        let recorded = self.record_exceptions(&opened, &portions);
        let parts = recorded.map_err(|error| self.unrecorded(capability, &request, error))?;
        let opened = Access { parts, ..opened };
        // The broker has decided, too, and may have denied more.
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
            permit_terms: terms,
            account,
            unwritten: AtomicBool::new(false),
            owed: AtomicU64::new(0),
            owing_told: AtomicBool::new(false),
        };
        let gate = Arc::clone(self);
        Ok(Ticket::for_many(gate, capability, handle, request, many))
    }

    /// Records that nothing of a set is allowed, with the reason for each part if the reasons differ.
    fn refused_set(
        &self,
        capability: &'static str,
        request: &Request,
        set: &TargetSet,
        denied: DeniedSet,
    ) -> Denial {
        self.record_set_denial(capability, request, set, &denied, &denied.refusal.rule);
        Denial {
            capability: capability.into(),
            target: request.target.to_string(),
            rule: denied.refusal.rule,
            remedy: denied.refusal.remedy,
        }
    }

    /// The same for a denial that was decided in another process, for this reason.
    pub(crate) fn record_set_denial(
        &self,
        capability: &'static str,
        request: &Request,
        set: &TargetSet,
        denied: &DeniedSet,
        rule: &str,
    ) {
        let several = denied.decision.as_deref();
        let several = several.filter(|decision| decision.exceptions().len() > 1);
        let portions = several.and_then(|decision| except::portions(decision, set));
        let portions = portions.unwrap_or_default();
        let named = 2 * set.to_string().len() as u64 * portions.len().max(1) as u64;
        let length = named + except::room(&portions);
        if !self.counts_as_recorded(1 + length / ACCESS) {
            return;
        }
        let access = self.denied_access(capability, request, None, rule);
        let recorded = self.record_exceptions(&access, &portions);
        let parts = recorded.unwrap_or_else(|error| {
            self.records.complain(&error);
            &[]
        });
        self.records
            .note(&Event::Denied(&Access { parts, ..access }));
    }

    /// The decision of the policy about each member of a set. An error if all members are denied.
    pub(crate) fn judge_set(
        &self,
        capability: &str,
        request: &Request,
        set: &TargetSet,
    ) -> Result<SetDecision, DeniedSet> {
        let standing = self.standing();
        if let Some(why) = standing.suspended {
            return Err(suspended(&why).into());
        }
        let named = self.resolved.within(set);
        let names = |address| self.resolved.names(address);
        let decision = standing
            .in_force
            .decide_set(capability, request, set, &named, names)?;
        match whole(&decision, capability, set) {
            Some(refusal) => Err(DeniedSet {
                refusal,
                decision: Some(Box::new(decision)),
            }),
            None => Ok(decision),
        }
    }
}

/// Why nothing of a set is allowed.
pub(crate) struct DeniedSet {
    pub(crate) refusal: Refusal,
    /// The decision about its members, if there is one.
    decision: Option<Box<SetDecision>>,
}

impl From<Refusal> for DeniedSet {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            decision: None,
        }
    }
}

/// Why nothing of the set is allowed, if that is the case.
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
