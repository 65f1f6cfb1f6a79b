//! Geneve (RFC 8926).

use super::prelude::*;
use super::{ethernet, ethertype};

const FLAGS: &Table = &[
    (0x80, "O"),
    (0x40, "C"),
    (0x20, "R1"),
    (0x10, "R2"),
    (0x08, "R3"),
    (0x04, "R4"),
    (0x02, "R5"),
    (0x01, "R6"),
];

/// Who defines the options of a class.
fn class_name(class: u16) -> &'static str {
    match class {
        0..=0x00ff => "Standard",
        0x0100 => "Linux",
        0x0101 => "Open vSwitch",
        0x0102 => "Open Virtual Networking (OVN)",
        0x0103 => "In-band Network Telemetry (INT)",
        0x0104 => "VMware",
        0x0105 | 0x0108..=0x0110 => "Amazon",
        0x0106 | 0x0130 | 0x0131 => "Cisco",
        0x0107 => "Oracle",
        0x0111..=0x0118 => "IBM",
        0x0119..=0x0128 => "Ericsson",
        0x0129 => "Oxide",
        0x0132..=0x0135 => "Google",
        0x0136 => "InfoQuick",
        0xfff0.. => "Experimental",
        _ => "Unknown",
    }
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "geneve";
    p.text("Geneve");
    if length < 8 {
        p.bad("len", length, "<", 8);
        return Ok(());
    }
    let first = b.u8(0)?;
    if first >> 6 != 0 {
        write!(p, " ERROR: unknown-version {}", first >> 6);
        p.invalid();
        return Ok(());
    }
    let (flags, kind) = (b.u8(1)?, b.be16(2)?);
    let (network, reserved) = (b.be24(4)?, b.u8(7)?);
    write!(
        p,
        ", Flags [{}], vni 0x{network:x}",
        bits(FLAGS, flags.into(), "none", "")
    );
    if reserved != 0 {
        write!(p, ", rsvd 0x{reserved:x}");
    }
    if p.set.link {
        write!(
            p,
            ", proto {} (0x{kind:04x})",
            tok(ethertype::NAMES, kind.into(), "unknown")
        );
    }
    let size = usize::from(first & 0x3f) * 4;
    let (b, length) = (b.tail(8), length - 8);
    if length < size {
        write!(p, " (opts_len {size} > {length}");
        p.invalid();
        return Ok(());
    }
    if size > 0 {
        p.text(", options [");
        if !p.v(1) {
            b.octets(0, size)?;
            write!(p, "{size} bytes");
        } else if !options(p, b, size)? {
            p.invalid();
            return Ok(());
        }
        p.text("]");
    }
    let (b, length) = (b.tail(size), length - size);
    p.text(if p.v(1) { "\n\t" } else { ": " });
    if kind == 0x6558 {
        return ethernet::print(p, b, length).map(|_| ());
    }
    if !ethertype::print(p, kind, b, length, None)? {
        write!(p, "geneve-proto-0x{kind:x}");
        b.octets(0, length)?;
    }
    Ok(())
}

/// False for what is invalid.
fn options(p: &mut Printer, b: &[u8], size: usize) -> Done<bool> {
    let mut at = 0;
    while at < size {
        let left = size - at;
        if left < 4 {
            write!(p, " [remaining options length {left} < 4]");
            b.octets(at, left)?;
            return Ok(false);
        }
        if at > 0 {
            p.text(", ");
        }
        let (class, kind) = (b.be16(at)?, b.u8(at + 2)?);
        let option = 4 + usize::from(b.u8(at + 3)? & 0x1f) * 4;
        let critical = if kind & 0x80 != 0 { "(C)" } else { "" };
        write!(
            p,
            "class {} (0x{class:x}) type 0x{kind:x}{critical} len {option}",
            class_name(class)
        );
        if option > left {
            p.text(" [bad length]");
            b.octets(at, left)?;
            return Ok(false);
        }
        if p.v(2) && option > 4 {
            p.text(" data");
            for word in (4..option).step_by(4) {
                write!(p, " {:08x}", b.be32(at + word)?);
            }
        } else {
            b.octets(at, option)?;
        }
        at += option;
    }
    Ok(true)
}
