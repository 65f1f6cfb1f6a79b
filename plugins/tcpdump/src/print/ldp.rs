//! LDP (RFC 5036): labels for MPLS.

use super::ldp_element::{self, MESSAGES};
use super::prelude::*;

/// Prints what one datagram or segment holds.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ldp";
    let (mut at, mut left) = (0, length);
    while left > 18 {
        let size = unit(p, b.tail(at))?;
        if size == 0 {
            break;
        }
        if left < size {
            write!(p, " [remaining length {left} < {size}]");
            p.invalid();
            break;
        }
        at += size;
        left -= size;
    }
    Ok(())
}

/// Prints a unit; how long it is, nothing when no other follows.
fn unit(p: &mut Printer, b: &[u8]) -> Done<usize> {
    b.octets(0, 10)?;
    let before = if p.v(1) { "\n\t" } else { "" };
    let version = b.be16(0)?;
    if version != 1 {
        write!(p, "{before}LDP version {version} packet not supported");
        return Ok(0);
    }
    let size = usize::from(b.be16(2)?);
    if size < 6 {
        write!(p, "{before}LDP, pdu-length: {size} (too short, < 6)");
        return Ok(0);
    }
    write!(p, "{before}LDP, Label-Space-ID: ");
    p.v4_at(b, 4)?;
    write!(p, ":{}, pdu-length: {size}", b.be16(8)?);
    if !p.v(1) {
        return Ok(0);
    }
    let (mut at, mut left) = (10, (size - 6) as u16);
    while left != 0 {
        let message = b.tail(at);
        message.octets(0, 8)?;
        let (first, length) = (message.be16(0)?, message.be16(2)?);
        let kind = first & 0x7fff;
        let name = tok(MESSAGES, kind.into(), "Unknown");
        write!(p, "\n\t  {name} Message (0x{kind:04x}), length: {length}");
        if length < 4 {
            p.text(" (too short, < 4)");
            return Ok(0);
        }
        let unknown = if first & 0x8000 != 0 {
            "continue processing"
        } else {
            "ignore"
        };
        write!(
            p,
            ", Message ID: 0x{:08x}, Flags: [{unknown} if unknown]",
            message.be32(4)?
        );
        let length = usize::from(length);
        message.octets(0, length)?;
        let (elements, mut rest) = (message.tail(8), length - 4);
        match kind {
            1 | 0x100 | 0x200 | 0x201 | 0x300 | 0x301 | 0x400..=0x404 => {
                let mut place = 0;
                while rest >= 4 {
                    match ldp_element::print(p, elements.tail(place), rest)? {
                        0 => break,
                        size => {
                            place += size;
                            rest -= size;
                        }
                    }
                }
            }
            _ if !p.v(2) => p.unknown(elements, "\n\t  ", rest),
            _ => {}
        }
        if p.v(2) {
            p.unknown(elements, "\n\t  ", length);
        }
        at += length + 4;
        left = left.wrapping_sub((length + 4) as u16);
    }
    Ok(size + 4)
}
