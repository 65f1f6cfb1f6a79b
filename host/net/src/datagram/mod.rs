//! The Linux datagram socket for capabilities: sends with a timestamp, receives in batches with kernel timestamps, and
//! reads the error queue, which delivers the ICMP errors of routers without any privilege.
//!
//! This module knows no gate: a capability owns the socket together with its permits.

mod departures;
mod icmp_error;
pub mod ip_header;
mod many;
mod options;
mod received;
mod slots;
mod sys;

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

pub use many::{AT_ONCE, Departure, send_each_to};
pub use options::{Options, PathMtuDiscovery};
pub use received::{Datagram, ErrorOrigin, QueuedError};
pub use sys::{
    FilterInstruction, attach_filter, local_address, observe, observe_no_errors, pass_replies,
    realtime, set as set_option,
};

use crate::timer::Timer;
use departures::Departures;
use slots::Slots;

/// A socket for datagrams of one address family.
pub struct DatagramSocket {
    open: Mutex<Arc<AsyncFd<OwnedFd>>>,
    slots: Mutex<Slots>,
    settings: Mutex<Settings>,
    departures: Departures,
    /// Wakes a waiting receive: a send has found something to receive, which the kernel does not report again, or
    /// another socket has replaced the one that is waited for.
    met: Notify,
    timer: Timer,
}

/// The number of errors about earlier packets that are skipped before an error counts as an error of this packet.
const DEFERRED: usize = 16;

/// Settings that apply to the following packets and need not be set again.
struct Settings {
    /// The hop limit of packets that do not set one.
    usual_hops: Option<u8>,
    hops: Option<u8>,
    noted: bool,
}

/// The maximum number of datagrams, and of errors, in one `receive`.
pub const BATCH: usize = sys::SLOTS;

impl DatagramSocket {
    /// Takes over a descriptor that was set up with `observe` and with these options.
    pub fn new(fd: OwnedFd, options: &Options) -> io::Result<Self> {
        Ok(Self {
            open: Mutex::new(registered(fd)?),
            slots: Mutex::new(Slots::new()),
            settings: Mutex::new(Settings::new(options.hop_limit)),
            departures: Departures::default(),
            met: Notify::new(),
            timer: Timer::default(),
        })
    }

    /// Continues with another descriptor, which was set up in the same way.
    pub fn replace(&self, fd: OwnedFd) -> io::Result<()> {
        *locked(&self.open) = registered(fd)?;
        let usual_hops = locked(&self.settings).usual_hops;
        *locked(&self.settings) = Settings::new(usual_hops);
        self.departures.begin_again();
        self.met.notify_one();
        Ok(())
    }

    /// Sends one datagram to the connected peer, without waiting. Returns when it was sent: the kernel's transmit
    /// timestamp if there is time to read it, otherwise the time of the call.
    pub fn send(&self, bytes: &[u8], hop_limit: Option<u8>) -> io::Result<u64> {
        let open = self.open();
        let fd = open.get_ref().as_fd();
        // If the caller does not receive, its messages stay in the kernel's queue, which has a limit.
        let noted = self.departures.are_noted(sys::realtime()) && !self.slots().has_kept();
        locked(&self.settings).apply(fd, noted, hop_limit)?;
        let handed = beyond_deferred(|| sys::send(fd, bytes))?;
        if !noted {
            return Ok(handed);
        }
        let mut slots = self.slots();
        let note = slots.departure(fd.as_raw_fd()).ok().flatten();
        if slots.has_kept() {
            self.met.notify_one();
        }
        Ok(self.departures.noted(note).unwrap_or(handed))
    }

    fn open(&self) -> Arc<AsyncFd<OwnedFd>> {
        Arc::clone(&locked(&self.open))
    }

    fn slots(&self) -> MutexGuard<'_, Slots> {
        locked(&self.slots)
    }

    /// Delivers what has arrived, at most `max` datagrams and `max` errors. If there is nothing, waits until something
    /// arrives or the deadline passes. Returns false after the deadline.
    pub async fn receive(
        &self,
        max: usize,
        deadline: Instant,
        sink: &mut (impl Sink + Send),
    ) -> io::Result<bool> {
        let max = max.clamp(1, BATCH);
        let mut open = self.open();
        if self.take(&open, max, sink)? {
            return Ok(true);
        }
        loop {
            let ready = open.ready(Interest::READABLE | Interest::ERROR);
            let guard = tokio::select! {
                biased;
                guard = ready => Some(guard?),
                () = self.met.notified() => None,
                () = self.timer.until(deadline) => return Ok(false),
            };
            if self.take(&open, max, sink)? {
                return Ok(true);
            }
            if let Some(mut guard) = guard {
                guard.clear_ready();
            } else {
                open = self.open();
            }
        }
    }

    fn take(&self, open: &AsyncFd<OwnedFd>, max: usize, sink: &mut impl Sink) -> io::Result<bool> {
        let mut slots = self.slots();
        let fd = open.as_raw_fd();
        // A receive fails once for a queued error. If it does not fail and nothing else was received, the error queue
        // is read anyway: it can contain the error for which a send failed.
        let taken = match slots.datagrams(fd, max, |datagram| sink.datagram(datagram)) {
            Ok(0) => slots.errors(fd, max, |error| sink.error(error))?,
            Err(error) => {
                let errors = slots.errors(fd, max, |error| sink.error(error))?;
                if errors == 0 && !is_deferred(&error) {
                    return Err(error);
                }
                // What is left is delivered by the next call.
                let datagrams = slots.datagrams(fd, max, |datagram| sink.datagram(datagram));
                errors + datagrams.unwrap_or_default()
            }
            Ok(datagrams) => datagrams,
        };
        Ok(taken > 0)
    }

    /// The local address.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        sys::local_address(self.open().get_ref().as_fd())
    }
}

impl Settings {
    fn new(hops: Option<u8>) -> Self {
        Self {
            usual_hops: hops,
            hops,
            noted: false,
        }
    }

    fn apply(&mut self, fd: BorrowedFd<'_>, noted: bool, hop_limit: Option<u8>) -> io::Result<()> {
        let hops = hop_limit.or(self.usual_hops);
        if hops != self.hops {
            sys::set_hop_limit(fd, hops)?;
            self.hops = hops;
        }
        if noted != self.noted {
            // If the kernel cannot report transmit timestamps, the time of the call is used.
            let _ = sys::observe_departures(fd, noted);
            self.noted = noted;
        }
        Ok(())
    }
}

/// Sends one datagram to an address, for a process that may do so. Returns when it was sent.
pub fn send_to(
    fd: BorrowedFd<'_>,
    bytes: &[u8],
    to: &socket2::SockAddr,
    hop_limit: Option<u8>,
) -> io::Result<u64> {
    beyond_deferred(|| sys::send_to(fd, bytes, to, hop_limit))
}

/// The kernel reports the ICMP error of an earlier packet at the next send, on whichever packet. That error is also in
/// the error queue, so the send is repeated. Another error may arrive in between.
fn beyond_deferred(mut send: impl FnMut() -> io::Result<u64>) -> io::Result<u64> {
    let mut result = send();
    for _ in 0..DEFERRED {
        match &result {
            Err(error) if is_deferred(error) => result = send(),
            _ => break,
        }
    }
    result
}

fn registered(fd: OwnedFd) -> io::Result<Arc<AsyncFd<OwnedFd>>> {
    let registered = crate::sys::register(fd, Interest::READABLE | Interest::ERROR)?;
    Ok(Arc::new(registered))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Receives datagrams and errors while their buffers are borrowed.
pub trait Sink {
    /// Takes a datagram.
    fn datagram(&mut self, datagram: Datagram<'_>);
    /// Takes a message of the error queue.
    fn error(&mut self, error: QueuedError<'_>);
}

/// Whether an errno reports an earlier packet instead of this call: the values to which the kernel's `icmp_err_convert`
/// and `icmpv6_err_convert` translate ICMP messages.
fn is_deferred(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ECONNREFUSED
                | libc::EHOSTUNREACH
                | libc::ENETUNREACH
                | libc::EHOSTDOWN
                | libc::ENONET
                | libc::ENOPROTOOPT
                | libc::EPROTO
                | libc::EACCES
                | libc::EOPNOTSUPP
        )
    )
}

/// Reads the error queue of any socket, for example before it is closed.
pub fn take_errors(
    fd: std::os::fd::RawFd,
    max: usize,
    each: impl FnMut(QueuedError<'_>),
) -> io::Result<usize> {
    Slots::new().errors(fd, max, each)
}

#[cfg(test)]
mod tests;
