//! pcapng: a section, one interface, and a block for each packet.

use super::{About, Written};

/// opt_endofopt, shb_userappl, if_name, if_filter, if_tsresol
const END: u16 = 0;
const APPLICATION: u16 = 4;
const NAME: u16 = 2;
const FILTER: u16 = 11;
const RESOLUTION: u16 = 9;

/// The section and the interface.
pub(super) fn head(about: &About, out: &mut Vec<u8>) {
    block(0x0a0d_0d0a, out, |out| {
        out.extend_from_slice(&0x1a2b_3c4d_u32.to_le_bytes());
        out.extend_from_slice(&1_u16.to_le_bytes());
        out.extend_from_slice(&0_u16.to_le_bytes());
        // The length of the section is not known.
        out.extend_from_slice(&u64::MAX.to_le_bytes());
        let version = concat!("nethost tcpdump ", env!("CARGO_PKG_VERSION"));
        option(APPLICATION, version.as_bytes(), out);
        option(END, &[], out);
    });
    block(1, out, |out| {
        out.extend_from_slice(&(about.link as u16).to_le_bytes());
        out.extend_from_slice(&0_u16.to_le_bytes());
        out.extend_from_slice(&about.snapshot.to_le_bytes());
        if let Some(name) = &about.interface {
            option(NAME, name.as_bytes(), out);
        }
        if let Some(filter) = about.filter.as_ref().filter(|filter| !filter.is_empty()) {
            // 0: as text.
            let filter = [&[0], filter.as_bytes()].concat();
            option(FILTER, &filter, out);
        }
        option(RESOLUTION, &[if about.nano { 9 } else { 6 }], out);
        option(END, &[], out);
    });
}

/// An enhanced packet block.
pub(super) fn packet(packet: &Written<'_>, nano: bool, out: &mut Vec<u8>) {
    let units: u64 = if nano { 1_000_000_000 } else { 1_000_000 };
    let seconds = packet.seconds.cast_unsigned();
    let time = seconds
        .wrapping_mul(units)
        .wrapping_add(packet.fraction.into());
    block(6, out, |out| {
        let captured = packet.octets.len() as u32;
        let numbers = [0, (time >> 32) as u32, time as u32, captured, packet.length];
        for number in numbers {
            out.extend_from_slice(&number.to_le_bytes());
        }
        out.extend_from_slice(packet.octets);
        pad(packet.octets.len(), out);
    });
}

fn block(kind: u32, out: &mut Vec<u8>, body: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&kind.to_le_bytes());
    out.extend_from_slice(&[0; 4]);
    body(out);
    let length = ((out.len() - start + 4) as u32).to_le_bytes();
    out.extend_from_slice(&length);
    if let Some(place) = out.get_mut(start + 4..start + 8) {
        place.copy_from_slice(&length);
    }
}

fn option(code: u16, value: &[u8], out: &mut Vec<u8>) {
    let value = value
        .get(..value.len().min(u16::MAX.into()))
        .unwrap_or_default();
    out.extend_from_slice(&code.to_le_bytes());
    out.extend_from_slice(&(value.len() as u16).to_le_bytes());
    out.extend_from_slice(value);
    pad(value.len(), out);
}

fn pad(length: usize, out: &mut Vec<u8>) {
    let missing = length.next_multiple_of(4) - length;
    out.extend(std::iter::repeat_n(0, missing));
}
