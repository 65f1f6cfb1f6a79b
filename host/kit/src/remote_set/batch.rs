//! Packets that the broker is to send, in one message.

use nethost_broker::{self as broker, OutgoingPacket, Packets};

/// So many bytes go into one message, and the last packet.
const FULL: usize = 16 << 10;
/// So many packets do.
const MOST: usize = 256;
/// No packet is longer; and of each goes along where it is to go, in fewer octets than these.
const PACKET: usize = 65_535;
const HEAD: usize = 48;
const _: () = assert!(FULL + PACKET + MOST * HEAD < broker::MAX_MESSAGE);

/// Packets whose bytes follow each other.
#[derive(Default)]
pub struct Batch {
    /// The packets.
    pub packets: Packets,
    /// Of each: its remote, and the length of what it carries.
    pub counted: Vec<(usize, usize)>,
    /// Whether one more may be sent is for the account to say when this one was.
    pub metered: bool,
}

impl Batch {
    /// Makes room for the next ones.
    pub fn clear(&mut self) {
        self.packets.packets.clear();
        self.packets.bytes.clear();
        self.counted.clear();
        self.metered = false;
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.packets.packets.is_empty()
    }

    /// Whether no more packets may be added.
    pub fn is_full(&self) -> bool {
        self.packets.bytes.len() >= FULL || self.packets.packets.len() >= MOST || self.metered
    }

    /// Adds a packet, which takes this permit.
    pub fn push(&mut self, handle: u64, hop_limit: Option<u8>, packet: &[u8]) {
        self.packets.packets.push(OutgoingPacket {
            handle,
            hop_limit,
            length: packet.len() as u32,
        });
        self.packets.bytes.extend_from_slice(packet);
    }
}
