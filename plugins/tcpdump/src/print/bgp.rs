//! BGP (RFC 4271): its messages.

use super::address_family::FAMILIES;
use super::bgp_names as names;
use super::prelude::*;
use super::{bgp_attribute, bgp_nlri, bgp_open};

const HEADER: usize = 19;
const NOTIFICATION: usize = 21;
const REFRESH: usize = 23;

/// Prints the messages of a segment, wherever they begin.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], _length: usize) -> Done {
    p.protocol = "bgp";
    p.text(": BGP");
    if !p.v(1) {
        return Ok(());
    }
    let mut end = 0;
    loop {
        let rest = b.tail(end);
        let Some(found) = rest.windows(16).position(|marker| marker == [0xff; 16]) else {
            return Ok(());
        };
        let message = rest.tail(found);
        if !message.has(HEADER) {
            return Err(Cut);
        }
        if found > 0 {
            p.truncated();
        }
        let size = usize::from(message.be16(16)?);
        if size < HEADER {
            write!(p, "\nmessage length {size} < {HEADER}");
            p.invalid();
            return Ok(());
        }
        if !message.has(size) {
            let name = tok(
                names::MESSAGES,
                message.u8(18)?.into(),
                "Unknown Message Type",
            );
            write!(p, "\n[|BGP {name}]");
            return Ok(());
        }
        print_message(p, message, size)?;
        end += found + size;
    }
}

fn print_message(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let kind = b.u8(18)?;
    let name = tok(names::MESSAGES, kind.into(), "Unknown");
    write!(p, "\n\t{name} Message ({kind}), length: {length}");
    match kind {
        1 => bgp_open::print(p, b, length),
        2 => {
            if !update(p, b, length)? {
                p.truncated();
            }
            Ok(())
        }
        3 => {
            if length < NOTIFICATION {
                if !b.has(NOTIFICATION) {
                    p.truncated();
                }
                return Ok(());
            }
            let (major, minor) = (b.u8(19)?, b.u8(20)?);
            notification(p, b.tail(NOTIFICATION), length - NOTIFICATION, major, minor)
        }
        4 => Ok(()),
        5 => refresh(p, b, length),
        _ => {
            write!(p, "\n\t  no Message {kind} decoder");
            p.unknown(b, "\n\t  ", length);
            Ok(())
        }
    }
}

/// Prints the routes that an update tells; false when it ends too early.
fn update(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let mut at = HEADER;
    if length < at + 2 {
        return Ok(false);
    }
    let mut withdrawn = usize::from(b.be16(at)?);
    at += 2;
    if b.octets(at, withdrawn).is_err() || length < at + withdrawn {
        return Ok(false);
    }
    if withdrawn > 1 {
        p.text("\n\t  Withdrawn routes:");
        match routes(p, b, at, withdrawn)? {
            Some(left) => {
                at += withdrawn - left;
                withdrawn = left;
            }
            None => return Ok(false),
        }
    } else {
        at += withdrawn;
    }
    if length < at + 2 || b.octets(at, 2).is_err() {
        return Ok(false);
    }
    let attributes = usize::from(b.be16(at)?);
    at += 2;
    if withdrawn == 0 && attributes == 0 && length == at {
        p.text("\n\t  End-of-Rib Marker (empty NLRI)");
        return Ok(true);
    }
    if length < at + attributes {
        return Ok(false);
    }
    let end = at + attributes;
    while at < end {
        if b.octets(at, 2).is_err() || length < at + 2 {
            return Ok(false);
        }
        let too_short = |p: &mut Printer| p.text("\n\t  [path attrs too short]");
        if end - at < 2 {
            too_short(p);
            at = end;
            break;
        }
        let (flags, kind) = (b.u8(at)?, b.u8(at + 1)?);
        at += 2;
        let long = bgp_attribute::length_of_length(flags);
        if b.octets(at, long).is_err() || length < at + long {
            return Ok(false);
        }
        if end - at < long {
            too_short(p);
            at = end;
            break;
        }
        let size = bgp_attribute::length(b, at, flags)?;
        at += long;
        bgp_attribute::head(p, "\n\t  ", flags, kind, size);
        if flags != 0 {
            p.text(": ");
        }
        if end - at < size {
            p.text(" [path attrs too short]");
            at = end;
            break;
        }
        if length < at + size || !bgp_attribute::print(p, kind, b.tail(at), size, 0)? {
            return Ok(false);
        }
        at += size;
    }
    if length > at {
        p.text("\n\t  Updated routes:");
        return Ok(routes(p, b, at, length - at)?.is_some());
    }
    Ok(true)
}

/// Prints prefixes; what is left behind one that is illegal, none when the last one ends too early.
fn routes(p: &mut Printer, b: &[u8], at: usize, length: usize) -> Done<Option<usize>> {
    let numbered = bgp_nlri::has_path_ids(b.tail(at), length, 32);
    let (mut at, mut left) = (at, length);
    while left > 0 {
        let mut path = None;
        if numbered {
            if left < 4 {
                return Ok(None);
            }
            path = Some(b.be32(at)?);
            at += 4;
            left -= 4;
        }
        match bgp_nlri::prefix4(p, b.tail(at), left)? {
            bgp_nlri::Prefix::Illegal => {
                p.text("\n\t    (illegal prefix length)");
                return Ok(Some(left));
            }
            bgp_nlri::Prefix::Short => return Ok(None),
            bgp_nlri::Prefix::Is(text, size) => {
                write!(p, "\n\t    {text}");
                if let Some(path) = path {
                    write!(p, "   Path Id: {path}");
                }
                at += size;
                left -= size;
            }
        }
    }
    Ok(Some(0))
}

/// `AFI IPv4 (1), SAFI Unicast (1)`
pub(crate) fn family(p: &mut Printer, family: u16, subsequent: u8) {
    let name = tok(FAMILIES, family.into(), "Unknown");
    let other = tok(names::SUBSEQUENT, subsequent.into(), "Unknown");
    write!(p, "AFI {name} ({family}), SAFI {other} ({subsequent})");
}

fn notification(p: &mut Printer, b: &[u8], length: usize, major: u8, minor: u8) -> Done {
    let (mut b, mut length, mut major, mut minor) = (b, length, major, minor);
    loop {
        let name = tok(names::ERRORS, major.into(), "Unknown Error");
        write!(p, ", {name} ({major})");
        let (comma, table) = match major {
            1 => (",", names::MESSAGE_ERRORS),
            2 => (",", names::OPEN_ERRORS),
            3 => (",", names::UPDATE_ERRORS),
            5 => ("", names::STATE_ERRORS),
            6 => (",", names::CEASE),
            7 => ("", names::REFRESH_ERRORS),
            _ => {
                if minor != 0 {
                    write!(p, ", subcode {minor}");
                }
                return Ok(());
            }
        };
        let name = tok(table, minor.into(), "Unknown");
        write!(p, "{comma} subcode {name} ({minor})");
        if major != 6 {
            return Ok(());
        }
        if minor == 1 && length >= 7 {
            p.text(", ");
            family(p, b.be16(0)?, b.u8(2)?);
            write!(p, ", Max Prefixes: {}", b.be32(3)?);
        }
        if matches!(minor, 2 | 4) && length >= 1 {
            shutdown(p, b, length)?;
        }
        if minor != 9 || length < 2 {
            return Ok(());
        }
        (major, minor) = (b.u8(0)?, b.u8(1)?);
        (b, length) = (b.tail(2), length - 2);
    }
}

fn shutdown(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let size = usize::from(b.u8(0)?);
    let mut rest = 0;
    if size > length - 1 {
        p.text(", invalid Shutdown Communication length");
    } else if size == 0 {
        p.text(", empty Shutdown Communication");
        rest = 1;
    } else {
        write!(p, ", Shutdown Communication (length: {size}): \"");
        p.string_at(b, 1, size)?;
        p.text("\"");
        rest = size + 1;
    }
    if length > rest {
        write!(p, ", Data: (length: {})", length - rest);
        p.hex_lines_at(b, rest, length - rest, "\n\t\t")?;
    }
    Ok(())
}

fn refresh(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < REFRESH {
        return Ok(());
    }
    p.text("\n\t  ");
    family(p, b.be16(19)?, b.u8(22)?);
    let kind = b.u8(21)?;
    write!(
        p,
        ", Subtype {} ({kind})",
        tok(names::REFRESH, kind.into(), "Unknown")
    );
    if length >= REFRESH + 5 {
        let (when, kind, size) = (b.u8(23)?, b.u8(24)?, b.be16(25)?);
        let when_name = tok(names::FILTER_REFRESH, when.into(), "Unknown");
        let name = tok(names::FILTERS, kind.into(), "Unknown");
        write!(
            p,
            "\n\t  ORF refresh {when_name} ({when}), ORF type {name} ({kind})"
        );
        write!(p, ", ORF length {size}");
    }
    if p.v(2) {
        p.unknown(b, "\n\t  ", length);
    }
    Ok(())
}
