//! Many datagrams to many addresses in one system call, for the process that may.

mod sys;

use std::io;
use std::net::SocketAddr;
use std::os::fd::BorrowedFd;

use super::beyond_deferred;

/// So many leave in one call: each is stamped with the moment before it, so the last one's stamp is early by what
/// the kernel took for the others, about a microsecond each.
pub const AT_ONCE: usize = 16;

/// A datagram to send.
#[derive(Debug, Clone, Copy)]
pub struct Departure<'a> {
    /// Where it goes.
    pub to: SocketAddr,
    /// Other than what the socket has.
    pub hop_limit: Option<u8>,
    /// What it says.
    pub bytes: &'a [u8],
}

/// Sends datagrams, at most [`AT_ONCE`], until one fails: the moment before, and how many left. An error when the
/// first could not.
pub fn send_each_to(fd: BorrowedFd<'_>, packets: &[Departure<'_>]) -> io::Result<(u64, usize)> {
    let mut left = 0;
    let stamp = beyond_deferred(|| {
        let stamp = super::realtime();
        left = sys::send(fd, packets)?;
        Ok(stamp)
    })?;
    Ok((stamp, left))
}
