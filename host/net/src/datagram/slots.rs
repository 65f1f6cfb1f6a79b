//! Receiving in batches: datagrams, messages of the error queue, and the kernel's notes of departures, which come in
//! the same queue.

use std::cell::Cell;
use std::io;
use std::net::SocketAddr;
use std::os::fd::RawFd;

use libc::c_int;

use super::received::{Datagram, Kept, QueuedError};
use super::sys::{Buffers, Notes, SLOTS, realtime};

/// So many are taken with one call at least, if there are so many.
const FEWEST: usize = 4;

thread_local! {
    /// A thread takes one batch at a time, whichever socket it is from.
    static BUFFERS: Cell<Option<Buffers>> = const { Cell::new(None) };
}

/// What one socket's receiving goes by.
pub(super) struct Slots {
    /// So many are made ready for the next receive: where packets come one by one, the rest would be for nothing.
    expected: usize,
    /// Messages of the error queue that were met while looking for something else.
    pub(super) kept: Vec<Kept>,
}

impl Slots {
    pub(super) fn new() -> Self {
        Self {
            expected: FEWEST,
            kept: Vec::new(),
        }
    }

    /// Takes datagrams that are there.
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

    /// Takes messages of the error queue that are there.
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
            // What was no error may have one behind it, of which nobody would tell again.
            if read == 0 {
                break;
            }
        }
        Ok(count)
    }

    /// The number and moment of the latest departure that the kernel has noted. Whatever else is in the error
    /// queue is kept for `errors`.
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

    /// Whether there is something for `errors` that the kernel will not tell of again.
    pub(super) fn has_kept(&self) -> bool {
        !self.kept.is_empty()
    }

    /// As many as there are, up to so many: whoever waits for one must not be told of others alone.
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
                // What was received before it is told of first.
                Err(_) if all > 0 => return Ok(all),
                received => received?,
            };
            all += received;
            if received < ready || all == max {
                return Ok(all);
            }
        }
    }

    /// What one call takes.
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
