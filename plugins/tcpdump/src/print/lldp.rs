//! LLDP (IEEE 802.1AB): what devices tell their neighbors.

use super::address_family::FAMILIES;
use super::oui::VENDORS;
use super::prelude::*;
use super::{lldp_dcbx, lldp_ieee, lldp_med};

const KINDS: &Table = &[
    (0, "End"),
    (1, "Chassis ID"),
    (2, "Port ID"),
    (3, "Time to Live"),
    (4, "Port Description"),
    (5, "System Name"),
    (6, "System Description"),
    (7, "System Capabilities"),
    (8, "Management Address"),
    (127, "Organization specific"),
];
const CHASSIS: &Table = &[
    (1, "Chassis component"),
    (2, "Interface alias"),
    (3, "Port component"),
    (4, "MAC address"),
    (5, "Network address"),
    (6, "Interface name"),
    (7, "Local"),
];
const PORTS: &Table = &[
    (1, "Interface alias"),
    (2, "Port component"),
    (3, "MAC address"),
    (4, "Network Address"),
    (5, "Interface Name"),
    (6, "Agent circuit ID"),
    (7, "Local"),
];
const CAPABILITIES: &Table = &[
    (1, "Other"),
    (2, "Repeater"),
    (4, "Bridge"),
    (8, "WLAN AP"),
    (16, "Router"),
    (32, "Telephone"),
    (64, "Docsis"),
    (128, "Station Only"),
];
const NUMBERINGS: &Table = &[(2, "Interface Index"), (3, "System Port Number")];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "lldp";
    write!(p, "LLDP, length {length}");
    let (mut at, mut left) = (0, length);
    while left >= 2 {
        let head = b.be16(at)?;
        let (kind, size) = (head >> 9, usize::from(head & 0x1ff));
        (at, left) = (at + 2, left - 2);
        if p.v(1) {
            let name = tok(KINDS, kind.into(), "Unknown");
            write!(p, "\n\t{name} TLV ({kind}), length {size}");
        }
        if kind == 0 || size == 0 {
            break;
        }
        let value = b.octets(at, size)?;
        if left < size {
            return Err(Cut);
        }
        let known = match p.v(1) {
            true => element(p, kind, value)?,
            false => {
                if kind == 5 {
                    p.text(": ");
                    p.padded_string_at(value, 0, size)?;
                }
                true
            }
        };
        if p.v(2) || !known {
            p.unknown(value, "\n\t  ", size);
        }
        (at, left) = (at + size, left - size);
    }
    Ok(())
}

/// Prints an element; false when it is not known.
fn element(p: &mut Printer, kind: u16, v: &[u8]) -> Done<bool> {
    match kind {
        1 => return identifier(p, v, CHASSIS, 4, 5),
        2 => return identifier(p, v, PORTS, 3, 4),
        3 => write!(p, ": TTL {}s", v.be16(0)?),
        4 | 5 => {
            p.text(": ");
            p.padded_string_at(v, 0, v.len())?;
        }
        6 => {
            p.text("\n\t  ");
            p.padded_string_at(v, 0, v.len())?;
        }
        7 => {
            let (has, enabled) = (v.be16(0)?, v.be16(2)?);
            for (what, set) in [
                ("System  Capabilities", has),
                ("Enabled Capabilities", enabled),
            ] {
                let names = bits(CAPABILITIES, set.into(), "none", ", ");
                write!(p, "\n\t  {what} [{names}] (0x{set:04x})");
            }
        }
        8 => management(p, v)?,
        127 => {
            let owner = v.be24(0)?;
            write!(
                p,
                ": OUI {} (0x{owner:06x})",
                tok(VENDORS, owner, "Unknown")
            );
            return match owner {
                0x00_80c2 => lldp_ieee::bridges(p, v),
                0x00_120f => lldp_ieee::ethernet(p, v),
                0x00_005e => iana(p, v),
                0x00_12bb => lldp_med::print(p, v),
                0x00_1b21 => lldp_dcbx::print(p, v),
                _ => Ok(false),
            };
        }
        _ => return Ok(false),
    }
    Ok(true)
}

fn identifier(p: &mut Printer, v: &[u8], names: &Table, mac: u8, network: u8) -> Done<bool> {
    if v.len() < 2 {
        return Err(Cut);
    }
    let kind = v.u8(0)?;
    write!(
        p,
        "\n\t  Subtype {} ({kind}): ",
        tok(names, kind.into(), "Unknown")
    );
    match kind {
        _ if kind == mac => p.mac_at(v, 1)?,
        _ if kind == network => address(p, v.tail(1))?,
        1..=7 => p.padded_string_at(v, 1, v.len() - 1)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// An address behind the number of its family.
fn address(p: &mut Printer, v: &[u8]) -> Done {
    let family = v.u8(0)?;
    let size = match family {
        1 => 4,
        2 => 16,
        6 => 6,
        _ => 0,
    };
    v.octets(1, size)?;
    write!(
        p,
        "AFI {} ({family})",
        tok(FAMILIES, family.into(), "Unknown")
    );
    match family {
        1 | 2 | 6 => p.text(": "),
        _ => p.text(", no AF printer !"),
    }
    match family {
        1 => p.v4_at(v, 1),
        2 => p.v6_at(v, 1),
        6 => p.mac_at(v, 1),
        _ => Ok(()),
    }
}

fn management(p: &mut Printer, v: &[u8]) -> Done {
    let size = usize::from(v.u8(0)?);
    let value = v.octets(1, size)?;
    let from = p.out.len();
    address(p, value)?;
    let text = p.out.split_off(from.min(p.out.len()));
    write!(p, "\n\t  Management Address length {size}, {text}");
    let rest = v.tail(1 + size);
    let (kind, number) = (rest.u8(0)?, rest.be32(1)?);
    let name = tok(NUMBERINGS, kind.into(), "Unknown");
    write!(p, "\n\t  {name} Interface Numbering ({kind}): {number}");
    let object = rest.tail(5);
    if !object.is_empty() {
        let size = object.u8(0)?;
        object.octets(1, size.into())?;
        if size > 0 {
            write!(p, "\n\t  OID length {size}");
            p.padded_string_at(object, 1, size.into())?;
        }
    }
    Ok(())
}

fn iana(p: &mut Printer, v: &[u8]) -> Done<bool> {
    if v.len() < 8 {
        return Ok(true);
    }
    let kind = v.u8(3)?;
    let name = tok(&[(1, "MUD-URL")], kind.into(), "unknown");
    write!(p, "\n\t  {name} Subtype ({kind})");
    if kind != 1 {
        return Ok(false);
    }
    p.text("\n\t  MUD-URL=");
    p.string_at(v, 4, v.len() - 4)?;
    Ok(true)
}
