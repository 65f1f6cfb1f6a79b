//! Packets of the ring that the kernel fills: struct tpacket_block_desc and tpacket3_hdr of linux/if_packet.h.

use std::io;
use std::os::fd::OwnedFd;

use super::sys::Mapping;
use crate::bindings::nethost::cap::capture::{Batch, Packet};
use nethost_broker::packet_socket::{COOKED, COOKED_2, CaptureFacts};

/// Bytes of a batch, beyond which no packet is added.
const FULL: usize = 1 << 20;
/// LINKTYPE_ETHERNET
const ETHERNET: u32 = 1;
/// The addresses of an Ethernet frame, behind which the tag of a VLAN stood.
const ADDRESSES: usize = 12;
/// Where the protocol stands in a header of the first kind of cooked packets, and the tag before it.
const COOKED_PROTOCOL: usize = 14;
/// tp_status
const CSUM_NOT_READY: u32 = 1 << 3;
const VLAN_VALID: u32 = 1 << 4;
const VLAN_TPID_VALID: u32 = 1 << 6;
/// struct tpacket3_hdr, behind which the address stands.
const HEADER: usize = 48;

/// The ring, and how far it was read.
pub(super) struct Ring {
    blocks: Mapping,
    link: u32,
    loopback: u32,
    snapshot: usize,
    /// The block to read.
    block: usize,
    /// Packets left in it, and where the next one is; none before the kernel has passed it on.
    open: Option<(u32, usize)>,
}

/// The fields of a packet's header.
struct Header<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Header<'_> {
    fn word(&self, offset: usize) -> Option<u32> {
        let at = self.at.checked_add(offset)?;
        let bytes = self.bytes.get(at..at.checked_add(4)?)?;
        Some(u32::from_ne_bytes(bytes.try_into().ok()?))
    }

    fn half(&self, offset: usize) -> Option<u16> {
        let at = self.at.checked_add(offset)?;
        let bytes = self.bytes.get(at..at.checked_add(2)?)?;
        Some(u16::from_ne_bytes(bytes.try_into().ok()?))
    }

    fn byte(&self, offset: usize) -> Option<u8> {
        self.bytes.get(self.at.checked_add(offset)?).copied()
    }
}

impl Ring {
    pub(super) fn of(socket: &OwnedFd, facts: &CaptureFacts, link: u32) -> io::Result<Self> {
        Ok(Self {
            blocks: Mapping::of(socket, facts.block as usize, facts.blocks as usize)?,
            link,
            loopback: facts.loopback,
            snapshot: facts.snapshot as usize,
            block: 0,
            open: None,
        })
    }

    /// Appends what is there to a batch. `WouldBlock` if nothing is.
    pub(super) fn take(&mut self, max: usize, batch: &mut Batch) -> io::Result<()> {
        let mut found = false;
        while batch.packets.len() < max && batch.bytes.len() < FULL {
            let Some(block) = self.blocks.passed_on(self.block) else {
                break;
            };
            found = true;
            let of_block = Header {
                bytes: block,
                at: 0,
            };
            let (mut left, mut at) = self.open.take().unwrap_or_else(|| {
                let first = of_block.word(16).unwrap_or(0) as usize;
                (of_block.word(12).unwrap_or(0), first)
            });
            while left > 0 && batch.packets.len() < max && batch.bytes.len() < FULL {
                let header = Header { bytes: block, at };
                let next = self.append(&header, batch);
                left -= 1;
                match next {
                    Some(next) => at += next,
                    None => left = 0,
                }
            }
            if left > 0 {
                self.open = Some((left, at));
            } else {
                self.blocks.give_back(self.block);
                self.block = (self.block + 1) % self.blocks.count();
            }
        }
        match found {
            true => Ok(()),
            false => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Appends a packet, and returns how far away the next one is.
    fn append(&self, header: &Header<'_>, batch: &mut Batch) -> Option<usize> {
        let next = header.word(0)? as usize;
        let (seconds, nanoseconds) = (header.word(4)?, header.word(8)?);
        let (captured, original) = (header.word(12)? as usize, header.word(16)?);
        let status = header.word(20)?;
        let start = header.at.checked_add(header.half(24)?.into())?;
        let bytes = header.bytes.get(start..start.checked_add(captured)?)?;
        let tag = header.word(32)? as u16;
        let is_tagged = status & VLAN_VALID != 0 || tag != 0;
        let kind = match status & VLAN_TPID_VALID {
            0 => 0x8100,
            _ => header.half(36)?,
        };
        let tag = is_tagged.then_some((kind, tag));
        let interface = header.word(HEADER + 4)?;
        let packet_type = header.byte(HEADER + 10)?;
        // The loopback interface shows each packet as it leaves and as it arrives.
        if interface == self.loopback && packet_type == libc::PACKET_OUTGOING {
            return Some(next);
        }
        let offset = batch.bytes.len();
        self.head(header, &mut batch.bytes)?;
        let place = match self.link {
            ETHERNET => Some(ADDRESSES),
            COOKED => Some(COOKED_PROTOCOL),
            _ => None,
        };
        let head = batch.bytes.len() - offset;
        let mut added = head;
        batch.bytes.extend_from_slice(bytes);
        if let (Some((kind, value)), Some(place)) = (tag, place)
            && batch.bytes.len() - offset >= place
        {
            let tag = [kind.to_be_bytes(), value.to_be_bytes()].concat();
            let at = offset + place;
            batch.bytes.splice(at..at, tag);
            added += 4;
        }
        batch.bytes.truncate(offset + self.snapshot);
        batch.packets.push(Packet {
            offset: offset as u32,
            length: (batch.bytes.len() - offset) as u32,
            original: original + added as u32,
            timestamp: u64::from(seconds) * 1_000_000_000 + u64::from(nanoseconds),
            interface,
            kind: packet_type,
            unchecked: status & CSUM_NOT_READY != 0,
        });
        Some(next)
    }

    /// The header of cooked packets: sll(7) and sll2 of pcap, from struct sockaddr_ll.
    fn head(&self, header: &Header<'_>, head: &mut Vec<u8>) -> Option<()> {
        if !matches!(self.link, COOKED | COOKED_2) {
            return Some(());
        }
        let address = header.at.checked_add(HEADER + 12)?;
        let address = header.bytes.get(address..address.checked_add(8)?)?;
        // It is in network order already.
        let protocol = header.half(HEADER + 2)?.to_ne_bytes();
        let interface = header.word(HEADER + 4)?.to_be_bytes();
        let hardware = header.half(HEADER + 8)?.to_be_bytes();
        let (kind, length) = (header.byte(HEADER + 10)?, header.byte(HEADER + 11)?);
        if self.link == COOKED {
            head.extend_from_slice(&u16::from(kind).to_be_bytes());
            head.extend_from_slice(&hardware);
            head.extend_from_slice(&u16::from(length).to_be_bytes());
            head.extend_from_slice(address);
            head.extend_from_slice(&protocol);
        } else {
            head.extend_from_slice(&protocol);
            head.extend_from_slice(&[0, 0]);
            head.extend_from_slice(&interface);
            head.extend_from_slice(&hardware);
            head.extend_from_slice(&[kind, length]);
            head.extend_from_slice(address);
        }
        Some(())
    }
}
