//! Receives in batches: datagrams, messages of the error queue, and transmit timestamps, which arrive in the same
//! queue.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;

use libc::c_int;

use super::received::{Datagram, Kept, QueuedError};
use super::sys::{Buffers, Notes, SLOTS, realtime};

/// The minimum number of buffers for one call.
const FEWEST: usize = 4;

thread_local! {
    /// A thread receives one batch at a time, from any socket.
    static BUFFERS: Cell<Option<Buffers>> = const { Cell::new(None) };
}

/// The receive state of a socket.
pub(super) struct Slots {
    /// The number of buffers to prepare for the next receive. If packets arrive one by one, preparing more would be
    /// useless.
    expected: usize,
    /// Messages of the error queue that were found while looking for a timestamp.
    pub(super) kept: Vec<Kept>,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            expected: FEWEST,
            kept: Vec::new(),
        }
    }

    /// Receives the available datagrams.
    pub(super) fn datagrams(
        &mut self,
        fd: RawFd,
        max: usize,
        mut each: impl FnMut(Datagram<'_>),
    ) -> io::Result<usize> {
        self.receive_all(fd, max, 0, |bytes, source, notes, truncated| {
            let Some(source) = source else { return };
            each(Datagram {
                bytes,
                source,
                timestamp: notes.timestamp.unwrap_or_else(realtime),
                hop_limit: notes.hop_limit,
                truncated,
            });
        })
    }

    /// Receives the available messages of the error queue.
    pub(super) fn errors(
        &mut self,
        fd: RawFd,
        max: usize,
        mut each: impl FnMut(QueuedError<'_>),
    ) -> io::Result<usize> {
        let kept = self.kept.len().min(max);
        for kept in self.kept.drain(..kept) {
            each(kept.error());
        }
        let mut count = kept;
        while count == 0 {
            let read =
                self.receive_all(fd, max, libc::MSG_ERRQUEUE, |bytes, remote, notes, _| {
                    if let Some(error) = QueuedError::of(bytes, remote, &notes) {
                        count += 1;
                        each(error);
                    }
                })?;
            // A timestamp may be followed by an error, which the kernel does not report again.
            if read == 0 {
                break;
            }
        }
        Ok(count)
    }

    /// The number and the time of the latest transmit timestamp. Other messages of the error queue are kept for
    /// `errors`.
    pub(super) fn departure(&mut self, fd: RawFd) -> io::Result<Option<(u32, u64)>> {
        let (mut latest, mut kept) = (None, std::mem::take(&mut self.kept));
        let read = self.receive(
            fd,
            SLOTS,
            libc::MSG_ERRQUEUE,
            |bytes, remote, notes, _| match (&notes.error, notes.timestamp) {
                (Some((note, _)), Some(stamp))
                    if note.ee_origin == libc::SO_EE_ORIGIN_TIMESTAMPING =>
                {
                    latest = Some((note.ee_data, stamp));
                }
                _ => kept.extend(QueuedError::of(bytes, remote, &notes).map(Kept::of)),
            },
        );
        self.kept = kept;
        read.map(|_| latest)
    }

    /// Whether there is a message for `errors` that the kernel does not report again.
    pub(super) fn has_kept(&self) -> bool {
        !self.kept.is_empty()
    }

    /// Receives until nothing is left, or `max` messages. A caller that waits for one kind of message must not get only
    /// others.
    fn receive_all(
        &mut self,
        fd: RawFd,
        max: usize,
        flags: c_int,
        mut each: impl FnMut(&[u8], Option<SocketAddr>, Notes, bool),
    ) -> io::Result<usize> {
        let mut all = 0;
        loop {
            let ready = (max - all).min(self.expected);
            let received = match self.receive(fd, ready, flags, &mut each) {
                // What was received before the error is delivered first.
                Err(_) if all > 0 => return Ok(all),
                received => received?,
            };
            all += received;
            if received < ready || all == max {
                return Ok(all);
            }
        }
    }

    /// Receives with one call.
    fn receive(
        &mut self,
        fd: RawFd,
        max: usize,
        flags: c_int,
        each: impl FnMut(&[u8], Option<SocketAddr>, Notes, bool),
    ) -> io::Result<usize> {
        let mut buffers = BUFFERS.take().unwrap_or_else(Buffers::new);
        let received = buffers.receive(fd, max.min(self.expected), flags, each);
        BUFFERS.set(Some(buffers));
        if let Ok(received @ 1..) = received {
            self.expected = (2 * received).clamp(FEWEST, SLOTS);
        }
        received
    }
}
