//! The Linux datagram socket as rooms use it: send with a stamp, receive in batches with kernel
//! timestamps, and read the error queue, on which routers' complaints arrive without any privilege.
//!
//! It knows no gate: a room owns the socket together with the permits that it was opened with.

mod departures;
mod options;
mod received;
mod sys;

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;

pub use options::{Options, PathMtuDiscovery};
pub use received::{Datagram, ErrorOrigin, QueuedError};
pub use sys::{
    FilterInstruction, attach_filter, local_address, observe, observe_departures, pass_replies,
    realtime, set as set_option,
};

use crate::timer::Timer;
use departures::Departures;

/// A socket for datagrams of one address family.
pub struct DatagramSocket {
    fd: AsyncFd<OwnedFd>,
    slots: Mutex<sys::Slots>,
    departures: Departures,
    /// Something that is to be received was met by a send. The kernel does not tell of it again.
    met: Notify,
    timer: Timer,
}

/// What one `receive` may hand over at most, of datagrams and of errors.
pub const BATCH: usize = sys::SLOTS;

impl DatagramSocket {
    /// Takes over a descriptor that was set up before: what it observes, and its options.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        let fd = crate::sys::register(fd, Interest::READABLE | Interest::ERROR)?;
        Ok(Self {
            fd,
            slots: Mutex::new(sys::Slots::new()),
            departures: Departures::default(),
            met: Notify::new(),
            timer: Timer::default(),
        })
    }

    /// Sends one datagram without waiting, and says when it left: by the kernel's note where there is time to
    /// look for one, or else when it was handed to the kernel.
    ///
    /// An earlier packet's ICMP error is reported by the kernel at the next send, on whichever packet;
    /// that error is in the error queue as well, so the send is tried again.
    pub fn send(
        &self,
        bytes: &[u8],
        to: &socket2::SockAddr,
        hop_limit: Option<u8>,
    ) -> io::Result<u64> {
        let fd = self.fd.as_raw_fd();
        // Who does not receive finds what there is to receive in the kernel's queue, which has a bound.
        let noted = self.departures.are_noted(sys::realtime()) && !self.slots().has_kept();
        let handed = match sys::send(fd, bytes, to, hop_limit, noted) {
            Err(error) if is_deferred(&error) => sys::send(fd, bytes, to, hop_limit, noted),
            result => result,
        }?;
        if !noted {
            return Ok(handed);
        }
        let mut slots = self.slots();
        let note = slots.departure(fd).ok().flatten();
        if slots.has_kept() {
            self.met.notify_one();
        }
        Ok(self.departures.noted(note).unwrap_or(handed))
    }

    fn slots(&self) -> MutexGuard<'_, sys::Slots> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
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
        if self.take(max, sink)? {
            return Ok(true);
        }
        loop {
            let ready = self.fd.ready(Interest::READABLE | Interest::ERROR);
            let guard = tokio::select! {
                biased;
                guard = ready => Some(guard?),
                () = self.met.notified() => None,
                () = self.timer.until(deadline) => return Ok(false),
            };
            if self.take(max, sink)? {
                return Ok(true);
            }
            if let Some(mut guard) = guard {
                guard.clear_ready();
            }
        }
    }

    fn take(&self, max: usize, sink: &mut impl Sink) -> io::Result<bool> {
        let mut slots = self.slots();
        let fd = self.fd.as_raw_fd();
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

    /// The descriptor, for a room's own socket options.
    pub fn descriptor(&self) -> std::os::fd::BorrowedFd<'_> {
        self.fd.get_ref().as_fd()
    }

    /// The local address.
    pub fn local_address(&self) -> io::Result<SocketAddr> {
        sys::local_address(self.descriptor())
    }
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
    sys::Slots::new().errors(fd, max, each)
}

#[cfg(test)]
mod tests;
