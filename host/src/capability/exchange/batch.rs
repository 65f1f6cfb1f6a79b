//! Packets that the broker is to send, in one message.

use std::net::SocketAddr;

use crate::broker::{self, Departing};

/// So many bytes go into one message, and the last packet.
const FULL: usize = 16 << 10;
/// So many packets do.
const MOST: usize = 256;
/// No packet is longer; and of each goes along where it is to go, in fewer octets than these.
const PACKET: usize = 65_535;
const HEAD: usize = 48;
const _: () = assert!(FULL + PACKET + MOST * HEAD < broker::LONGEST);

/// Packets whose bytes follow each other.
#[derive(Default)]
pub(in crate::capability) struct Batch {
    pub(in crate::capability) packets: Vec<Departing>,
    pub(in crate::capability) bytes: Vec<u8>,
    /// Of each: its remote, and the length of what it carries.
    pub(in crate::capability) counted: Vec<(usize, usize)>,
    /// Whether one more may be sent is for the account to say when this one was.
    pub(in crate::capability) metered: bool,
}

impl Batch {
    pub(in crate::capability) fn clear(&mut self) {
        self.packets.clear();
        self.bytes.clear();
        self.counted.clear();
        self.metered = false;
    }

    pub(in crate::capability) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL || self.packets.len() >= MOST || self.metered
    }

    pub(in crate::capability) fn push(
        &mut self,
        handle: u64,
        remote: SocketAddr,
        hop_limit: Option<u8>,
        packet: &[u8],
    ) {
        self.packets.push(Departing {
            handle,
            remote,
            hop_limit,
            length: packet.len() as u32,
        });
        self.bytes.extend_from_slice(packet);
    }
}
