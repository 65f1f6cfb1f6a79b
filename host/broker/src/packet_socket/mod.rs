//! Packet sockets (packet(7)) with a ring of received packets.
//!
//! The socket is bound to no interface, which it could otherwise send on. Its filter passes what the permitted interface
//! receives and sends, and is locked before the socket receives anything.

mod program;
mod sys;

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use serde::{Deserialize, Serialize};

use super::capabilities::capture::CaptureSpec;
use super::filter_compiler::{self, FilterSource, PacketOrigin};
use super::state::Kept;
use nethost_core::Interface;
use nethost_net::datagram::{FilterInstruction, attach_filter};

/// LINKTYPE_ETHERNET
const ETHERNET: u32 = 1;
/// LINKTYPE_DOCSIS, for cable modems that put their frames on Ethernet.
const DOCSIS: u32 = 143;
/// LINKTYPE_LINUX_SLL
pub const COOKED: u32 = 113;
/// LINKTYPE_LINUX_SLL2
pub const COOKED_2: u32 = 276;
/// Bytes of a block of the ring. A packet lies within one block.
const BLOCK: u32 = 256 << 10;
/// Blocks of a ring that has no chosen size.
const USUAL_BLOCKS: u32 = 64;
/// No ring has fewer blocks.
const LEAST_BLOCKS: u32 = 2;
/// No ring has more blocks.
const MOST_BLOCKS: u32 = 512;
/// After how many milliseconds a block is passed on that is not full.
const PATIENCE: u32 = 20;

/// What no policy names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureSetup {
    /// Bytes that the kernel holds; 0 for the usual number.
    pub buffer: u32,
    /// Packets are passed on at once.
    pub immediate: bool,
}

/// What is told of a socket that was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureFacts {
    /// The index of the loopback interface, which shows each packet twice; 0 without one.
    pub loopback: u32,
    /// Bytes of a block of the ring, and the number of blocks.
    pub block: u32,
    /// See `block`.
    pub blocks: u32,
    /// How much of each packet is captured: what was asked for, or less.
    pub snapshot: u32,
}

/// The counters of a capture since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureCounts {
    /// Packets that the filter has passed, dropped ones included.
    pub received: u64,
    /// Packets for which the ring had no room.
    pub dropped: u64,
}

/// A socket whose other copy the runner has. The kernel sets its counters back when they are read.
pub(crate) struct Counted {
    socket: OwnedFd,
    counts: CaptureCounts,
    /// Of the ring, in bytes.
    size: usize,
}

impl Kept for Counted {
    fn size(&self) -> usize {
        self.size
    }

    /// The ring is freed, also if the runner keeps its copy of the socket, but not while it is mapped there.
    fn release(&mut self) -> bool {
        sys::free_ring(self.socket.as_fd()).is_ok()
    }
}

/// How many blocks the ring of a new capture has: those that are asked for, as far as there is room. None if there is
/// none.
pub(crate) fn blocks(setup: CaptureSetup, room: usize) -> Option<u32> {
    let wanted = match setup.buffer {
        0 => USUAL_BLOCKS,
        bytes => (bytes / BLOCK).clamp(LEAST_BLOCKS, MOST_BLOCKS),
    };
    // One is left for everything else that belongs to it.
    let room = u32::try_from(room / BLOCK as usize).unwrap_or(u32::MAX);
    let most = room.saturating_sub(1);
    (most >= LEAST_BLOCKS).then(|| wanted.min(most))
}

impl Counted {
    pub(crate) fn counts(&mut self) -> io::Result<CaptureCounts> {
        let (received, dropped) = sys::statistics(self.socket.as_fd())?;
        self.counts.received += u64::from(received);
        self.counts.dropped += u64::from(dropped);
        Ok(self.counts)
    }
}

/// Whose packets a permit is for.
pub(crate) enum Chosen<'a> {
    /// One interface's.
    One(&'a Interface),
    /// All interfaces', those included that appear later.
    All,
    /// Those of the interfaces with these indexes.
    Only(Vec<u32>),
}

/// Opens the socket of a permitted request.
pub(crate) fn open(
    chosen: Chosen<'_>,
    spec: &CaptureSpec,
    setup: CaptureSetup,
    blocks: u32,
) -> io::Result<(CaptureFacts, OwnedFd, Counted)> {
    let invalid = || io::Error::from_raw_os_error(libc::EINVAL);
    let (index, link) = match chosen {
        Chosen::One(interface) => {
            let index = interface.index();
            let index = index.ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))?;
            (Some(index), link_of(sys::hardware(interface.name())?))
        }
        Chosen::All | Chosen::Only(_) => (None, COOKED_2),
    };
    let is_of_link = match spec.link {
        DOCSIS => link == ETHERNET,
        COOKED => matches!(link, COOKED | COOKED_2),
        other => other == link,
    };
    if !is_of_link {
        return Err(invalid());
    }
    let snapshot = spec
        .forced_snapshot
        .map_or(spec.snapshot, |forced| forced.min(spec.snapshot));
    let cooked = matches!(spec.link, COOKED | COOKED_2);
    let mut whole = match (index, &chosen) {
        (Some(index), _) => program::of_interfaces(&[index]),
        (None, Chosen::Only(indexes)) => program::of_interfaces(indexes),
        (None, _) => Vec::new(),
    };
    for forced in &spec.forced_filters {
        program::append(&mut whole, &compile(forced, spec.link)?, spec.link)?;
    }
    let asked = match spec.filter.is_empty() {
        true => vec![program::accept(snapshot)],
        false => spec.filter.clone(),
    };
    program::append(&mut whole, &asked, spec.link)?;
    program::end(&mut whole, snapshot);
    let socket = sys::packet_socket(cooked)?;
    attach_filter(socket.as_fd(), &whole)?;
    sys::lock_filter(socket.as_fd())?;
    let patience = if setup.immediate { 1 } else { PATIENCE };
    sys::prepare(socket.as_fd(), BLOCK, blocks, patience)?;
    sys::bind_to_all(socket.as_fd())?;
    if let Some(index) = index
        && spec.promiscuous
    {
        sys::promiscuous(socket.as_fd(), index)?;
    }
    let counted = Counted {
        socket: socket.try_clone()?,
        counts: CaptureCounts::default(),
        size: blocks as usize * BLOCK as usize,
    };
    let facts = CaptureFacts {
        loopback: sys::index_of("lo").unwrap_or(0),
        block: BLOCK,
        blocks,
        snapshot,
    };
    Ok((facts, socket, counted))
}

/// The indexes of all interfaces.
pub(crate) fn indexes() -> io::Result<Vec<u32>> {
    sys::indexes()
}

/// The program of an expression of the policy. Without it, nothing is captured.
fn compile(expression: &str, link: u32) -> io::Result<Vec<FilterInstruction>> {
    let source = FilterSource {
        expression: expression.into(),
        link,
        snapshot: super::capabilities::capture::LARGEST_SNAPSHOT,
        optimize: true,
        netmask: 0,
        origin: PacketOrigin::Live,
    };
    let compiled = filter_compiler::run(&source)?;
    // A number is all that a message has room for; the capability says what it stands for.
    let program = compiled.map_err(|_| io::Error::from_raw_os_error(libc::ENOEXEC))?;
    Ok(filter_compiler::decode(&program))
}

/// The link of a kind of hardware (linux/if_arp.h). Packets of hardware that is not listed are captured without their
/// own headers.
fn link_of(hardware: u16) -> u32 {
    match hardware {
        libc::ARPHRD_ETHER | libc::ARPHRD_METRICOM | libc::ARPHRD_LOOPBACK => ETHERNET,
        libc::ARPHRD_IEEE80211 => 105,
        libc::ARPHRD_IEEE80211_PRISM => 119,
        libc::ARPHRD_IEEE80211_RADIOTAP => 127,
        libc::ARPHRD_CISCO => 104,
        libc::ARPHRD_TUNNEL
        | libc::ARPHRD_SIT
        | libc::ARPHRD_SLIP
        | libc::ARPHRD_CSLIP
        | libc::ARPHRD_SLIP6
        | libc::ARPHRD_CSLIP6
        | libc::ARPHRD_ADAPT
        | libc::ARPHRD_RAWHDLC
        | libc::ARPHRD_DLCI
        | libc::ARPHRD_NONE
        | 519 => 101,
        _ => COOKED,
    }
}
