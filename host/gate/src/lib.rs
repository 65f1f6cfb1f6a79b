//! The gate: each call of a capability passes here before it has an effect.
//!
//! A capability describes what it is about to do as a [`Request`] and gets a [`Permit`] or a [`Denial`]. The decision
//! is written to the audit log before `authorize` returns. A system call with an effect takes the permit by value,
//! and only this module can create one, so a call without authorization does not compile:
//!
//! ```compile_fail,E0451
//! struct Echo;
//! impl nethost_core::Capability for Echo {
//!     const NAME: &'static str = "icmp.echo";
//!     const TARGETS: &'static [nethost_core::TargetKind] = &[];
//!     const OPS: &'static [&'static str] = &[];
//! }
//! let forged = nethost_gate::Permit::<Echo> { ticket: todo!(), capability: std::marker::PhantomData };
//! ```
//!
//! The gate does not know any capability: names and scopes are data that capabilities provide.

mod accounts;
mod denial;
mod many;
mod meter;
mod pace;
mod parts;
mod permit;
mod permit_terms;
mod records;
mod report;
mod resolved;
mod undo;

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

pub use accounts::{Accounts, UserAccounts};
pub use denial::Denial;
pub use many::{Excepted, Member, room};
pub use permit::{Permit, Ticket};

use denial::{OPENS_REMEDY, malformed, suspended, told_opens};
use meter::Meter;
use nethost_core::{
    Access, Authority, Capability, Claim, Declared, Event, HostName, RecordError, Recorder,
    Request, RequestPart, ResolvedName, Target,
};
use nethost_policy::{Decision, InForce, Policies, Quota, Refusal, Subject, Terms};
use pace::Pace;
use permit_terms::PermitTerms;
use records::Records;
use resolved::Resolved;

/// The policy in force.
#[derive(Clone)]
struct Standing {
    in_force: Arc<InForce>,
    /// Why nothing new is allowed.
    suspended: Option<Arc<str>>,
}

/// The account of each rule with a quota, shared by all permits of that rule.
type Meters = HashMap<(Arc<str>, Quota), Arc<Meter>>;

/// The gate of a run.
pub struct Gate {
    policy: RwLock<Standing>,
    records: Records,
    resolved: Resolved,
    meters: Mutex<Meters>,
    denied: AtomicU64,
    /// Packets and messages received, under all permits.
    heard: AtomicU64,
    /// The number of permits in use.
    open: AtomicU64,
    pace: Pace,
    /// Accounts that are shared with other runs of the same user.
    shared: Option<UserAccounts>,
}

impl Gate {
    /// A gate for one run of a plugin. `records` is the destination of its records.
    pub fn new(policies: &Policies, subject: &Subject, recorder: Arc<dyn Recorder>) -> Arc<Self> {
        Self::with(policies, subject, Records::new(recorder, None), None)
    }

    /// The same, with accounts that are shared with other runs of the same user.
    pub fn sharing(
        policies: &Policies,
        subject: &Subject,
        recorder: Arc<dyn Recorder>,
        shared: UserAccounts,
    ) -> Arc<Self> {
        Self::with(
            policies,
            subject,
            Records::new(recorder, None),
            Some(shared),
        )
    }

    /// The same in a process without privilege. The process with the privilege decides, too.
    pub fn behind<B: Authority + Recorder + 'static>(
        policies: &Policies,
        subject: &Subject,
        broker: Arc<B>,
    ) -> Arc<Self> {
        let recorder: Arc<dyn Recorder> = broker.clone();
        Self::with(
            policies,
            subject,
            Records::new(recorder, Some(broker)),
            None,
        )
    }

    fn with(
        policies: &Policies,
        subject: &Subject,
        records: Records,
        shared: Option<UserAccounts>,
    ) -> Arc<Self> {
        let opens = policies.limits(subject).opens;
        let opened = shared.and_then(|shared| shared.account(&"opens"));
        Arc::new(Self {
            policy: RwLock::new(Standing {
                in_force: Arc::new(policies.in_force(subject)),
                suspended: None,
            }),
            records,
            resolved: Resolved::default(),
            meters: Mutex::default(),
            denied: AtomicU64::new(0),
            heard: AtomicU64::new(0),
            open: AtomicU64::new(0),
            pace: match opened {
                Some(opened) => Pace::sharing(opens, opened),
                None => Pace::new(opens),
            },
            shared,
        })
    }

    /// The number of packets and messages that this run has received.
    pub fn heard(&self) -> u64 {
        self.heard.load(Relaxed)
    }

    /// The number of permits in use.
    pub fn open_permits(&self) -> u64 {
        self.open.load(Relaxed)
    }

    /// Decides a request and records the decision. A permit is returned only after its record is written.
    pub fn authorize<C: Capability>(
        self: &Arc<Self>,
        request: Request,
    ) -> Result<Permit<C>, Denial> {
        self.decide(Declared::of::<C>(), request)
            .map(Permit::holding)
    }

    /// The same for a capability that is known by its name only, as in the broker.
    pub fn decide(
        self: &Arc<Self>,
        declared: Declared,
        request: Request,
    ) -> Result<Ticket, Denial> {
        let capability = declared.name;
        if let Target::Set(set) = &request.target {
            let set = Arc::clone(set);
            return self.decide_set(declared, request, &set);
        }
        let names = self.names_of(&request.target);
        // The name by which the operator knows the address, for the record.
        let asked = names.last().map(|led| led.name.shared());
        let asked = asked.as_ref();
        if !declared.has(&request) {
            return Err(self.refused(capability, &request, asked, malformed()));
        }
        match self.judge(capability, &request, &names) {
            Decision::Allowed(terms) => {
                let (rule, source) = (Arc::clone(&terms.rule), terms.source);
                let mut request = request;
                if let Err(refusal) = force(&declared, &mut request, &terms) {
                    return Err(self.refused(capability, &request, asked, refusal));
                }
                let spent = |(rule, remedy)| Refusal {
                    rule,
                    remedy,
                    missing: false,
                };
                if let Err(opens) = self.pace.take() {
                    let rule = told_opens(opens);
                    let remedy = OPENS_REMEDY.to_owned();
                    return Err(self.refused(capability, &request, asked, spent((rule, remedy))));
                }
                let permit_terms = self.permit_terms(&terms);
                if let Some(end) = permit_terms.as_ref().and_then(|terms| terms.begin().err()) {
                    return Err(self.refused(capability, &request, asked, spent(end.denial())));
                }
                let reports = self.reports(capability, &request, &names);
                let handle = self.records.next_handle();
                let opened = Access {
                    handle,
                    capability,
                    request: &request,
                    asked: asked.map(|name| &**name),
                    rule: &rule,
                    grant: Some(source),
                    parts: &[],
                    reports: &reports,
                };
                if let Err(error) = self.records.open(&opened) {
                    return Err(self.unrecorded(capability, &request, error));
                }
                let asked = asked.map(Arc::clone);
                Ok(Ticket::new(
                    Arc::clone(self),
                    capability,
                    handle,
                    request,
                    asked,
                    terms,
                    permit_terms,
                ))
            }
            Decision::Denied(refusal) => Err(self.refused(capability, &request, asked, refusal)),
        }
    }

    /// True if a rule denies this. For packets that arrive unrequested under a permit for more than one host, such as
    /// replies to a group. Nothing is recorded, because nothing was requested.
    pub fn forbids<C: Capability>(&self, request: &Request) -> bool {
        self.forbids_named(C::NAME, request)
    }

    fn forbids_some(&self, capability: &str) -> bool {
        self.standing().in_force.denying(capability).is_some()
    }

    fn forbids_named(&self, capability: &str, request: &Request) -> bool {
        let names = self.names_of(&request.target);
        let policy = self.standing().in_force;
        policy.forbidding(capability, request, &names).is_some()
    }

    /// Whether a request would be allowed. For facts about a target that are returned before it is requested. Nothing
    /// is recorded, because nothing is done.
    pub fn would_allow(&self, declared: Declared, request: &Request) -> bool {
        declared.is_about(&request.target) && self.would_decide(declared.name, request)
    }

    fn would_decide(&self, capability: &str, request: &Request) -> bool {
        let names = self.names_of(&request.target);
        matches!(
            self.judge(capability, request, &names),
            Decision::Allowed(_)
        )
    }

    /// Remembers the addresses of a name, so that rules about the name apply to them, and that records of later
    /// requests for them contain the name that the operator knows.
    pub fn note_resolution<C: Capability>(
        &self,
        permit: &Permit<C>,
        name: &HostName,
        addresses: &[IpAddr],
    ) {
        self.note_name(name, addresses);
        self.records.resolved(permit.handle(), name, addresses);
    }

    /// Remembers the full name that a short name was resolved to, so that a rule that denies the full name applies.
    /// Refuses the lookup if the full name is denied.
    pub fn note_full_name<C: Capability>(
        self: &Arc<Self>,
        op: &'static str,
        full: &HostName,
        addresses: &[IpAddr],
    ) -> Result<(), Denial> {
        self.note_name(full, addresses);
        let request = Request::new(op, Target::Name(full.clone()));
        match self.forbids::<C>(&request) {
            true => self.authorize::<C>(request).map(drop),
            false => Ok(()),
        }
    }

    /// The same if the permit was already checked, as in the broker.
    pub fn note_name(&self, name: &HostName, addresses: &[IpAddr]) {
        self.resolved.note(name, addresses);
    }

    /// Records that the plugin is about to run with these arguments, and which kinds of confinement this kernel does
    /// not support. A plugin without this record does not run.
    pub fn record_start(
        &self,
        args: &[String],
        unconfined: &[&'static str],
    ) -> Result<(), RecordError> {
        self.records.record(&Event::RunStart { args, unconfined })
    }

    /// Records that the run has ended, and why the host ended it, if it did.
    pub fn record_end(&self, exit: u8, stopped: Option<&str>) -> Result<(), RecordError> {
        self.records.record(&Event::RunEnd {
            exit,
            stopped,
            unrecorded_denials: self.records.unrecorded_denials(),
            claimed: &[],
        })
    }

    /// The same as reported by another process, which also left this many denials unrecorded. Facts that only that
    /// process knows are recorded as its claim.
    pub fn record_claimed_end(
        &self,
        exit: u8,
        stopped: Option<&str>,
        unrecorded_denials: u64,
    ) -> Result<(), RecordError> {
        let counted_here = self.records.unrecorded_denials();
        let all = [Claim::Exit, Claim::Stopped, Claim::UnrecordedDenials];
        let claimed = match unrecorded_denials {
            0 => all.get(..2),
            _ => Some(&all[..]),
        };
        self.records.record(&Event::RunEnd {
            exit,
            stopped,
            unrecorded_denials: counted_here.saturating_add(unrecorded_denials),
            claimed: claimed.unwrap_or_default(),
        })
    }

    /// Reports once that an event is not recorded.
    pub fn complain(&self, error: &RecordError) {
        self.records.complain(error);
    }

    /// Uses this policy for all later decisions. Existing permits are checked by their tickets.
    pub fn adopt(&self, policies: &Policies, subject: &Subject) {
        *self.policy.write().unwrap_or_else(PoisonError::into_inner) = Standing {
            in_force: Arc::new(policies.in_force(subject)),
            suspended: None,
        };
        let site = policies.ceiling.as_ref();
        self.records
            .policy_changed(site.map(|site| site.digest.clone()));
    }

    /// Allows nothing new from now on, for this reason.
    pub fn suspend(&self, why: &str) {
        let mut standing = self.policy.write().unwrap_or_else(PoisonError::into_inner);
        standing.suspended = Some(Arc::from(why));
    }

    fn standing(&self) -> Standing {
        let standing = self.policy.read();
        standing.unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn judge(&self, capability: &str, request: &Request, names: &[ResolvedName]) -> Decision {
        let standing = self.standing();
        match standing.suspended {
            Some(why) => Decision::Denied(suspended(&why)),
            None => standing.in_force.decide(capability, request, names),
        }
    }

    fn names_of(&self, target: &Target) -> Vec<ResolvedName> {
        let address = target.address();
        address.map_or_else(Vec::new, |address| self.resolved.names(address))
    }

    fn permit_terms(&self, terms: &Terms) -> Option<Box<PermitTerms>> {
        if terms.quotas.is_empty() && terms.until.is_none() {
            return None;
        }
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let meter = |(rule, quota): &(Arc<str>, Quota)| {
            let meter = meters
                .entry((Arc::clone(rule), *quota))
                .or_insert_with(|| Arc::new(self.meter(rule, *quota)));
            (Arc::clone(rule), Arc::clone(meter))
        };
        Some(Box::new(PermitTerms::new(
            terms.quotas.iter().map(meter).collect(),
            terms.until.map(|until| (Arc::clone(&terms.rule), until)),
        )))
    }

    fn meter(&self, rule: &str, quota: Quota) -> Meter {
        let Some(shared) = self.shared else {
            return Meter::new(quota);
        };
        match shared.account(&(rule, format!("{quota:?}"))) {
            Some(account) => Meter::sharing(quota, account),
            // No account is left, so nothing can be allowed.
            None => Meter::new(Quota {
                packets: Some(0),
                ..quota
            }),
        }
    }
}

/// Adds what the rules force to the details of a request. A rule that forces what the request does not know does not
/// allow it.
fn force(declared: &Declared, request: &mut Request, terms: &Terms) -> Result<(), Refusal> {
    if terms.forced.is_empty() {
        return Ok(());
    }
    if !declared.parts.contains(&RequestPart::Forced) {
        return Err(Refusal {
            rule: terms.rule.to_string(),
            remedy: "remove `filter` and `snapshot` from the rule: they are for capture.live"
                .into(),
            missing: false,
        });
    }
    for forced in &terms.forced {
        if !request.changes.contains(forced) {
            request.changes.push(forced.clone());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
