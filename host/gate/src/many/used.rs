//! The record of the used members.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::account::{Account, Used};
use crate::permit::Ticket;
use nethost_core::event::LONGEST_PARTS;
use nethost_core::{Event, Part};

impl Ticket {
    /// Records what was used since the last call. If `last` says so, a part can be left for the `close` record, and
    /// is returned. None if a record had to be written and could not be.
    pub(super) fn tell(
        &self,
        account: &mut Account,
        last: impl Fn(&[Part]) -> bool,
    ) -> Option<Vec<Part>> {
        let (mut parts, mut room, mut written) = (Vec::new(), 0, true);
        account.drain(|used| {
            if room + used.room() > LONGEST_PARTS {
                written &= self.write_used(&parts);
                parts.clear();
                room = 0;
            }
            room += used.room();
            parts.push(Part::from(used));
        });
        if !parts.is_empty() && !last(&parts) {
            written &= self.write_used(&parts);
            parts.clear();
        }
        written.then_some(parts)
    }

    fn write_used(&self, parts: &[Part]) -> bool {
        let access = self.access(parts);
        let written = self.gate.records.record(&Event::Used(&access));
        written
            .inspect_err(|error| self.gate.records.complain(error))
            .is_ok()
    }

    /// What was used, for the `close` record. If it does not fit, more records are written before it.
    pub(crate) fn used(&self) -> Vec<Part> {
        let account = self.many.as_ref().and_then(|many| many.account.as_ref());
        let Some(account) = account else {
            return Vec::new();
        };
        self.tell(&mut locked(account), |_| true)
            .unwrap_or_default()
    }
}

impl From<Used> for Part {
    fn from(used: Used) -> Self {
        Self {
            addresses: used.addresses,
            ports: used.ports,
            rule: None,
            count: used.count,
        }
    }
}

pub(super) fn locked(account: &Mutex<Account>) -> MutexGuard<'_, Account> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}
