//! Packets as they pass an interface. Requests at the gate: `capture.live` with the interface or `any-interface`;
//! `capture.filter` for expressions.

use std::time::Duration;

use crate::bindings::nethost::cap::capture;
use crate::socket::timeout_to_wit;
use crate::{Error, Timestamp};

pub use capture::{CaptureOptions, CompileOptions, Instruction, Origin, Statistics};

/// Compiles an expression of pcap-filter(7).
///
/// ```no_run
/// use nethost_sdk::capture::{CompileOptions, Origin, compile};
/// let options = CompileOptions { link: 1, snapshot: 262_144, optimize: true, netmask: 0, origin: Origin::File };
/// let program = compile("tcp port 80", options)?;
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `Denied`; `InvalidArgument` (in the words of libpcap); `NotSupported`.
pub fn compile(expression: &str, options: CompileOptions) -> Result<Vec<Instruction>, Error> {
    Ok(capture::compile(expression, options)?)
}

/// A packet of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What was captured of it.
    pub octets: &'a [u8],
    /// How long it was.
    pub original: u32,
    /// When it passed.
    pub timestamp: Timestamp,
    /// The index of the interface.
    pub interface: u32,
    /// 0 for this machine, 1 broadcast, 2 multicast, 3 for another machine, 4 outgoing.
    pub kind: u8,
    /// Its checksum is left to the hardware.
    pub unchecked: bool,
}

/// Packets that were received together.
#[derive(Debug)]
pub struct Batch(capture::Batch);

impl Batch {
    /// Each of them.
    pub fn packets(&self) -> impl Iterator<Item = Packet<'_>> {
        self.0.packets.iter().map(|packet| {
            let start = packet.offset as usize;
            let end = start.saturating_add(packet.length as usize);
            Packet {
                octets: self.0.bytes.get(start..end).unwrap_or_default(),
                original: packet.original,
                timestamp: Timestamp::from_nanos(packet.timestamp),
                interface: packet.interface,
                kind: packet.kind,
                unchecked: packet.unchecked,
            }
        })
    }
}

/// Captures until it is dropped.
#[derive(Debug)]
pub struct Session(capture::Session);

impl Session {
    /// Captures on one interface, or without a name on all of them.
    ///
    /// # Errors
    /// `Denied`; `AccessDenied`; `NoSuchDevice`; `InvalidArgument`.
    pub fn open(interface: Option<&str>, options: &CaptureOptions) -> Result<Self, Error> {
        Ok(Self(capture::Session::open(interface, options)?))
    }

    /// How much of each packet is kept: what was asked for, or less.
    #[must_use]
    pub fn snapshot(&self) -> u32 {
        self.0.snapshot()
    }

    /// Waits until there is a packet, then takes at most `max`. Empty after `timeout`.
    ///
    /// # Errors
    /// `Denied` if a quota is used up; errors of the system.
    pub async fn receive(&self, max: u32, timeout: Duration) -> Result<Batch, Error> {
        Ok(Batch(self.0.receive(max, timeout_to_wit(timeout)).await?))
    }

    /// The kernel's counters since the session was opened.
    ///
    /// # Errors
    /// Those of the system.
    pub fn statistics(&self) -> Result<Statistics, Error> {
        Ok(self.0.statistics()?)
    }
}
