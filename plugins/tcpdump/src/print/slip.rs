//! SLIP, whose headers may be compressed (RFC 1144), and classical IP over ATM.

use super::prelude::*;
use super::{ip, ip6, llc};

/// The last lengths of the connections, for headers that do not say theirs.
#[derive(Debug)]
pub(crate) struct State {
    lengths: [[u32; 256]; 2],
    connection: u8,
}

impl Default for State {
    fn default() -> Self {
        Self {
            lengths: [[0; 256]; 2],
            connection: 255,
        }
    }
}

impl State {
    fn length(&mut self, direction: usize) -> Option<&mut u32> {
        let lengths = self.lengths.get_mut(direction)?;
        lengths.get_mut(usize::from(self.connection))
    }
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "slip";
    b.octets(0, 16)?;
    p.link_header += 16;
    let (packet, length) = (b.tail(16), length.saturating_sub(16));
    if p.set.link {
        header(p, b, packet, length)?;
    }
    match packet.u8(0)? >> 4 {
        4 => ip::print(p, packet, length),
        6 => ip6::print(p, packet, length),
        version => {
            write!(p, "ip v{version}");
            Ok(())
        }
    }
}

/// Prints a packet of BSD/OS.
///
/// # Errors
/// [`Cut`]
pub(crate) fn bsdos(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "slip_bsdos";
    b.octets(0, 16)?;
    p.link_header += 16;
    ip::print(p, b.tail(16), length.saturating_sub(16))
}

/// The length of the packet without its headers of IP and TCP.
fn carried(packet: &[u8], length: usize) -> Done<u32> {
    let words = usize::from(packet.u8(0)? & 15);
    let words = words + usize::from(packet.u8(words * 4 + 12)? >> 4);
    Ok((length as u32).wrapping_sub(words as u32 * 4))
}

fn header(p: &mut Printer, b: &[u8], packet: &[u8], length: usize) -> Done {
    let direction = usize::from(b.u8(0)?);
    match direction {
        0 => p.text("I "),
        1 => p.text("O "),
        _ => write!(p, "Invalid direction {direction} "),
    }
    let kind = b.u8(1)?;
    match kind & 0xf0 {
        0x40 => write!(p, "ip {}: ", length + 16),
        0x70 => {
            let connection = b.u8(10)?;
            p.slip.connection = connection;
            write!(p, "utcp {connection}: ");
            if direction < 2 {
                let carried = carried(packet, length)?;
                if let Some(last) = p.slip.length(direction) {
                    *last = carried;
                }
            }
        }
        _ if direction > 1 => {}
        _ if kind & 0x80 != 0 => {
            compressed(p, b.tail(1), packet, length, direction)?;
            p.text(": ");
        }
        _ => write!(p, "slip-{kind}!: "),
    }
    Ok(())
}

/// A number of one octet, which the native tool does not step over, or of the next two when that is zero.
fn change(b: &[u8], at: &mut usize) -> Done<u16> {
    let short = b.u8(*at)?;
    if short != 0 {
        return Ok(short.into());
    }
    let long = b.be16(*at + 1)?;
    *at += 3;
    Ok(long)
}

fn compressed(p: &mut Printer, b: &[u8], packet: &[u8], length: usize, direction: usize) -> Done {
    let flags = b.u8(0)?;
    let mut at = 1;
    if flags & 0x40 != 0 {
        p.slip.connection = b.u8(1)?;
        at = 2;
        let connection = p.slip.connection;
        write!(p, "ctcp {connection}");
    } else {
        p.text("ctcp *");
    }
    at += 2;
    let last = p.slip.length(direction).map_or(0, |last| *last);
    match flags & 15 {
        11 => write!(p, " *SA+{last}"),
        15 => write!(p, " *S+{last}"),
        _ => {
            if flags & 1 != 0 {
                write!(p, " U={}", change(b, &mut at)?);
            }
            if flags & 2 != 0 {
                let window = change(b, &mut at)?.cast_signed();
                write!(p, " W{}{window}", if window >= 0 { "+" } else { "" });
            }
            for (bit, name) in [(4, "A+"), (8, "S+")] {
                if flags & bit != 0 {
                    write!(p, " {name}{}", change(b, &mut at)?);
                }
            }
        }
    }
    if flags & 0x20 != 0 {
        write!(p, " I+{}", change(b, &mut at)?);
    }
    let carried = carried(packet, length)?;
    if let Some(last) = p.slip.length(direction) {
        *last = carried;
    }
    write!(p, " {carried} ({at})");
    Ok(())
}

/// Classical IP over ATM (RFC 2225) as Linux captures it.
///
/// # Errors
/// [`Cut`]
pub(crate) fn classical(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "cip";
    if p.set.link {
        write!(p, "{length}: ");
    }
    if b.octets(0, 6)? == [0xaa, 0xaa, 3, 0, 0, 0] {
        let (header, known) = llc::print(p, b, length, None)?;
        if !known {
            p.octets_of_unknown(b);
        }
        p.link_header += header;
        return Ok(());
    }
    ip::print(p, b, length)
}
