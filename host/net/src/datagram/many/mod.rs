//! Sends many datagrams to many addresses with one system call, for a process that may do so.

mod sys;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use super::beyond_deferred;

/// The number of packets in one call. All get the time before the call, so the time of the last one is too early by the
/// time that the kernel needs for the others, about a microsecond each.
pub const AT_ONCE: usize = 16;

/// A datagram to send.
#[derive(Debug, Clone, Copy)]
pub struct Departure<'a> {
    /// The destination.
    pub to: SocketAddr,
    /// The hop limit, if it is not that of the socket.
    pub hop_limit: Option<u8>,
    /// The payload.
    pub bytes: &'a [u8],
}

/// Sends datagrams, at most [`AT_ONCE`], until one fails. Returns the time before the call and the number of sent
/// datagrams. Returns an error if the first one fails.
pub fn send_each_to(fd: BorrowedFd<'_>, packets: &[Departure<'_>]) -> io::Result<(u64, usize)> {
    let mut left = 0;
    let stamp = beyond_deferred(|| {
        let stamp = super::realtime();
        left = sys::send(fd, packets)?;
        Ok(stamp)
    })?;
    Ok((stamp, left))
}
