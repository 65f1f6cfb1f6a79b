//! One probe of the table, in eight octets, because a group can have millions.

use crate::state::{Reason, State};

/// What is known of a port, and how often it was asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    /// When it was sent last, in microseconds of the run.
    pub(crate) sent: u32,
    pub(crate) tries: u8,
    found: Option<State>,
    reason: Reason,
    ttl: u8,
}

impl Default for Cell {
    fn default() -> Self {
        Self {
            sent: 0,
            tries: 0,
            found: None,
            reason: Reason::NoResponse,
            ttl: 0,
        }
    }
}

impl Cell {
    pub(crate) fn is_known(&self) -> bool {
        self.found.is_some()
    }

    /// Whether an answer is waited for.
    pub(crate) fn is_under_way(&self) -> bool {
        // Before something is known, the hop limit has another use.
        self.found.is_none() && self.ttl == 1
    }

    pub(crate) fn set_under_way(&mut self, under_way: bool) {
        if self.found.is_none() {
            self.ttl = under_way.into();
        }
    }

    pub(crate) fn know(&mut self, state: State, reason: Reason, ttl: u8) {
        self.found = Some(state);
        self.reason = reason;
        self.ttl = ttl;
    }

    /// The state, its reason and the hop limit of what showed it; if nothing did, what silence says.
    pub(crate) fn result(&self, silence: State) -> (State, Reason, u8) {
        match self.found {
            Some(state) => (state, self.reason, self.ttl),
            None => (silence, Reason::NoResponse, 0),
        }
    }
}
