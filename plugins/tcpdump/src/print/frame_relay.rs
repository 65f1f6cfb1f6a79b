//! Frame relay: Q.922 frames, and several links as one (FRF.16).

use super::osi;
use super::prelude::*;
use super::{ethertype, ip, ip6, isoclns, llc, ppp, q933};

const FLAGS: &Table = &[
    (33554432, "C!"),
    (131072, "DE"),
    (262144, "BECN"),
    (524288, "FECN"),
    (2, "sdlcore"),
];
const FRAGMENT_FLAGS: &Table = &[(128, "Begin"), (64, "End"), (32, "Control")];
const CONTROLS: &Table = &[
    (1, "Add Link"),
    (2, "Add Link ACK"),
    (3, "Add Link Reject"),
    (4, "Hello"),
    (5, "Hello ACK"),
    (6, "Remove Link"),
    (7, "Remove Link ACK"),
];
const CONTROL_ELEMENTS: &Table = &[
    (1, "Bundle ID"),
    (2, "Link ID"),
    (3, "Magic Number"),
    (5, "Timestamp"),
    (6, "Vendor Extension"),
    (7, "Cause"),
];

/// The address of a frame.
enum Address {
    /// The number of the connection, how many octets, and flags.
    Is(u32, usize, u32),
    /// What cannot be an address.
    Invalid,
    /// It ends too early.
    Short,
}

fn address(b: &[u8], length: usize) -> Address {
    let octet = |at: usize| match at < length {
        true => b.u8(at).ok(),
        false => None,
    };
    let Some(first) = octet(0) else {
        return Address::Short;
    };
    if first & 1 != 0 {
        return Address::Invalid;
    }
    let Some(second) = octet(1) else {
        return Address::Short;
    };
    let mut number = u32::from(first & 0xfc) << 2 | u32::from(second >> 4);
    let flags = u32::from(first & 2) << 24 | u32::from(second & 14) << 16;
    if second & 1 != 0 {
        return Address::Is(number, 2, flags);
    }
    let mut size = 3;
    let Some(mut last) = octet(2) else {
        return Address::Short;
    };
    if last & 1 == 0 {
        number = number << 7 | u32::from(last >> 1);
        size = 4;
        match octet(3) {
            Some(octet) => last = octet,
            None => return Address::Short,
        }
    }
    if last & 1 == 0 {
        return Address::Invalid;
    }
    Address::Is(
        number << 6 | u32::from(last >> 2),
        size,
        flags | u32::from(last & 2),
    )
}

/// Prints an address of ARP.
pub(crate) fn print_address(p: &mut Printer, b: &[u8]) {
    match address(b, b.len()) {
        Address::Is(number, ..) => write!(p, "DLCI {number}"),
        Address::Invalid => p.text("<Invalid DLCI>"),
        Address::Short => p.text("<Truncated>"),
    }
}

/// Prints a packet of the link.
///
/// # Errors
/// [`Cut`]
pub(crate) fn link(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "fr";
    if b.len() < 4 {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    p.link_header += print(p, b, length)?;
    Ok(())
}

/// Prints a packet of a link of several.
///
/// # Errors
/// [`Cut`]
pub(crate) fn multilink(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "mfr";
    if b.len() < 2 {
        p.truncated();
        p.link_header += b.len();
        return Ok(());
    }
    p.link_header += print_multilink(p, b, length)?;
    Ok(())
}

/// What is said of the link's header.
#[derive(Clone, Copy)]
struct Head {
    number: u32,
    size: usize,
    flags: u32,
}

fn header(p: &mut Printer, length: usize, head: Head, kind: u16) {
    let Head {
        number,
        size,
        flags,
    } = head;
    if p.set.quiet > 0 {
        return write!(p, "Q.922, DLCI {number}, length {length}: ");
    }
    let flags = bits(FLAGS, flags, "none", ", ");
    write!(p, "Q.922, hdr-len {size}, DLCI {number}, Flags [{flags}]");
    if kind <= 0xff {
        let name = tok(osi::PROTOCOLS, kind.into(), "unknown");
        write!(p, ", NLPID {name} (0x{kind:02x})");
    } else {
        let name = tok(ethertype::NAMES, kind.into(), "unknown");
        write!(p, ", cisco-ethertype {name} (0x{kind:04x})");
    }
    write!(p, ", length {length}: ");
}

/// Prints a frame; the length of its headers.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.nested(|p| frame(p, b, length))
}

fn frame(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.protocol = "fr";
    let short = |p: &mut Printer| {
        p.truncated();
        Ok(0)
    };
    let (number, size, flags) = match address(b, length) {
        Address::Is(number, size, flags) => (number, size, flags),
        Address::Short => return short(p),
        Address::Invalid => {
            p.text("Q.922, invalid address");
            return Ok(0);
        }
    };
    let head = Head {
        number,
        size,
        flags,
    };
    let (Ok(control), false) = (b.u8(size), length < size + 1) else {
        return short(p);
    };
    if control != 3 && number != 0 {
        match b.be16(size) {
            Ok(kind) if length >= size + 2 => {
                if p.set.link {
                    header(p, length, head, kind);
                }
                if ethertype::print(p, kind, b.tail(size + 2), length - size - 2, None)? {
                    return Ok(size + 2);
                }
                write!(p, "UI {control:02x}! ");
            }
            _ => write!(p, "UI {control:02x}! "),
        }
    }
    let (Ok(pad), false) = (b.u8(size + 1), length < size + 2) else {
        return short(p);
    };
    let whole = match pad {
        0 => {
            p.text(if size != 3 { "Pad! " } else { "" });
            size + 3
        }
        _ => {
            p.text(if size == 3 { "No pad! " } else { "" });
            size + 2
        }
    };
    let (Ok(protocol), false) = (b.u8(whole - 1), length < whole) else {
        return short(p);
    };
    if p.set.link {
        header(p, length, head, protocol.into());
    }
    let (payload, rest) = (b.tail(whole), length - whole);
    match protocol {
        0xcc => ip::print(p, payload, rest)?,
        0x8e => ip6::print(p, payload, rest)?,
        0x81..=0x83 => isoclns::print(p, b.tail(whole - 1), rest + 1)?,
        0x80 => {
            if !llc::snap(p, payload, rest, None, 0)? {
                if !p.set.link {
                    header(
                        p,
                        length,
                        Head {
                            size: whole,
                            ..head
                        },
                        protocol.into(),
                    );
                }
                if !p.set.dumps() {
                    p.octets_of_unknown(b);
                    b.octets(0, length)?;
                }
            }
        }
        0x08 => q933::print(p, payload, rest)?,
        0xb1 => fragment(p, payload, rest)?,
        0xcf => {
            ppp::print(p, payload, rest)?;
        }
        _ => {
            if !p.set.link {
                header(p, length, head, protocol.into());
            }
            if p.set.hex == 0 {
                super::dump::hex_and_ascii(p, "\n\t", payload.upto(rest));
                payload.octets(0, rest)?;
            }
        }
    }
    Ok(whole)
}

/// A fragment of FRF.15.
fn fragment(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 2 {
        p.truncated();
        return Ok(());
    }
    let (first, second) = (b.u8(0)?, b.u8(1)?);
    let sequence = u16::from(first & 0x1e) << 7 | u16::from(second);
    let flags = bits(FRAGMENT_FLAGS, (first & 0xe0).into(), "none", ", ");
    let kind = if first & 1 != 0 {
        "Interface"
    } else {
        "End-to-End"
    };
    write!(
        p,
        "FRF.15, seq 0x{sequence:03x}, Flags [{flags}], {kind} Fragmentation"
    );
    write!(p, ", length {length}");
    Ok(())
}

/// Prints a frame of FRF.16; the length of its headers.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print_multilink(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.protocol = "mfr";
    if length < 4 {
        write!(p, "[length {length} < 4]");
        p.invalid();
        return Ok(length);
    }
    if !b.has(4) {
        p.truncated();
        return Ok(length);
    }
    let (first, second) = (b.u8(0)?, b.u8(1)?);
    let flags = bits(FRAGMENT_FLAGS, (first & 0xe0).into(), "none", ", ");
    if first & 0xe0 == 0xe0 && second == 0 {
        let name = tok(CONTROLS, b.u8(2)?.into(), "Unknown Message (0x%02x)");
        write!(
            p,
            "FRF.16 Control, Flags [{flags}], {name}, length {length}"
        );
        if p.v(1) && !control(p, b.tail(3), length - 3)? {
            p.truncated();
            return Ok(length);
        }
        return Ok(3);
    }
    let sequence = u16::from(first & 0x1e) << 7 | u16::from(second);
    write!(p, "FRF.16 Frag, seq {sequence}, Flags [{flags}]");
    if matches!(first & 0xe0, 0xc0 | 0x80) {
        p.text(", ");
        print(p, b.tail(2), length - 2)?;
        return Ok(2);
    }
    p.unknown(b, "\n\t", length);
    Ok(0)
}

/// Prints elements; false when they were not all captured.
fn control(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let (mut at, mut left) = (0, length);
    while left > 2 {
        if b.octets(at, 2).is_err() {
            return Ok(false);
        }
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        let name = tok(CONTROL_ELEMENTS, kind.into(), "Unknown");
        write!(p, "\n\tIE {name} ({kind}), length {size}: ");
        if kind == 0 || size <= 2 {
            return Ok(true);
        }
        let Ok(element) = b.octets(at, size) else {
            return Ok(false);
        };
        let v = element.tail(2);
        match kind {
            3 if v.len() != 4 => {
                write!(p, "[IE data length {} != 4]", v.len());
                p.invalid();
            }
            3 => write!(p, "0x{:08x}", v.be32(0)?),
            1 | 2 => p.padded_string_at(v, 0, v.len().min(50))?,
            5 if v.len() > 14 => {
                write!(p, "[Timestamp IE length {} > 14]", v.len());
                p.invalid();
            }
            _ if !p.v(2) => p.unknown(v, "\n\t  ", v.len()),
            _ => {}
        }
        if p.v(2) {
            p.unknown(v, "\n\t  ", v.len());
        }
        at += size;
        left = left.saturating_sub(size);
    }
    Ok(true)
}
