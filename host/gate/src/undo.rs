//! Records of what nethost undoes itself: a change that a plugin began and did not complete. No policy decides about it,
//! because it restores what was there; but it is on record before it happens, as everything else.

use std::io;
use std::time::Instant;

use super::Gate;
use nethost_core::{Access, Event, Outcome, RecordError, Request, Totals};

/// Where the rule comes from, in records.
const SOURCE: &str = "undo";

impl Gate {
    /// Undoes what this request has changed. It is not undone if that cannot be recorded.
    pub fn undo<T>(
        &self,
        capability: &'static str,
        request: &Request,
        why: &str,
        undo: impl FnOnce() -> io::Result<T>,
    ) -> Result<io::Result<T>, RecordError> {
        let rule = format!("undone: {why}");
        let access = self.undoing(capability, request, &rule);
        self.records.record(&Event::Open(&access))?;
        let begun = Instant::now();
        let undone = undo();
        let outcome = match &undone {
            Ok(_) => Outcome::Ok,
            Err(error) => Outcome::Failed(error.raw_os_error().unwrap_or(0)),
        };
        let totals = Totals {
            outcome,
            packets_sent: 0,
            packets_received: 0,
            bytes_sent: 0,
            bytes_received: 0,
            duration: begun.elapsed(),
            claimed: &[],
        };
        self.records.note(&Event::Close(&access, &totals));
        Ok(undone)
    }

    /// Records that a change is not undone, for this reason.
    pub fn leave(&self, capability: &'static str, request: &Request, why: &str) {
        let rule = format!("not undone: {why}");
        let access = self.undoing(capability, request, &rule);
        self.records.note(&Event::Denied(&access));
    }

    fn undoing<'a>(
        &self,
        capability: &'static str,
        request: &'a Request,
        rule: &'a str,
    ) -> Access<'a> {
        Access {
            handle: self.records.next_handle(),
            capability,
            request,
            asked: None,
            rule,
            grant: Some(SOURCE),
            parts: &[],
            reports: &[],
        }
    }
}
