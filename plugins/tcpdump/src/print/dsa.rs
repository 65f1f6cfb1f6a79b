//! Tags of Marvell's switches (DSA, EDSA) in Ethernet frames.

use super::prelude::*;
use super::{ethernet, ethertype};

const MODES: &Table = &[
    (0, "To CPU"),
    (1, "From CPU"),
    (2, "To Sniffer"),
    (3, "Forward"),
];
const CODES: &Table = &[
    (0, "BPDU (MGMT) Trap"),
    (1, "Frame2Reg"),
    (2, "IGMP/MLD Trap"),
    (3, "Policy Trap"),
    (4, "ARP Mirror"),
    (5, "Policy Mirror"),
];

/// Prints a frame with a tag of four octets.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "dsa";
    p.link_header += ethernet::tagged(p, b, length, 4, |p, tag| {
        p.text(if p.set.link { "Marvell DSA " } else { "DSA " });
        common(p, tag)
    })?;
    Ok(())
}

/// Prints a frame with a tag of eight octets, which begins with a type of Ethernet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn extended(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "edsa";
    p.link_header += ethernet::tagged(p, b, length, 8, |p, tag| {
        let kind = tag.be16(0)?;
        if p.set.link {
            let name = tok(ethertype::NAMES, kind.into(), "Unknown");
            write!(p, "Marvell EDSA ethertype 0x{kind:04x} ({name}), ");
            write!(p, "rsvd {} {}, ", tag.u8(2)?, tag.u8(3)?);
        } else {
            write!(p, "EDSA 0x{kind:04x}, ");
        }
        common(p, tag.tail(4))
    })?;
    Ok(())
}

fn common(p: &mut Printer, tag: &[u8]) -> Done {
    let [a, b, c, d]: [u8; 4] = tag.array(0)?;
    let mode = a >> 6;
    let (tagged, device, port) = (a & 0x20 != 0, a & 0x1f, b >> 3);
    let third = b & 4 != 0;
    let vlan = u16::from(c & 15) << 8 | u16::from(d);
    if !p.set.link {
        let trunk = if third { "trunk" } else { "port" };
        match mode {
            0 => write!(p, "port {device}.{port} > CPU, "),
            1 => write!(p, "CPU > port {device}.{port}, "),
            2 => {
                let side = if third { "Rx" } else { "Tx" };
                write!(p, "port {device}.{port} > {side} Sniffer, ");
            }
            _ => write!(p, "Forward {trunk} {device}.{port}, "),
        }
        let letter = if tagged { 't' } else { 'u' };
        write!(p, "VLAN {vlan}{letter}, ");
        return Ok(());
    }
    write!(p, "mode {}, ", tok(MODES, mode.into(), "unknown"));
    match mode {
        0 => {
            let code = u32::from((b & 6) | c >> 4 & 1);
            write!(p, "source dev {device}, port {port}, ");
            write!(p, "code {}, ", tok(CODES, code, "reserved"));
        }
        1 => write!(p, "target dev {device}, port {port}, "),
        2 => {
            let side = if third { "ingress" } else { "egress" };
            write!(p, "source dev {device}, port {port}, {side} sniff, ");
        }
        _ => {
            let what = if third { "trunk" } else { "port" };
            write!(p, "dev {device}, {what} {port}, ");
        }
    }
    p.text(if tagged { "tagged, " } else { "untagged, " });
    if b & 1 != 0 {
        p.text("CFI, ");
    }
    write!(p, "VID {vlan}, FPri {}, ", c >> 5);
    Ok(())
}
