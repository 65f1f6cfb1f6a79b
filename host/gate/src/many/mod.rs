//! One permit for many: one decision over a set of targets, sends checked against it member by member, and an exact
//! account of which members were used.

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
use super::held::Held;
use nethost_core::{Request, Target, TargetSet};
use nethost_policy::SetDecision;

pub(super) use account::Account;

/// About how many bytes a permit for this request takes, with the account of what is used of a set.
pub fn room(request: &Request) -> usize {
    let account = match &request.target {
        Target::Set(set) => Account::room(set),
        _ => 0,
    };
    request.size() + account
}

/// The set of a permit, and what was decided of it.
pub(super) struct Many {
    set: Arc<TargetSet>,
    /// As the rules decided when it was opened, where that is another.
    before: Option<SetDecision>,
    /// As it holds: without what was used up then, or another process denies.
    decision: SetDecision,
    /// The terms of each ground, where it has any.
    held: Vec<Option<Box<Held>>>,
    /// Kept where the log is.
    account: Option<Mutex<Account>>,
    /// What was used could not be written, and had to be.
    unwritten: AtomicBool,
    /// So many accesses as its records count for were not to be had: nothing is sent until they are.
    owed: AtomicU64,
    /// That is on record.
    owing_told: AtomicBool,
}

impl Many {
    /// Whether the time of a ground is over.
    fn has_ended(&self, ground: u32) -> bool {
        let terms = self.decision.grounds.get(ground as usize);
        let until = terms.and_then(|terms| terms.until);
        until.is_some_and(|until| jiff::Timestamp::now() >= until)
    }

    /// About how many bytes its decisions take.
    pub(super) fn room(&self) -> usize {
        let before = self.before.as_ref().map_or(0, SetDecision::size);
        self.decision.size() + before
    }
}

/// A member that may be sent to.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Where it is. Its port is 0 where there are none.
    pub at: SocketAddr,
    /// Its number.
    pub number: u32,
    ground: u32,
    /// Whether one more may be sent is for the account to say when this one was.
    pub is_metered: bool,
}

/// Members of a set that were refused, and why.
#[derive(Debug, Clone)]
pub struct Excepted {
    /// First and last address.
    pub ranges: Vec<(IpAddr, IpAddr)>,
    /// First and last port; none where all that were asked for are meant.
    pub ports: Vec<(u16, u16)>,
    /// Why.
    pub denial: Denial,
}

#[cfg(test)]
mod tests;
