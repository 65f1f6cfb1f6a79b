//! PPP over Ethernet (RFC 2516).

use super::ppp;
use super::prelude::*;

const CODES: &Table = &[
    (9, "PADI"),
    (7, "PADO"),
    (0x19, "PADR"),
    (0x65, "PADS"),
    (0xa7, "PADT"),
    (0, ""),
];
const TAGS: &Table = &[
    (0x0000, "EOL"),
    (0x0101, "Service-Name"),
    (0x0102, "AC-Name"),
    (0x0103, "Host-Uniq"),
    (0x0104, "AC-Cookie"),
    (0x0105, "Vendor-Specific"),
    (0x0110, "Relay-Session-ID"),
    (0x0120, "PPP-Max-Payload"),
    (0x0201, "Service-Name-Error"),
    (0x0202, "AC-System-Error"),
    (0x0203, "Generic-Error"),
];
/// Characters of a tag that are shown.
const SHOWN: usize = 79;

/// A capture of a link.
///
/// # Errors
/// [`Cut`]
pub(crate) fn link(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "pppoe";
    let header = packet(p, b, length)?;
    p.link_header += header;
    Ok(())
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    packet(p, b, length).map(|_| ())
}

fn packet(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.protocol = "pppoe";
    if length < 6 {
        write!(p, " (length {length} < 6)");
        p.invalid();
        return Ok(0);
    }
    let length = length - 6;
    b.octets(0, 6)?;
    let (version, kind) = (b.u8(0)? >> 4, b.u8(0)? & 15);
    let (code, session) = (b.u8(1)?, b.be16(2)?);
    let mut size = usize::from(b.be16(4)?);
    if version != 1 {
        write!(p, " [ver {version}]");
    }
    if kind != 1 {
        write!(p, " [type {kind}]");
    }
    write!(p, "PPPoE {}", tok(CODES, code.into(), "PAD-%x"));
    if code == 9 && size > 1478 {
        write!(p, " [len {size}!]");
    }
    if size > length {
        write!(p, " [len {size} > {length}!]");
        size = length;
    }
    if session != 0 {
        write!(p, " [ses 0x{session:x}]");
    }
    let b = b.tail(6);
    if code == 0 {
        p.text(" ");
        return p
            .nested(|p| ppp::print(p, b, size))
            .map(|header| header + 6);
    }
    let mut at = 0;
    while at < size {
        let (tag, count) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        at += 4;
        p.text(" [");
        let before = p.out.len();
        p.name(TAGS, tag, "TAG-0x%x");
        if count > 0 {
            let Ok(value) = b.octets(at, count) else {
                p.out.truncate(before - 2);
                return Err(Cut);
            };
            let shown = value.upto(SHOWN);
            let printable = |octet: &u8| (0x20..0x7f).contains(octet);
            let ascii = shown.iter().filter(|octet| printable(octet)).count();
            if ascii > shown.len() - ascii {
                let text: String = shown
                    .iter()
                    .map(|octet| {
                        if printable(octet) {
                            char::from(*octet)
                        } else {
                            '.'
                        }
                    })
                    .collect();
                write!(p, " \"{text}\"");
            } else {
                p.text(" 0x");
                for octet in value {
                    write!(p, "{octet:02X}");
                }
            }
        }
        p.text("]");
        at += count;
        if tag == 0 {
            break;
        }
    }
    Ok(6)
}
