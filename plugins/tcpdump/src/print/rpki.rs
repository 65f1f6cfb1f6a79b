//! RPKI to router protocol (RFC 6810).

use super::prelude::*;

const KINDS: &Table = &[
    (0, "Serial Notify"),
    (1, "Serial Query"),
    (2, "Reset Query"),
    (3, "Cache Response"),
    (4, "IPV4 Prefix"),
    (6, "IPV6 Prefix"),
    (7, "End of Data"),
    (8, "Cache Reset"),
    (10, "Error Report"),
];
const ERRORS: &Table = &[
    (0, "Corrupt Data"),
    (1, "Internal Error"),
    (2, "No Data Available"),
    (3, "Invalid Request"),
    (4, "Unsupported Protocol Version"),
    (5, "Unsupported PDU Type"),
    (6, "Withdrawal of Unknown Record"),
    (7, "Duplicate Announcement Received"),
];

/// Prints the messages of a segment.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "rpki_rtr";
    if !p.v(1) {
        p.text(", RPKI-RTR");
        return Ok(());
    }
    let mut at = 0;
    while at < length {
        at += message(p, b.tail(at), length - at, true, 8)?;
    }
    Ok(())
}

fn line(p: &mut Printer, indent: usize) {
    p.text("\n");
    p.text(&"\t".repeat(indent / 8));
    p.text(&" ".repeat(indent % 8));
}

fn message(p: &mut Printer, b: &[u8], length: usize, outer: bool, indent: usize) -> Done<usize> {
    if length < 8 {
        write!(p, "({length} bytes is too few to decode)");
    } else {
        let version = b.u8(0)?;
        if version != 0 {
            line(p, 8);
            write!(p, "RPKI-RTRv{version} (unknown)");
            return Ok(length);
        }
        let kind = b.u8(1)?;
        let size = b.be32(4)?;
        line(p, 8);
        let name = tok(KINDS, kind.into(), "Unknown");
        write!(p, "RPKI-RTRv0, {name} PDU ({kind}), length: {size}");
        let size = size as usize;
        if size >= 8 && size <= length && body(p, b, size, kind, outer, indent)? {
            return Ok(size);
        }
    }
    p.invalid();
    b.octets(0, length)?;
    Ok(length)
}

/// Prints a message behind its header; false when it does not fit.
fn body(
    p: &mut Printer,
    b: &[u8],
    size: usize,
    kind: u8,
    outer: bool,
    indent: usize,
) -> Done<bool> {
    let needed = match kind {
        0 | 1 | 7 => Some(12),
        2 | 3 | 8 => Some(8),
        4 => Some(20),
        6 => Some(32),
        _ => None,
    };
    if needed.is_some_and(|needed| needed != size) {
        return Ok(false);
    }
    let mut dump = p.v(2);
    match kind {
        0 | 1 | 7 => {
            let (session, serial) = (b.be16(2)?, b.be32(8)?);
            line(p, indent + 2);
            write!(p, "Session ID: 0x{session:04x}, Serial: {serial}");
        }
        2 | 8 => {}
        3 => {
            let session = b.be16(2)?;
            line(p, indent + 2);
            write!(p, "Session ID: 0x{session:04x}");
        }
        4 | 6 => prefix(p, b, kind, indent)?,
        10 => {
            if !error(p, b, size, outer, indent)? {
                return Ok(false);
            }
        }
        _ => {
            b.octets(0, size)?;
            dump = true;
        }
    }
    if dump {
        p.unknown(b, "\n\t  ", size);
    }
    Ok(true)
}

fn prefix(p: &mut Printer, b: &[u8], kind: u8, indent: usize) -> Done {
    let end = if kind == 4 { 16 } else { 28 };
    let (length, most, system) = (b.u8(9)?, b.u8(10)?, b.be32(end)?);
    let flags = b.u8(8)?;
    line(p, indent + 2);
    write!(p, "IPv{kind} Prefix ");
    match kind {
        4 => p.v4_at(b, 12)?,
        _ => p.v6_at(b, 12)?,
    }
    write!(
        p,
        "/{length}-{most}, origin-as {system}, flags 0x{flags:02x}"
    );
    Ok(())
}

fn error(p: &mut Printer, b: &[u8], size: usize, outer: bool, indent: usize) -> Done<bool> {
    if size < 12 {
        return Ok(false);
    }
    let (code, inner) = (b.be16(2)?, b.be32(8)?);
    line(p, indent + 2);
    let name = tok(ERRORS, code.into(), "Unknown");
    write!(
        p,
        "Error code: {name} ({code}), Encapsulated PDU length: {inner}"
    );
    let inner = inner as usize;
    let mut at = 12;
    if inner > 0 {
        if size - at < inner {
            return Ok(false);
        }
        if outer {
            line(p, indent + 4);
            p.text("-----encapsulated PDU-----");
            message(p, b.tail(at), inner, false, indent + 2)?;
        } else {
            b.octets(0, at + inner)?;
        }
        at += inner;
    }
    if size - at < 4 {
        return Ok(false);
    }
    let text = b.be32(at)? as usize;
    at += 4;
    if text > 0 {
        if size - at < text {
            return Ok(false);
        }
        line(p, indent + 2);
        p.text("Error text: ");
        p.string_at(b, at, text)?;
    }
    Ok(true)
}
