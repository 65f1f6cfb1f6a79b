//! Network service headers (RFC 8300).

use super::prelude::*;
use super::{ethernet, ip, ip6};

const METADATA: &Table = &[(0, "reserved"), (1, "1"), (2, "2"), (15, "experimental")];
const NEXT: &Table = &[
    (1, "IPv4"),
    (2, "IPv6"),
    (3, "Ethernet"),
    (4, "NSH"),
    (5, "MPLS"),
    (0xfe, "Experiment 1"),
    (0xff, "Experiment 2"),
];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "nsh";
    if length < 8 {
        write!(p, " (packet length {length} < 8)");
        p.invalid();
        return Ok(());
    }
    let base = b.be32(0)?;
    let version = base >> 30;
    let words = (base >> 16 & 0x3f) as usize;
    let metadata = base >> 8 & 15;
    let next = base & 0xff;
    p.text("NSH, ");
    if p.v(2) {
        write!(p, "ver {version}, ");
    }
    if version != 0 {
        return Ok(());
    }
    write!(
        p,
        "flags [{}], ",
        bits(&[(2, "O")], base >> 28 & 3, "none", "")
    );
    if p.v(3) {
        write!(p, "TTL {}, length {words}, ", base >> 22 & 0x3f);
        write!(
            p,
            "md type {}, ",
            tok(METADATA, metadata, "unknown (0x%02x)")
        );
    }
    if p.v(2) {
        write!(p, "next-protocol {}, ", tok(NEXT, next, "unknown (0x%02x)"));
    }
    let headers = words * 4;
    if length < headers {
        write!(p, " (too many headers for packet length {length})");
        p.invalid();
        return Ok(());
    }
    write!(
        p,
        "service-path-id 0x{:06x}, service-index 0x{:x}",
        b.be24(4)?,
        b.u8(7)?
    );
    if words < 2 {
        p.text(" (less than two headers)");
        p.invalid();
        return Ok(());
    }
    if p.v(3) && !contexts(p, b, words, metadata)? {
        p.invalid();
        return Ok(());
    }
    b.octets(0, headers)?;
    p.text(if p.v(1) { "\n    " } else { ": " });
    let (b, length) = (b.tail(headers), length - headers);
    match next {
        1 => ip::print(p, b, length),
        2 => ip6::print(p, b, length),
        3 => ethernet::print(p, b, length).map(|_| ()),
        _ => {
            p.text("ERROR: unknown-next-protocol");
            Ok(())
        }
    }
}

/// False for what is invalid.
fn contexts(p: &mut Printer, b: &[u8], words: usize, metadata: u32) -> Done<bool> {
    if metadata == 1 {
        if words != 6 {
            p.text(" (length for the MD type)");
            return Ok(false);
        }
        for number in 0..words - 2 {
            write!(
                p,
                "\n        Context[{number:02}]: 0x{:08x}",
                b.be32(8 + number * 4)?
            );
        }
    }
    if metadata == 2 {
        let mut word = 0;
        while word < words - 2 {
            let at = 8 + word * 4;
            let size = usize::from(b.u8(at + 3)? & 0x7f);
            write!(
                p,
                "\n        TLV Class {}, Type {}, Len {size}",
                b.be16(at)?,
                b.u8(at + 2)?
            );
            word += 1;
            if words - 2 < word + size.div_ceil(4) {
                p.text(" (length too big)");
                return Ok(false);
            }
            if size > 0 {
                p.text("\n            Value: 0x");
                p.hex(b.octets(at + 4, size)?, ":");
                word += size.div_ceil(4);
            }
        }
    }
    Ok(true)
}
