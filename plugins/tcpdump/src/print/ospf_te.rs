//! OSPF: advertisements of traffic engineering (RFC 3630).

use super::gmpls_names;
use super::isis_reach::mbps;
use super::ospf_opaque::{Part, Stop, said};
use super::prelude::*;

const KINDS: &Table = &[(1, "Router Address"), (2, "Link")];
const LINK_PARTS: &Table = &[
    (1, "Link Type"),
    (2, "Link ID"),
    (3, "Local Interface IP address"),
    (4, "Remote Interface IP address"),
    (5, "Traffic Engineering Metric"),
    (6, "Maximum Bandwidth"),
    (7, "Maximum Reservable Bandwidth"),
    (8, "Unreserved Bandwidth"),
    (9, "Administrative Group"),
    (11, "Link Local/Remote Identifier"),
    (14, "Link Protection Type"),
    (15, "Interface Switching Capability"),
    (16, "Shared Risk Link Group"),
    (17, "Bandwidth Constraints"),
];
const LINKS: &Table = &[(1, "Point-to-point"), (2, "Multi-Access")];

fn invalid(p: &mut Printer) -> Part {
    p.invalid();
    Err(Stop::Said)
}

/// Prints an advertisement.
///
/// # Errors
/// [`Stop`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Part {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        if b.octets(at, 4).is_err() {
            p.truncated();
            return Err(Stop::Said);
        }
        if left < 4 {
            said!(p, "\n\t    Remaining LS length {left} < 4");
        }
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        (at, left) = (at + 4, left - 4);
        let name = tok(KINDS, kind.into(), "unknown");
        write!(p, "\n\t    {name} TLV ({kind}), length: {size}");
        if size > left {
            write!(p, "\n\t    Bogus length {size} > {left}");
            return invalid(p);
        }
        if kind == 0 || size == 0 {
            p.invalid();
            return invalid(p);
        }
        let v = b.tail(at);
        match kind {
            1 => {
                if size < 4 {
                    write!(p, "\n\t    TLV length {size} < 4");
                    return invalid(p);
                }
                v.octets(0, 4)?;
                p.text(", ");
                p.v4_at(v, 0)?;
            }
            2 => link(p, v, size)?,
            _ if !p.v(2) => p.unknown(v, "\n\t      ", size),
            _ => {}
        }
        let padded = size.next_multiple_of(4);
        if padded > left {
            write!(p, "\n\t    Bogus padded length {padded} > {left}");
            return invalid(p);
        }
        (at, left) = (at + padded, left - padded);
    }
    Ok(())
}

fn link(p: &mut Printer, b: &[u8], length: usize) -> Part {
    let (mut at, mut left) = (0, length);
    while left > 0 {
        if left < 4 {
            said!(p, "\n\t    Remaining TLV length {left} < 4");
        }
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        (at, left) = (at + 4, left - 4);
        if kind == 0 || size == 0 {
            return invalid(p);
        }
        let name = tok(LINK_PARTS, kind.into(), "unknown");
        write!(p, "\n\t      {name} subTLV ({kind}), length: {size}");
        if left < size {
            said!(p, "\n\t    Remaining TLV length {left} < {size}");
        }
        let Ok(v) = b.octets(at, size) else {
            p.truncated();
            return Err(Stop::Said);
        };
        let wrong = match kind {
            3..=7 | 9 | 14 if size != 4 => " != 4",
            2 | 11 if !matches!(size, 4 | 8) => " != 4 && != 8",
            8 if size != 32 => " != 32",
            17 if size < 4 => " < 4",
            15 if size < 36 => " < 36",
            1 if size != 1 => " != 1",
            16 if !size.is_multiple_of(4) => " != N x 4",
            _ => "",
        };
        if !wrong.is_empty() {
            p.text(wrong);
            return invalid(p);
        }
        link_part(p, kind, v)?;
        let padded = size.next_multiple_of(4);
        if left < padded {
            said!(p, "\n\t    Remaining TLV length {left} < {padded}");
        }
        (at, left) = (at + padded, left - padded);
    }
    Ok(())
}

fn link_part(p: &mut Printer, kind: u16, v: &[u8]) -> Part {
    match kind {
        1 => {
            let kind = v.u8(0)?;
            write!(p, ", {} ({kind})", tok(LINKS, kind.into(), "unknown"));
        }
        2 | 11 => {
            for at in (0..v.len()).step_by(4) {
                p.text(", ");
                p.v4_at(v, at)?;
                write!(p, " (0x{:08x})", v.be32(at)?);
            }
        }
        3 | 4 => {
            p.text(", ");
            p.v4_at(v, 0)?;
        }
        5 => write!(p, ", Metric {}", v.be32(0)?),
        6 | 7 => write!(p, ", {}", mbps(v, 0)?),
        8 => {
            for class in 0..8 {
                write!(p, "\n\t\tTE-Class {class}: {}", mbps(v, class * 4)?);
            }
        }
        9 => write!(p, ", 0x{:08x}", v.be32(0)?),
        14 => {
            let names = bits(gmpls_names::PROTECTIONS, v.u8(0)?.into(), "none", ", ");
            write!(p, ", {names}");
        }
        15 => {
            let switching = tok(gmpls_names::SWITCHING, v.u8(0)?.into(), "Unknown");
            let encoding = tok(gmpls_names::ENCODINGS, v.u8(1)?.into(), "Unknown");
            write!(p, "\n\t\tInterface Switching Capability: {switching}");
            write!(p, "\n\t\tLSP Encoding: {encoding}\n\t\tMax LSP Bandwidth:");
            for level in 0..8 {
                write!(
                    p,
                    "\n\t\t  priority level {level}: {}",
                    mbps(v, 4 + level * 4)?
                );
            }
        }
        16 => {
            if !v.is_empty() {
                p.text("\n\t\t  Shared risk group: ");
            }
            for at in (0..v.len()).step_by(4) {
                p.text(if at > 0 { ", " } else { "" });
                write!(p, "{}", v.be32(at)?);
            }
        }
        17 => {
            let model = v.u8(0)?;
            let name = tok(gmpls_names::CONSTRAINTS, model.into(), "unknown");
            write!(p, "\n\t\tBandwidth Constraints Model ID: {name} ({model})");
            if !v.len().is_multiple_of(4) {
                write!(p, "\n\t\tlength {} != N x 4", v.len());
                return invalid(p);
            }
            if v.len() > 36 {
                write!(p, "\n\t\tlength {} > 36", v.len());
                return invalid(p);
            }
            for class in 0..v.len() / 4 - 1 {
                let rate = mbps(v, 4 + class * 4)?;
                write!(p, "\n\t\t  Bandwidth constraint CT{class}: {rate}");
            }
        }
        _ if !p.v(2) => p.unknown(v, "\n\t\t", v.len()),
        _ => {}
    }
    Ok(())
}
