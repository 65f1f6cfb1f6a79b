//! Ethernet (IEEE 802.3), with tags of VLANs.

use super::ethertype::{self, Ends};
use super::prelude::*;
use super::{arista, llc, macsec};

/// Prints a frame; the length of its headers.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.protocol = "ether";
    tagged(p, b, length, 0, |_, _| Ok(()))
}

/// `vlan 7, p 0`
pub(crate) fn tag(p: &mut Printer, tci: u16) {
    write!(p, "vlan {}, p {}", tci & 0xfff, tci >> 13);
    if tci & 0x1000 != 0 {
        p.text(", DEI");
    }
}

fn type_name(p: &mut Printer, kind: u16) {
    if p.set.quiet > 0 {
        p.name(ethertype::NAMES, kind, "Unknown Ethertype (0x%04x)");
    } else {
        let name = tok(ethertype::NAMES, kind.into(), "Unknown");
        write!(p, "ethertype {name} (0x{kind:04x})");
    }
}

/// Prints a frame with a tag of a switch of this length behind its addresses.
///
/// # Errors
/// [`Cut`]
pub(crate) fn tagged(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    tag_length: usize,
    print_tag: impl FnOnce(&mut Printer, &[u8]) -> Done,
) -> Done<usize> {
    if length < b.len() {
        write!(p, "[length {length} < caplen {}]", b.len());
        p.invalid();
        return Ok(length);
    }
    if b.len() < 14 + tag_length {
        p.truncated();
        return Ok(b.len());
    }
    p.nested(|p| frame(p, b, length, tag_length, print_tag))
}

fn frame(
    p: &mut Printer,
    whole: &[u8],
    whole_length: usize,
    tag_length: usize,
    print_tag: impl FnOnce(&mut Printer, &[u8]) -> Done,
) -> Done<usize> {
    let ends = Ends {
        source: whole.octets(6, 6)?,
        destination: whole.octets(0, 6)?,
    };
    if p.set.link {
        ends.print(p, ", ");
    }
    print_tag(p, whole.tail(12))?;
    let mut at = 12 + tag_length;
    // What an integrity check at the end takes away.
    let mut end = whole_length;
    loop {
        let mut kind = whole.be16(at)?;
        at += 2;
        let mut length_shown = false;
        if kind == 0x88e5 {
            if p.set.link {
                type_name(p, kind);
                write!(p, ", length {whole_length}: ");
                length_shown = true;
            }
            let b = whole.tail(at).upto(end.saturating_sub(at));
            match macsec::print(p, b, end.saturating_sub(at), ends)? {
                macsec::Seen::Opaque(header) => {
                    p.octets_of_unknown(b.tail(header));
                    return Ok(at + header);
                }
                macsec::Seen::Bad(header) => return Ok(at + header),
                macsec::Seen::Plain { header, check } => {
                    at += header;
                    end = end.saturating_sub(check);
                    kind = whole.be16(at)?;
                    at += 2;
                }
            }
        }
        let whole = whole.upto(end);
        while matches!(kind, 0x8100 | 0x9100 | 0x9200 | 0x88a8) {
            if whole.len() < at + 4 {
                p.protocol = "vlan";
                p.truncated();
                return Ok(whole.len());
            }
            if p.set.link {
                type_name(p, kind);
                if !length_shown {
                    write!(p, ", length {whole_length}: ");
                    length_shown = true;
                } else {
                    p.text(", ");
                }
                tag(p, whole.be16(at)?);
                p.text(", ");
            }
            kind = whole.be16(at + 2)?;
            at += 4;
        }
        let b = whole.tail(at);
        let length = end.saturating_sub(at);
        if kind <= ethertype::LONGEST || kind == 0x8870 {
            let mut length = length;
            let mut b = b;
            if kind != 0x8870 {
                length = length.min(kind.into());
                b = b.upto(length);
                if p.set.link {
                    p.text("802.3");
                    if !length_shown {
                        write!(p, ", length {length}: ");
                    }
                }
            }
            let (header, known) = llc::print(p, b, length, Some(ends))?;
            if !known {
                p.octets_of_unknown(b);
            }
            return Ok(at + header);
        }
        if kind == 0xd28b {
            type_name(p, kind);
            write!(p, ", length {whole_length}: ");
            let consumed = arista::print(p, b, length)?;
            if consumed > 0 {
                at += consumed;
                continue;
            }
            if !p.set.link {
                ends.print(p, ", ");
                type_name(p, kind);
                write!(p, ", length {whole_length}: ");
            }
            p.octets_of_unknown(b);
            return Ok(at);
        }
        if p.set.link {
            type_name(p, kind);
            match length_shown {
                true => p.text(", "),
                false => write!(p, ", length {whole_length}: "),
            }
        }
        if !ethertype::print(p, kind, b, length, Some(ends))? {
            if !p.set.link {
                ends.print(p, ", ");
                type_name(p, kind);
                write!(p, ", length {whole_length}: ");
            }
            p.octets_of_unknown(b);
        }
        return Ok(at);
    }
}
