//! Packets that the broker sends, in one message.

use nethost_broker::{self as broker, OutgoingPacket, Packets};

/// A message is full after this many bytes; the last packet may exceed it.
const FULL: usize = 16 << 10;
/// A message is full after this many packets.
const MOST: usize = 256;
/// The maximum length of a packet. The encoded destination of a packet takes less than this.
const PACKET: usize = 65_535;
const HEAD: usize = 48;
const _: () = assert!(FULL + PACKET + MOST * HEAD < broker::MAX_MESSAGE);

/// Packets, with their bytes one after the other.
#[derive(Default)]
pub struct Batch {
    /// The packets.
    pub packets: Packets,
    /// For each packet: the index of its remote and the length of its payload.
    pub counted: Vec<(usize, usize)>,
    /// Quotas apply, so the account must count this packet before it can decide about the next one.
    pub metered: bool,
}

impl Batch {
    /// Empties the batch.
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

    /// Whether the batch accepts no more packets.
    pub fn is_full(&self) -> bool {
        self.packets.bytes.len() >= FULL || self.packets.packets.len() >= MOST || self.metered
    }

    /// Adds a packet under the permit with this handle.
    pub fn push(&mut self, handle: u64, hop_limit: Option<u8>, packet: &[u8]) {
        self.packets.packets.push(OutgoingPacket {
            handle,
            hop_limit,
            length: packet.len() as u32,
        });
        self.packets.bytes.extend_from_slice(packet);
    }
}
