//! OpenFlow: how a controller tells switches where packets go.

use super::oui::VENDORS;
use super::prelude::*;
use super::{openflow10, openflow13};

const VERSIONS: &Table = &[
    (1, "1.0"),
    (2, "1.1"),
    (3, "1.2"),
    (4, "1.3"),
    (5, "1.4"),
    (6, "1.5"),
];
const EXPERIMENTERS: &Table = &[
    (1330529792, "ONF Extensions"),
    (
        4278190081,
        "Budapest University of Technology and Economics",
    ),
    (4278190082, "NoviFlow"),
    (4278190083, "L3+ Extensions, Vendor Neutral"),
    (4278190084, "L4-L7 Extensions"),
    (4278190085, "Wireless and Mobility Extensions"),
    (4278190086, "Forwarding Abstractions Extensions"),
    (4278190087, "Optical Transport Extensions"),
    (4278190088, "Network Benchmarking Lab, NCTU"),
    (4278190089, "Mobile Packet Core Extensions"),
    (4278190090, "MPLS-TP OpenFlow Extensions for SPTN"),
];

/// How long the rest of a message is.
pub(crate) enum Size {
    /// Exactly so.
    Is(usize),
    /// At least so.
    AtLeast(usize),
}

/// A message: its name, its length, and what prints it when more is wanted.
pub(crate) type Message = (
    &'static str,
    Size,
    Option<fn(&mut Printer, &mut Fields<'_>) -> Done>,
);

/// Prints the messages of a segment.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "openflow";
    p.text(": OpenFlow");
    let mut f = Fields::new(b, length);
    while !f.is_empty() {
        let version = f.u8()?;
        p.text("\n\tversion ");
        p.name(VERSIONS, version, "unknown (0x%02x)");
        if f.left < 1 {
            return partial(p, &mut f);
        }
        let kind = f.u8()?;
        let message = match version {
            1 => openflow10::MESSAGES.get(usize::from(kind)),
            4 => openflow13::MESSAGES.get(usize::from(kind)),
            _ => None,
        };
        match message {
            Some((name, ..)) => write!(p, ", type {name}"),
            None => write!(p, ", type unknown (0x{kind:02x})"),
        }
        if f.left < 2 {
            return partial(p, &mut f);
        }
        let size = usize::from(f.be16()?);
        write!(p, ", length {size}");
        p.text(if size < 8 { " (too short!)" } else { "" });
        if f.left < 4 {
            return partial(p, &mut f);
        }
        write!(p, ", xid 0x{:08x}", f.be32()?);
        if size < 8 {
            return reject(p, &mut f);
        }
        let size = size - 8;
        let mut v = Fields::new(f.b, size);
        body(p, &mut v, message)?;
        if size > f.left {
            break;
        }
        f.part(size)?;
    }
    Ok(())
}

fn partial(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    p.text(" (end of TCP payload)");
    rest(f)
}

/// What does not fit.
///
/// # Errors
/// [`Cut`]
pub(crate) fn reject(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    p.invalid();
    rest(f)
}

/// What is not printed but must have been captured.
///
/// # Errors
/// [`Cut`]
pub(crate) fn rest(f: &mut Fields<'_>) -> Done {
    f.take(f.left)?;
    Ok(())
}

fn body(p: &mut Printer, v: &mut Fields<'_>, message: Option<&Message>) -> Done {
    let Some((_, size, print)) = message else {
        return rest(v);
    };
    let fits = match size {
        Size::Is(size) => v.left == *size,
        Size::AtLeast(size) => v.left >= *size,
    };
    match print {
        _ if !fits => reject(p, v),
        Some(print) if p.v(1) => print(p, v),
        _ => rest(v),
    }
}

/// The names of bits, and whether there are others.
pub(crate) fn flags(p: &mut Printer, table: &Table, value: u32, others: u32) {
    if value & !others != 0 {
        write!(p, " ({})", bits(table, value, "", ", "));
    }
    p.text(if value & others != 0 { " (bogus)" } else { "" });
}

/// Four octets of bits and their names.
///
/// # Errors
/// [`Cut`]
pub(crate) fn word(
    p: &mut Printer,
    f: &mut Fields<'_>,
    before: &str,
    table: &Table,
    known: u32,
) -> Done {
    let value = f.be32()?;
    write!(p, "{before} 0x{value:08x}");
    flags(p, table, value, !known);
    Ok(())
}

/// Who defined something.
pub(crate) fn vendor(p: &mut Printer, number: u32) {
    let table = if number >> 24 == 0 {
        VENDORS
    } else {
        EXPERIMENTERS
    };
    p.name(table, number, "unknown");
}

/// What a message carries.
///
/// # Errors
/// [`Cut`]
pub(crate) fn data(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    if f.is_empty() {
        return Ok(());
    }
    write!(p, "\n\t data ({} octets)", f.left);
    if p.v(2) {
        super::dump::hex_and_ascii(p, "\n\t  ", f.b);
    }
    rest(f)
}

/// What went wrong.
///
/// # Errors
/// [`Cut`]
pub(crate) fn error(p: &mut Printer, f: &mut Fields<'_>, kinds: &Table, codes: &[&Table]) -> Done {
    let kind = f.be16()?;
    p.text("\n\t type ");
    p.name(kinds, kind, "invalid (0x%04x)");
    let code = f.be16()?;
    p.text(", code ");
    let table = codes.get(usize::from(kind)).copied().unwrap_or_default();
    p.name(table, code, "invalid (0x%04x)");
    data(p, f)
}

/// Text padded with zeros.
///
/// # Errors
/// [`Cut`]
pub(crate) fn name(p: &mut Printer, f: &mut Fields<'_>, before: &str, size: usize) -> Done {
    write!(p, "{before}'");
    p.padded_string_at(f.b, 0, size)?;
    p.text("'");
    f.take(size)?;
    Ok(())
}
