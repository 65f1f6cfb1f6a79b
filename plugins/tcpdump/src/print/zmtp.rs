//! ZMTP 1.0: frames of ZeroMQ, over TCP and over PGM.

use super::prelude::*;

const FLAGS: &Table = &[
    (1, "MORE"),
    (2, "R1"),
    (4, "R2"),
    (8, "R3"),
    (16, "R4"),
    (32, "R5"),
    (64, "R6"),
    (128, "R7"),
];
/// Octets of a body that -v shows.
const SHOWN: usize = 128;

/// Prints the frames of a segment.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "zmtp1";
    p.text(": ZMTP/1.0");
    frames(p, b.upto(length), 0)
}

/// Prints the frames of a datagram, of which the first may have begun before it.
///
/// # Errors
/// [`Cut`]
pub(crate) fn datagram(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "zmtp1";
    let mut offset = usize::from(b.be16(0)?);
    write!(p, "\n\t frame offset 0x{offset:04x}");
    if offset == 0xffff {
        offset = length.saturating_sub(2);
    } else if 2 + offset > length {
        p.text(" (exceeds datagram declared length)");
        return Err(Cut);
    }
    let rest = b.tail(2);
    if offset > 0 {
        write!(p, "\n\t frame intermediate part, {offset} bytes");
        if offset > rest.len() {
            write!(p, " ({} captured)", rest.len());
        }
        if p.v(1) {
            let mut shown = offset.min(rest.len());
            if !p.v(2) {
                shown = shown.min(SHOWN);
            }
            if shown > 1 {
                write!(p, ", first {shown} byte(s):");
                super::dump::hex_and_ascii(p, "\n\t ", rest.upto(shown));
            }
        }
    }
    frames(p, b.upto(length), 2 + offset)
}

fn frames(p: &mut Printer, b: &[u8], from: usize) -> Done {
    let mut at = from;
    while at < b.len() {
        at = frame(p, b, at)?;
    }
    Ok(())
}

/// Prints a frame; where the next one is.
fn frame(p: &mut Printer, b: &[u8], at: usize) -> Done<usize> {
    p.text("\n\t");
    let first = b.u8(at)?;
    let (header, size) = if first == 0xff {
        p.text(" frame flags+body (64-bit) length");
        let size = b.be64(at + 1)?;
        write!(p, " {size}");
        (9, size)
    } else {
        write!(p, " frame flags+body  (8-bit) length {first}");
        (1, u64::from(first))
    };
    if size == 0 {
        return Ok(at + header);
    }
    let flags = b.u8(at + header)?;
    let captured = b.tail(at + header);
    if size > captured.len() as u64 {
        write!(p, " ({} captured)", captured.len());
    }
    write!(p, ", flags 0x{flags:02x}");
    let size = usize::try_from(size).unwrap_or(usize::MAX);
    if p.v(1) {
        write!(p, " ({})", bits(FLAGS, flags.into(), "none", ", "));
        let mut shown = captured.len().min(size);
        if !p.v(2) {
            shown = shown.min(SHOWN + 1);
        }
        if shown > 1 {
            write!(p, ", first {} byte(s) of body:", shown - 1);
            super::dump::hex_and_ascii(p, "\n\t ", captured.upto(shown).tail(1));
        }
    }
    b.octets(at + header, size)?;
    Ok(at + header + size)
}
