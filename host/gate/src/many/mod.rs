//! One permit for many targets: one decision about a set, a check of each packet against it, and an exact account of
//! the used members.

mod account;
mod decide;
mod except;
mod member;
mod tell;
mod tile;
mod used;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use super::Denial;
use super::permit_terms::PermitTerms;
use nethost_core::{Request, Target, TargetSet};
use nethost_policy::SetDecision;

pub(super) use account::Account;

/// The approximate size in bytes of a permit for this request, with the account of the used members.
pub fn room(request: &Request) -> usize {
    let account = match &request.target {
        Target::Set(set) => Account::room(set),
        _ => 0,
    };
    request.size() + account
}

/// The set of a permit, and the decision about it.
pub(super) struct Many {
    set: Arc<TargetSet>,
    /// The decision of the rules when it was opened, if it differs from `decision`.
    before: Option<SetDecision>,
    /// The decision in force: without members whose quota was used up then, or that another process denies.
    decision: SetDecision,
    /// The terms of each ground, if it has any.
    permit_terms: Vec<Option<Box<PermitTerms>>>,
    /// Only in the process that writes the log.
    account: Option<Mutex<Account>>,
    /// The account could not be written although it had to be.
    unwritten: AtomicBool,
    /// The number of accesses that its records count as and that were not available. Nothing is sent until they are.
    owed: AtomicU64,
    /// This is recorded.
    owing_told: AtomicBool,
}

impl Many {
    /// Whether the time of a ground is over.
    fn has_ended(&self, ground: u32) -> bool {
        let terms = self.decision.grounds.get(ground as usize);
        let until = terms.and_then(|terms| terms.until);
        until.is_some_and(|until| jiff::Timestamp::now() >= until)
    }

    /// The approximate size of its decisions in bytes.
    pub(super) fn room(&self) -> usize {
        let before = self.before.as_ref().map_or(0, SetDecision::size);
        self.decision.size() + before
    }
}

/// A member that can be sent to.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its address. The port is 0 if there are none.
    pub at: SocketAddr,
    /// Its number.
    pub number: u32,
    ground: u32,
    /// Whether quotas limit what is sent to it.
    pub is_metered: bool,
}

/// Denied members of a set, and the reason.
#[derive(Debug, Clone)]
pub struct Excepted {
    /// First and last address.
    pub ranges: Vec<(IpAddr, IpAddr)>,
    /// First and last port. None if all requested ports are meant.
    pub ports: Vec<(u16, u16)>,
    /// Why.
    pub denial: Denial,
}

#[cfg(test)]
mod tests;
