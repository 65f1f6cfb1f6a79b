//! ARP and its reverse and inverse kinds (RFC 826, 903, 2390), ATM's (RFC 2225) too.

use super::prelude::*;
use super::{ethertype, frame_relay};

const OPERATIONS: &Table = &[
    (1, "Request"),
    (2, "Reply"),
    (3, "Reverse Request"),
    (4, "Reverse Reply"),
    (8, "Inverse Request"),
    (9, "Inverse Reply"),
    (10, "NACK Reply"),
];
const HARDWARE: &Table = &[
    (1, "Ethernet"),
    (6, "TokenRing"),
    (7, "ArcNet"),
    (15, "FrameRelay"),
    (23, "Strip"),
    (24, "IEEE 1394"),
    (19, "ATM"),
    (32, "InfiniBand"),
];
const ATM: u16 = 19;
const FRAME_RELAY: u16 = 15;

/// An address of a protocol, where its field is right.
fn protocol_address(p: &mut Printer, kind: u16, address: &[u8], bad_length: &str) -> Done {
    if kind != 0x0800 && kind != 0x1000 {
        p.text("<wrong proto type>");
    } else if address.len() != 4 {
        p.text(bad_length);
    } else {
        p.v4_at(address, 0)?;
    }
    Ok(())
}

fn hardware_address(p: &mut Printer, kind: u16, address: &[u8]) -> Done {
    match address.len() {
        0 => p.text("<empty>"),
        2.. if kind == FRAME_RELAY => frame_relay::print_address(p, address),
        _ => p.hex(address, ":"),
    }
    Ok(())
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "arp";
    let captured = b;
    b.octets(0, 8)?;
    let (hardware, kind) = (b.be16(0)?, b.be16(2)?);
    if hardware == ATM {
        return atm(p, b, length);
    }
    let (long, wide) = (usize::from(b.u8(4)?), usize::from(b.u8(5)?));
    let operation = b.be16(6)?;
    b.octets(8, 2 * (long + wide))?;
    let sender = b.octets(8, long)?;
    let sender_ip = b.octets(8 + long, wide)?;
    let target = b.octets(8 + long + wide, long)?;
    let target_ip = b.octets(8 + 2 * long + wide, wide)?;
    if !p.set.link {
        p.text("ARP, ");
    }
    if kind != 0x0800 && kind != 0x1000 || wide != 4 || long == 0 || p.v(1) {
        let hardware = tok(HARDWARE, hardware.into(), "Unknown Hardware (%u)");
        let kind = tok(ethertype::NAMES, kind.into(), "Unknown Protocol (0x%04x)");
        write!(p, "{hardware} (len {long}), {kind} (len {wide})");
        if !p.v(1) {
            write!(p, ", length {length}");
            return Ok(());
        }
        p.text(", ");
    }
    p.name(OPERATIONS, operation, "Unknown (%u)");
    p.text(" ");
    match operation {
        1 => {
            p.text("who-has ");
            protocol_address(p, kind, target_ip, "<wrong len>")?;
            if target.iter().any(|octet| *octet != 0) {
                p.text(" (");
                hardware_address(p, hardware, target)?;
                p.text(")");
            }
            p.text(" tell ");
            protocol_address(p, kind, sender_ip, "<wrong len>")?;
        }
        2 => {
            protocol_address(p, kind, sender_ip, "<wrong len>")?;
            p.text(" is-at ");
            hardware_address(p, hardware, sender)?;
        }
        3 | 8 => {
            p.text("who-is ");
            hardware_address(p, hardware, target)?;
            p.text(" tell ");
            hardware_address(p, hardware, sender)?;
        }
        4 => {
            hardware_address(p, hardware, target)?;
            p.text(" at ");
            protocol_address(p, kind, target_ip, "<wrong len>")?;
        }
        9 => {
            hardware_address(p, hardware, sender)?;
            p.text(" at ");
            protocol_address(p, kind, sender_ip, "<wrong len>")?;
        }
        _ => {
            super::dump::hex_and_ascii(p, "\n\t", captured);
            return Ok(());
        }
    }
    write!(p, ", length {length}");
    Ok(())
}

/// The number of ATM with its part behind it.
fn atm_address(p: &mut Printer, number: &[u8], part: &[u8]) {
    if number.is_empty() {
        return p.text("<No address>");
    }
    p.hex(number, ":");
    if !part.is_empty() {
        p.text(",");
        p.hex(part, ":");
    }
}

fn atm(p: &mut Printer, b: &[u8], length: usize) -> Done {
    b.octets(0, 12)?;
    let kind = b.be16(2)?;
    let operation = b.be16(6)?;
    let size = |at: usize, mask: u8| b.u8(at).map(|size| usize::from(size & mask));
    let sizes = [
        size(4, 0x3f)?,
        size(5, 0x3f)?,
        size(8, 0xff)?,
        size(9, 0x3f)?,
        size(10, 0x3f)?,
        size(11, 0xff)?,
    ];
    let mut fields: [&[u8]; 6] = [&[]; 6];
    let mut at = 12;
    for (field, size) in fields.iter_mut().zip(sizes) {
        *field = b.octets(at, size)?;
        at += size;
    }
    let [
        sender,
        sender_part,
        sender_ip,
        target,
        target_part,
        target_ip,
    ] = fields;
    if !p.set.link {
        p.text("ARP, ");
    }
    if kind != 0x0800 && kind != 0x1000 || sender_ip.len() != 4 || target_ip.len() != 4 || p.v(1) {
        let name = tok(ethertype::NAMES, kind.into(), "Unknown Protocol (0x%04x)");
        write!(
            p,
            "ATM, {name} (len {}/{})",
            sender_ip.len(),
            target_ip.len()
        );
        if !p.v(1) {
            write!(p, ", length {length}");
            return Ok(());
        }
        p.text(", ");
    }
    p.name(OPERATIONS, operation, "Unknown (%u)");
    p.text(" ");
    match operation {
        1 => {
            p.text("who-has ");
            protocol_address(p, kind, target_ip, "<wrong tplen>")?;
            if !target.is_empty() {
                p.text(" (");
                atm_address(p, target, target_part);
                p.text(")");
            }
            p.text(" tell ");
            protocol_address(p, kind, sender_ip, "<wrong splen>")?;
        }
        2 => {
            protocol_address(p, kind, sender_ip, "<wrong splen>")?;
            p.text(" is-at ");
            atm_address(p, sender, sender_part);
        }
        8 => {
            p.text("who-is ");
            atm_address(p, target, target_part);
            p.text(" tell ");
            atm_address(p, sender, sender_part);
        }
        9 => {
            atm_address(p, sender, sender_part);
            p.text("at ");
            protocol_address(p, kind, sender_ip, "<wrong splen>")?;
        }
        10 => {
            p.text("for ");
            protocol_address(p, kind, sender_ip, "<wrong splen>")?;
        }
        _ => {
            super::dump::hex_and_ascii(p, "\n\t", b);
            return Ok(());
        }
    }
    write!(p, ", length {length}");
    Ok(())
}
