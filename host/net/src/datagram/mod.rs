//! The Linux datagram socket as rooms use it: send with a stamp, receive in batches with kernel
//! timestamps, and read the error queue, on which routers' complaints arrive without any privilege.
//!
//! It knows no gate: a room owns the socket together with the permits that it was opened with.

mod departures;
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
    FilterInstruction, attach_filter, local_address, observe, pass_replies, realtime,
    set as set_option,
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
    /// Something that is to be received was met by a send, of which the kernel does not tell again; or another socket
    /// has taken the place of the one that is waited for.
    met: Notify,
    timer: Timer,
}

/// So many errors about earlier packets are passed over before one is believed to be about this one.
const DEFERRED: usize = 16;

/// What is set for the packets that follow, and need not be set again.
struct Settings {
    /// Of packets that ask for none of their own.
    usual_hops: Option<u8>,
    hops: Option<u8>,
    noted: bool,
}

/// What one `receive` may hand over at most, of datagrams and of errors.
pub const BATCH: usize = sys::SLOTS;

impl DatagramSocket {
    /// Takes over a descriptor that was set up before: what it observes, and these options.
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

    /// Goes on with another descriptor, which was set up the same way.
    pub fn replace(&self, fd: OwnedFd) -> io::Result<()> {
        *locked(&self.open) = registered(fd)?;
        let usual_hops = locked(&self.settings).usual_hops;
        *locked(&self.settings) = Settings::new(usual_hops);
        self.departures.begin_again();
        self.met.notify_one();
        Ok(())
    }

    /// Sends one datagram to where the socket is connected, without waiting, and says when it left: by the kernel's
    /// note where there is time to look for one, or else when it was handed to the kernel.
    pub fn send(&self, bytes: &[u8], hop_limit: Option<u8>) -> io::Result<u64> {
        let open = self.open();
        let fd = open.get_ref().as_fd();
        // Who does not receive finds what there is to receive in the kernel's queue, which has a bound.
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

    /// Hands over what has arrived, at most `max` datagrams and `max` errors; when there is nothing,
    /// waits until there is or the deadline is over. Returns false when it was over.
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
        // A receive fails once for an error that was queued. Where it does not, the queue is looked at when
        // nothing else is there: what a send failed for may be left in it.
        let taken = match slots.datagrams(fd, max, |datagram| sink.datagram(datagram)) {
            Ok(0) => slots.errors(fd, max, |error| sink.error(error))?,
            Err(error) => {
                let errors = slots.errors(fd, max, |error| sink.error(error))?;
                if errors == 0 && !is_deferred(&error) {
                    return Err(error);
                }
                // What more there is to say can wait until the next time.
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
            // Where that is not to be had, our own stamps are all there is.
            let _ = sys::observe_departures(fd, noted);
            self.noted = noted;
        }
        Ok(())
    }
}

/// Sends one datagram to an address, for the process that may. Returns when that was.
pub fn send_to(
    fd: BorrowedFd<'_>,
    bytes: &[u8],
    to: &socket2::SockAddr,
    hop_limit: Option<u8>,
) -> io::Result<u64> {
    beyond_deferred(|| sys::send_to(fd, bytes, to, hop_limit))
}

/// An earlier packet's ICMP error is reported by the kernel at the next send, on whichever packet; that error is in
/// the error queue as well, so the send is tried again. Meanwhile another may have come.
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

/// Takes what was received, while the buffers are borrowed.
pub trait Sink {
    /// One datagram.
    fn datagram(&mut self, datagram: Datagram<'_>);
    /// One message of the error queue.
    fn error(&mut self, error: QueuedError<'_>);
}

/// An errno that tells of an earlier packet rather than of this call: what `icmp_err_convert` of the
/// kernel's icmp.c and `icmpv6_err_convert` make of ICMP messages.
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

/// Reads the error queue of any socket, such as one that is about to be closed.
pub fn take_errors(
    fd: std::os::fd::RawFd,
    max: usize,
    each: impl FnMut(QueuedError<'_>),
) -> io::Result<usize> {
    Slots::new().errors(fd, max, each)
}

#[cfg(test)]
mod tests;
