//! Keeps what the gate decides, in its order.

use std::sync::{Mutex, PoisonError};

use nethost_core::{Access, Event, RecordError, Recorder};
use serde::Serialize;

/// A request that the plugin has made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requested {
    /// The name of the request, such as `icmp.echo`.
    pub capability: String,
    /// The function of the contract that made it, such as `echo-socket.open`.
    pub function: String,
    /// The target in its canonical form.
    pub target: String,
    /// The rule that decided.
    pub rule: String,
    /// Whether it was denied.
    pub denied: bool,
}

impl Requested {
    /// As scenarios write it: `icmp.echo to 192.0.2.1, denied`.
    pub fn line(&self) -> String {
        let denied = if self.denied { ", denied" } else { "" };
        format!("{} to {}{denied}", self.capability, self.target)
    }
}

/// The records of one run.
#[derive(Default)]
pub(crate) struct Requests(Mutex<Vec<Requested>>);

impl Requests {
    pub(crate) fn take(&self) -> Vec<Requested> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, access: &Access<'_>, denied: bool) {
        let requested = Requested {
            capability: access.capability.into(),
            function: access.request.op.into(),
            target: access.request.target.to_string(),
            rule: access.rule.into(),
            denied,
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.push(requested);
    }
}

impl Recorder for Requests {
    fn record(&self, event: &Event<'_>) -> Result<(), RecordError> {
        match event {
            Event::Open(access) => self.add(access, false),
            Event::Denied(access) => self.add(access, true),
            _ => {}
        }
        Ok(())
    }

    fn is_here(&self) -> bool {
        true
    }

    fn policy_changed(&self, _: Option<String>) {}
}
