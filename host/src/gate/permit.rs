//! The proof that the gate said yes, and the account of what was done with it.

use std::fmt;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use super::{Capability, Gate, Request};
use crate::audit::{Access, Event, Totals};

/// Proof that the gate allowed one request of capability `C`, and that the decision is on record.
///
/// It lives as long as what it opened. When it is dropped, the totals and the outcome are recorded.
pub struct Permit<C: Capability> {
    ticket: Ticket,
    capability: PhantomData<C>,
}

/// A permit whose capability is known by its name.
pub(crate) struct Ticket {
    gate: Arc<Gate>,
    capability: &'static str,
    handle: u64,
    request: Request,
    asked: Option<String>,
    opened: Instant,
    sent: AtomicU64,
    sent_bytes: AtomicU64,
    received: AtomicU64,
    received_bytes: AtomicU64,
    errno: AtomicI32,
}

/// How a permitted act ended, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It worked.
    Ok,
    /// The system refused with this errno; 0 when it has none.
    Failed(i32),
}

const OK: i32 = i32::MIN;

impl<C: Capability> Permit<C> {
    pub(super) fn holding(ticket: Ticket) -> Self {
        Self {
            ticket,
            capability: PhantomData,
        }
    }

    /// Its number within the run.
    pub(crate) fn handle(&self) -> u64 {
        self.ticket.handle
    }

    /// What was permitted.
    pub fn request(&self) -> &Request {
        &self.ticket.request
    }

    /// Counts one packet or message sent under this permit.
    pub fn count_sent(&self, bytes: usize) {
        self.ticket.sent.fetch_add(1, Relaxed);
        self.ticket.sent_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Counts one packet or message received under this permit.
    pub fn count_received(&self, bytes: usize) {
        self.ticket.received.fetch_add(1, Relaxed);
        self.ticket.received_bytes.fetch_add(bytes as u64, Relaxed);
    }

    /// Notes that what was permitted failed.
    pub fn failed(&self, error: &io::Error) {
        self.ticket
            .errno
            .store(error.raw_os_error().unwrap_or(0), Relaxed);
    }
}

impl<C: Capability> fmt::Debug for Permit<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit({} {})", C::NAME, self.ticket.request.target)
    }
}

impl Ticket {
    pub(super) fn new(
        gate: Arc<Gate>,
        capability: &'static str,
        handle: u64,
        request: Request,
        asked: Option<String>,
    ) -> Self {
        Self {
            gate,
            capability,
            handle,
            request,
            asked,
            opened: Instant::now(),
            sent: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            received: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
            errno: AtomicI32::new(OK),
        }
    }

    /// The name of what was permitted.
    pub(crate) fn capability(&self) -> &'static str {
        self.capability
    }

    /// What was permitted.
    pub(crate) fn request(&self) -> &Request {
        &self.request
    }

    /// Takes over the totals of an access that was counted elsewhere.
    pub(crate) fn settle(&self, totals: &Totals) {
        self.sent.store(totals.packets_sent, Relaxed);
        self.sent_bytes.store(totals.bytes_sent, Relaxed);
        self.received.store(totals.packets_received, Relaxed);
        self.received_bytes.store(totals.bytes_received, Relaxed);
        if let Outcome::Failed(errno) = totals.outcome {
            self.errno.store(errno, Relaxed);
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let outcome = match self.errno.load(Relaxed) {
            OK => Outcome::Ok,
            errno => Outcome::Failed(errno),
        };
        let totals = Totals {
            outcome,
            packets_sent: self.sent.load(Relaxed),
            packets_received: self.received.load(Relaxed),
            bytes_sent: self.sent_bytes.load(Relaxed),
            bytes_received: self.received_bytes.load(Relaxed),
            duration: self.opened.elapsed(),
        };
        let access = Access {
            handle: self.handle,
            capability: self.capability,
            op: self.request.op,
            target: &self.request.target,
            interface: self.request.interface.as_deref(),
            asked: self.asked.as_deref(),
            changes: &self.request.changes,
            rule: "",
        };
        if let Err(error) = self.gate.log.write(&Event::Close(&access, &totals)) {
            self.gate.log.complain(&error);
        }
    }
}
