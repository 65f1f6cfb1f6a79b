//! pcap (pcap-savefile(5)): a head, and each packet behind 16 octets.

use super::{About, Written};

/// The head, in the order of octets of this machine, which is little-endian.
pub(super) fn head(about: &About, out: &mut Vec<u8>) {
    let magic: u32 = if about.nano { 0xa1b2_3c4d } else { 0xa1b2_c3d4 };
    out.extend_from_slice(&magic.to_le_bytes());
    out.extend_from_slice(&2_u16.to_le_bytes());
    out.extend_from_slice(&4_u16.to_le_bytes());
    for number in [0, 0, about.snapshot, about.link] {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

pub(super) fn packet(packet: &Written<'_>, out: &mut Vec<u8>) {
    // Times after 2106 do not fit; libpcap cuts them, too.
    let seconds = packet.seconds as u32;
    let captured = packet.octets.len() as u32;
    for number in [seconds, packet.fraction, captured, packet.length] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(packet.octets);
}
