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

mod permit;
mod request;

use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use permit::Ticket;
pub use permit::{Outcome, Permit};
pub use request::{Capability, Request, Target};

use crate::audit::{self, Event, Log};
use crate::policy::{Decision, Policies, Subject};

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
    policies: Policies,
    subject: Subject,
    log: Log,
    asked: Mutex<Asked>,
}

/// What the gate remembers of a run: which names became which addresses, and what was denied.
#[derive(Default)]
struct Asked {
    resolved: Vec<(String, Vec<std::net::IpAddr>)>,
    denied: u64,
}

/// After this many denials of one run, the rest are only counted, so that a flood cannot fill the disk.
const DENIALS_RECORDED: u64 = 1000;

impl Gate {
    /// A gate for one run of one plugin.
    pub fn new(policies: Policies, subject: Subject, log: Log) -> Arc<Self> {
        Arc::new(Self {
            policies,
            subject,
            log,
            asked: Mutex::default(),
        })
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
        let asked = self.name_asked(&request.target);
        let decision = self
            .policies
            .decide(capability, &request, asked.as_deref(), &self.subject);
        match decision {
            Decision::Allowed { rule } => {
                let handle = self.log.next_handle();
                let opened = audit::Access {
                    handle,
                    capability,
                    op: request.op,
                    target: &request.target,
                    interface: request.interface.as_deref(),
                    asked: asked.as_deref(),
                    changes: &request.changes,
                    rule: &rule,
                };
                if let Err(error) = self.log.write(&Event::Open(&opened)) {
                    return Err(self.unrecorded(capability, &request, &error));
                }
                Ok(Ticket::new(
                    Arc::clone(self),
                    capability,
                    handle,
                    request,
                    asked,
                ))
            }
            Decision::Denied { rule, remedy } => {
                self.record_denial(capability, &request, asked.as_deref(), &rule);
                Err(Denial {
                    capability: capability.into(),
                    target: request.target.to_string(),
                    rule,
                    remedy,
                })
            }
        }
    }

    /// Remembers that a name became these addresses, so that later requests for the addresses carry
    /// the name that the operator knows.
    pub fn note_resolution(&self, name: &str, addresses: &[std::net::IpAddr]) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match asked.resolved.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => addresses.iter().for_each(|address| {
                if !known.contains(address) {
                    known.push(*address);
                }
            }),
            None => asked.resolved.push((name.to_owned(), addresses.to_vec())),
        }
        self.log.resolved(name, addresses);
    }

    /// Records a denial that was decided elsewhere.
    pub(crate) fn note_denial(&self, capability: &'static str, request: &Request, rule: &str) {
        let asked = self.name_asked(&request.target);
        self.record_denial(capability, request, asked.as_deref(), rule);
    }

    /// The audit log of this run.
    pub fn log(&self) -> &Log {
        &self.log
    }

    fn name_asked(&self, target: &Target) -> Option<String> {
        let address = target.address()?;
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .resolved
            .iter()
            .rev()
            .find(|(_, known)| known.contains(&address))
            .map(|(name, _)| name.clone())
    }

    fn record_denial(
        &self,
        capability: &'static str,
        request: &Request,
        asked: Option<&str>,
        rule: &str,
    ) {
        let count = {
            let mut state = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            state.denied += 1;
            state.denied
        };
        if count > DENIALS_RECORDED {
            self.log.count_unrecorded_denial();
            return;
        }
        let access = audit::Access {
            handle: self.log.next_handle(),
            capability,
            op: request.op,
            target: &request.target,
            interface: request.interface.as_deref(),
            asked,
            changes: &request.changes,
            rule,
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
                _ => format!("the audit log is required and cannot be written: {error}"),
            },
            remedy: "make the audit log writable".into(),
        }
    }
}
