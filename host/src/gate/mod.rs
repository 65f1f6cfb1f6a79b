//! The gate: every capability call passes here before anything happens.
//!
//! A room describes what it is about to do as a [`Request`] and gets a [`Permit`] or a [`Denial`].
//! The decision is written to the audit log before `authorize` returns. A system call with an effect
//! takes the permit by value, and only this module can make one, so a call that was not asked for does
//! not compile:
//!
//! ```compile_fail,E0451
//! struct Echo;
//! impl nethost::gate::Capability for Echo {
//!     const NAME: &'static str = "icmp.echo";
//! }
//! let forged = nethost::gate::Permit::<Echo> { ticket: todo!(), capability: std::marker::PhantomData };
//! ```
//!
//! The gate knows no capability: names and scopes are data that rooms bring.

mod account;
mod held;
mod many;
mod meter;
mod pace;
mod permit;
mod request;
mod resolved;
mod targets;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

pub use many::Excepted;
pub(crate) use many::Member;
pub(crate) use permit::Ticket;
pub use permit::{Outcome, Permit};
pub use request::{Capability, Request, Target};
pub use targets::{BadSet, TargetSet};
pub(crate) use targets::{address_of, number, shown_ports, shown_range};

use crate::audit::{self, Event, Log};
use crate::policy::{Decision, InForce, Policies, Refusal, Subject, Terms};
use held::Held;
use meter::Meter;
use pace::Pace;
use resolved::Resolved;

/// Why a request was refused.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{capability} {target}: denied ({rule}); to allow it: {remedy}")]
pub struct Denial {
    /// Name of the request.
    pub capability: String,
    /// What was asked for.
    pub target: String,
    /// The rule that decided.
    pub rule: String,
    /// What would allow it.
    pub remedy: String,
}

/// The one gate of a run.
pub struct Gate {
    policy: InForce,
    log: Log,
    resolved: Resolved,
    /// The account of each rule that has a quota, shared by all that is open under it.
    meters: Mutex<HashMap<Arc<str>, Arc<Meter>>>,
    denied: AtomicU64,
    /// Packets and messages received, under all permits.
    heard: AtomicU64,
    /// Permits that are not over.
    open: AtomicU64,
    pace: Pace,
}

/// After this many denials of one run, the rest are only counted, so that a flood cannot fill the disk.
const DENIALS_RECORDED: u64 = 1000;

impl Gate {
    /// A gate for one run of one plugin.
    pub fn new(policies: &Policies, subject: &Subject, log: Log) -> Arc<Self> {
        Arc::new(Self {
            policy: policies.in_force(subject),
            log,
            resolved: Resolved::default(),
            meters: Mutex::default(),
            denied: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            open: AtomicU64::new(0),
            pace: Pace::new(policies.limits(subject).opens),
        })
    }

    /// How many packets and messages this run has received.
    pub fn heard(&self) -> u64 {
        self.heard.load(Relaxed)
    }

    /// How many permits are not over.
    pub fn open_permits(&self) -> u64 {
        self.open.load(Relaxed)
    }

    /// Decides a request and records the decision. A permit is returned only after its record is
    /// written.
    pub fn authorize<C: Capability>(
        self: &Arc<Self>,
        request: Request,
    ) -> Result<Permit<C>, Denial> {
        self.decide(C::NAME, request).map(Permit::holding)
    }

    /// The same where the capability is known by its name alone, as by the broker.
    pub(crate) fn decide(
        self: &Arc<Self>,
        capability: &'static str,
        request: Request,
    ) -> Result<Ticket, Denial> {
        if let Target::Set(set) = &request.target {
            let set = Arc::clone(set);
            return self.decide_set(capability, request, &set);
        }
        let names = self.names_of(&request.target);
        // The name that the operator knows the address by, for the record.
        let asked = names.last();
        match self.policy.decide(capability, &request, &names) {
            Decision::Allowed(terms) => {
                let (rule, source) = (Arc::clone(&terms.rule), terms.source);
                let spent = |(rule, remedy)| Refusal {
                    rule,
                    remedy,
                    missing: false,
                };
                if let Err(opens) = self.pace.take() {
                    let rule = format!("opens = {opens} of an hour are used up");
                    let remedy = "raise `opens` in [limits] of the system's policy".to_owned();
                    return Err(self.refused(capability, &request, asked, spent((rule, remedy))));
                }
                let held = self.held(terms);
                if let Some(end) = held.as_ref().and_then(|held| held.begin().err()) {
                    return Err(self.refused(capability, &request, asked, spent(end.told())));
                }
                let handle = self.log.next_handle();
                let opened = audit::Access {
                    handle,
                    capability,
                    request: &request,
                    asked: asked.map(|name| &**name),
                    rule: &rule,
                    grant: Some(source),
                    parts: &[],
                };
                if let Err(error) = self.log.write(&Event::Open(&opened)) {
                    return Err(self.unrecorded(capability, &request, &error));
                }
                let asked = asked.map(Arc::clone);
                Ok(Ticket::new(
                    Arc::clone(self),
                    capability,
                    handle,
                    request,
                    asked,
                    held,
                ))
            }
            Decision::Denied(refusal) => Err(self.refused(capability, &request, asked, refusal)),
        }
    }

    /// True when a rule denies this outright. For what arrives unasked under a permit that is wider than
    /// one host, such as an answer to a group: no record is made, as nothing was attempted.
    pub fn forbids<C: Capability>(&self, request: &Request) -> bool {
        let names = self.names_of(&request.target);
        self.policy.forbidding(C::NAME, request, &names).is_some()
    }

    /// Remembers that a name became these addresses, so that rules about the name apply to them, and
    /// that later requests for them carry the name that the operator knows.
    pub fn note_resolution<C: Capability>(
        &self,
        permit: &Permit<C>,
        name: &str,
        addresses: &[IpAddr],
    ) {
        self.note_name(name, addresses);
        self.log.resolved(permit.handle(), name, addresses);
    }

    /// The same where the permit was looked at already, as by the broker.
    pub(crate) fn note_name(&self, name: &str, addresses: &[IpAddr]) {
        self.resolved.note(name, addresses);
    }

    /// Records a denial that was decided elsewhere.
    pub(crate) fn note_denial(&self, capability: &'static str, request: &Request, rule: &str) {
        let names = self.names_of(&request.target);
        let asked = names.last().map(|name| &**name);
        self.record_denial(capability, request, asked, rule);
    }

    /// The audit log of this run.
    pub fn log(&self) -> &Log {
        &self.log
    }

    fn names_of(&self, target: &Target) -> Vec<Arc<str>> {
        let address = target.address();
        address.map_or_else(Vec::new, |address| self.resolved.names(address))
    }

    fn held(&self, terms: Terms) -> Option<Box<Held>> {
        if terms.quotas.is_empty() && terms.until.is_none() {
            return None;
        }
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = |(rule, quota)| {
            let meter = meters
                .entry(Arc::clone(&rule))
                .or_insert_with(|| Arc::new(Meter::new(quota)));
            (rule, Arc::clone(meter))
        };
        Some(Box::new(Held::new(
            terms.quotas.into_iter().map(meter).collect(),
            terms.until.map(|until| (terms.rule, until)),
        )))
    }

    fn refused(
        &self,
        capability: &'static str,
        request: &Request,
        asked: Option<&Arc<str>>,
        refusal: Refusal,
    ) -> Denial {
        let asked = asked.map(|name| &**name);
        self.record_denial(capability, request, asked, &refusal.rule);
        Denial {
            capability: capability.into(),
            target: request.target.to_string(),
            rule: refusal.rule,
            remedy: refusal.remedy,
        }
    }

    fn record_denial(
        &self,
        capability: &'static str,
        request: &Request,
        asked: Option<&str>,
        rule: &str,
    ) {
        if self.denied.fetch_add(1, Relaxed) >= DENIALS_RECORDED {
            self.log.count_unrecorded_denial();
            return;
        }
        let access = audit::Access {
            handle: self.log.next_handle(),
            capability,
            request,
            asked,
            rule,
            grant: None,
            parts: &[],
        };
        // A denial has no effect to hold back, so a log that fails here cannot let anything through.
        if let Err(error) = self.log.write(&Event::Denied(&access)) {
            self.log.complain(&error);
        }
    }

    fn unrecorded(&self, capability: &str, request: &Request, error: &audit::Error) -> Denial {
        Denial {
            capability: capability.into(),
            target: request.target.to_string(),
            rule: match error {
                audit::Error::Told(rule) => rule.clone(),
                audit::Error::Log { .. } => {
                    format!("the audit log is required and cannot be written: {error}")
                }
            },
            remedy: "make the audit log writable".into(),
        }
    }
}

#[cfg(test)]
mod tests;
