//! Sockets of packet(7), without the header of the link layer (SOCK_DGRAM): opens them silent, sends to a hardware
//! address, receives in batches with kernel timestamps.
//!
//! This module knows no gate: the broker sends, and decides what a receiver gets.

mod sys;

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::timer::Timer;

pub use sys::{bind, open, pass_notes, send_to};

/// The maximum number of packets in one `receive`.
pub const BATCH: usize = 64;
/// The maximum length of a hardware address (MAX_ADDR_LEN is longer, but packet(7) reports at most 8 octets).
pub const LONGEST_ADDRESS: usize = 8;

/// To whom a packet was sent: sll_pkttype.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// To the address of the interface.
    Host,
    /// To all.
    Broadcast,
    /// To a group.
    Multicast,
}

/// A received packet, while its buffer is borrowed.
#[derive(Debug)]
pub struct Packet<'a> {
    /// What follows the header of the link layer.
    pub bytes: &'a [u8],
    /// When the kernel received it.
    pub timestamp: u64,
    /// The hardware address of its sender.
    pub source: &'a [u8],
    /// To whom it was sent.
    pub kind: Kind,
    /// TP_STATUS_CSUMNOTREADY.
    pub checksum_pending: bool,
    /// It was longer than the buffer.
    pub truncated: bool,
}

/// A socket that receives packets.
pub struct PacketReceiver {
    socket: AsyncFd<OwnedFd>,
    buffer: Mutex<Box<sys::Buffer>>,
    timer: Timer,
}

impl PacketReceiver {
    /// Takes over a descriptor for which [`pass_notes`] was called.
    pub fn new(fd: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            socket: crate::sys::register(fd, Interest::READABLE)?,
            buffer: Mutex::default(),
            timer: Timer::default(),
        })
    }

    /// Delivers at most `max` packets. If there is none, waits until one arrives or the deadline passes.
    pub async fn receive(
        &self,
        max: usize,
        deadline: Instant,
        each: &mut (impl FnMut(Packet<'_>) + Send),
    ) -> io::Result<()> {
        let max = max.clamp(1, BATCH);
        loop {
            if self.take(max, each)? > 0 {
                return Ok(());
            }
            tokio::select! {
                biased;
                guard = self.socket.readable() => {
                    let mut guard = guard?;
                    if self.take(max, each)? > 0 {
                        return Ok(());
                    }
                    guard.clear_ready();
                }
                () = self.timer.until(deadline) => return Ok(()),
            }
        }
    }

    fn take(&self, max: usize, each: &mut impl FnMut(Packet<'_>)) -> io::Result<usize> {
        let mut buffer = self.buffer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken = 0;
        while taken < max {
            match buffer.receive(self.socket.get_ref().as_fd(), each) {
                Ok(()) => taken += 1,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // What was taken is delivered first; the kernel reports the state of the interface once.
                Err(error) if taken == 0 => return Err(error),
                Err(_) => break,
            }
        }
        Ok(taken)
    }
}

/// The interface and protocol that a socket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lane {
    /// The index of the interface; 0 for none.
    pub interface: u32,
    /// The EtherType.
    pub protocol: u16,
}

/// Sends one packet. Returns the time before the call.
pub fn send(socket: BorrowedFd<'_>, bytes: &[u8], lane: Lane, to: &[u8]) -> io::Result<u64> {
    let stamp = crate::datagram::realtime();
    send_to(socket, bytes, lane, to)?;
    Ok(stamp)
}

#[cfg(test)]
mod tests;
