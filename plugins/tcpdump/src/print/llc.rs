//! Logical link control (IEEE 802.2), and SNAP.

use super::ethertype::{self, Ends};
use super::prelude::*;
use super::{cdp, dtp, ethernet, ip, ipx, isoclns, stp, udld, vtp};

const ACCESS_POINTS: &Table = &[
    (0x00, "Null"),
    (0xff, "Global"),
    (0x02, "802.1B I"),
    (0x03, "802.1B G"),
    (0x06, "IP"),
    (0x04, "SNA"),
    (0x0e, "ProWay NM"),
    (0x42, "STP"),
    (0x4e, "RS511"),
    (0x7e, "ISO8208"),
    (0x8e, "ProWay"),
    (0xaa, "SNAP"),
    (0xe0, "IPX"),
    (0xf0, "NetBeui"),
    (0xfe, "OSI"),
];
const COMMANDS: &Table = &[
    (0x03, "ui"),
    (0xe3, "test"),
    (0xaf, "xid"),
    (0x63, "ua"),
    (0x43, "disc"),
    (0x0f, "dm"),
    (0x6f, "sabme"),
    (0x87, "frmr"),
];
const FLAGS: &Table = &[
    (0, "Command"),
    (1, "Response"),
    (0x10, "Poll"),
    (0x11, "Final"),
    (0x100, "Poll"),
    (0x101, "Final"),
];
const SUPERVISORY: &Table = &[
    (0, "Receiver Ready"),
    (1, "Receiver not Ready"),
    (2, "Reject"),
];
const CISCO: &Table = &[
    (0x2000, "CDP"),
    (0x2003, "VTP"),
    (0x2004, "DTP"),
    (0x0111, "UDLD"),
    (0x010b, "PVST"),
    (0x010c, "VLAN Bridge"),
];
const BRIDGED: &Table = &[
    (0x0001, "Ethernet + FCS"),
    (0x0007, "Ethernet w/o FCS"),
    (0x0002, "802.4 + FCS"),
    (0x0008, "802.4 w/o FCS"),
    (0x0003, "Token Ring + FCS"),
    (0x0009, "Token Ring w/o FCS"),
    (0x0004, "FDDI + FCS"),
    (0x000a, "FDDI w/o FCS"),
    (0x0005, "802.6 + FCS"),
    (0x000b, "802.6 w/o FCS"),
    (0x000e, "BPDU"),
];
/// Organizations by the number that IEEE gave them.
pub(crate) const ORGANIZATIONS: &Table = &[
    (0x000000, "Ethernet"),
    (0x00000c, "Cisco"),
    (0x00005e, "IANA"),
    (0x000081, "Nortel Networks SONMP"),
    (0x0000f8, "Cisco bridged"),
    (0x0019a7, "ITU-T"),
    (0x0080c2, "Ethernet bridged"),
    (0x00a03e, "ATM Forum"),
    (0x00e02f, "DOCSIS Spanning Tree"),
    (0x080007, "Appletalk"),
    (0x009069, "Juniper"),
    (0x080009, "Hewlett-Packard"),
    (0x00120f, "IEEE 802.3 Private"),
    (0x0012bb, "ANSI/TIA"),
    (0x001b21, "DCBX"),
    (0x002320, "Nicira Networks"),
    (0x5c16c7, "Big Switch Networks"),
    (0xb0d2f5, "Vello Systems"),
    (0x002481, "HP"),
    (0x0004ea, "HP-Labs"),
    (0x748771, "Infoblox Inc"),
    (0xa42305, "Open Networking Lab"),
    (0x00049f, "Freescale"),
    (0x0015ad, "Netronome"),
    (0x001018, "Broadcom"),
    (0x00e004, "PMC-Sierra"),
    (0xd0f0db, "Ericsson"),
];

/// Prints what LLC carries; the length of its header, and whether that was known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    ends: Option<Ends<'_>>,
) -> Done<(usize, bool)> {
    p.protocol = "llc";
    let too_short = |p: &mut Printer| {
        p.truncated();
        super::dump::hex_and_ascii(p, "\n\t", b);
        Ok((b.len().min(length), true))
    };
    if b.len() < 3 || length < 3 {
        return too_short(p);
    }
    let (to, from) = (b.u8(0)?, b.u8(1)?);
    let mut control = u16::from(b.u8(2)?);
    let unnumbered = control & 3 == 3;
    let header = if unnumbered { 3 } else { 4 };
    if !unnumbered {
        if b.len() < 4 || length < 4 {
            return too_short(p);
        }
        control = b.le16(2)?;
    }
    if (to, from) == (0xff, 0xff) {
        p.text(if p.set.link { "IPX 802.3: " } else { "" });
        ipx::print(p, b)?;
        return Ok((0, true));
    }
    let (destination, source) = (to & 0xfe, from & 0xfe);
    if p.set.link {
        let name = |point: u8| tok(ACCESS_POINTS, point.into(), "Unknown");
        write!(
            p,
            "LLC, dsap {} (0x{destination:02x}) {}, ssap {} (0x{source:02x}) {}",
            name(destination),
            if to & 1 == 0 { "Individual" } else { "Group" },
            name(source),
            if from & 1 == 0 { "Command" } else { "Response" },
        );
        match unnumbered {
            true => write!(p, ", ctrl 0x{control:02x}: "),
            false => write!(p, ", ctrl 0x{control:04x}: "),
        }
    }
    let payload = b.tail(header);
    let rest = length - header;
    let information = control == 3;
    if source == destination {
        match source {
            0xaa if information => {
                let known = snap(p, payload, rest, ends, 2)?;
                return Ok((header + 5, known));
            }
            0x42 if information => {
                stp::print(p, payload, rest)?;
                return Ok((header, true));
            }
            0xe0 if information => {
                p.text(if p.set.link { "IPX 802.2: " } else { "" });
                ipx::print(p, payload)?;
                return Ok((header, true));
            }
            0x06 if information => {
                ip::print(p, payload, rest)?;
                return Ok((header, true));
            }
            0xfe if information => {
                isoclns::print(p, payload, rest)?;
                return Ok((header, true));
            }
            _ => {}
        }
    }
    if !p.set.link {
        points(p, source, destination, ends);
    }
    let response = u32::from(from & 1);
    if unnumbered {
        let command = tok(COMMANDS, (control & 0xef).into(), "%02x");
        let flags = tok(FLAGS, response | u32::from(control & 0x10), "?");
        write!(p, "Unnumbered, {command}, Flags [{flags}], length {length}");
        if control & !0x10 == 0xaf {
            if rest == 0 {
                return Ok((header, true));
            }
            if payload.is_empty() {
                p.truncated();
                return Ok((header, true));
            }
            if payload.u8(0)? == 0x81 {
                if payload.len() < 3 || rest < 3 {
                    p.truncated();
                    super::dump::hex_and_ascii(p, "\n\t", payload);
                } else {
                    write!(p, ": {:02x} {:02x}", payload.u8(1)?, payload.u8(2)?);
                }
                return Ok((header, true));
            }
        }
        return Ok((header, false));
    }
    let flags = tok(FLAGS, response | u32::from(control & 0x100), "?");
    let receive = control >> 9 & 0x7f;
    if control & 1 == 1 {
        let kind = tok(SUPERVISORY, (control >> 2 & 3).into(), "?");
        write!(
            p,
            "Supervisory, {kind}, rcv seq {receive}, Flags [{flags}], length {length}"
        );
        return Ok((header, true));
    }
    let send = control >> 1 & 0x7f;
    write!(
        p,
        "Information, send seq {send}, rcv seq {receive}, Flags [{flags}], length {length}"
    );
    Ok((header, false))
}

fn points(p: &mut Printer, source: u8, destination: u8, ends: Option<Ends<'_>>) {
    let to = tok(ACCESS_POINTS, destination.into(), "Unknown DSAP 0x%02x");
    let from = tok(ACCESS_POINTS, source.into(), "Unknown SSAP 0x%02x");
    match (ends, source == destination) {
        (None, true) => write!(p, "{to} "),
        (None, false) => write!(p, "{from} > {to} "),
        (Some(ends), true) => {
            ends.print(p, "");
            write!(p, " {to} ");
        }
        (Some(ends), false) => {
            p.hex(ends.source, ":");
            write!(p, " {from} > ");
            p.hex(ends.destination, ":");
            write!(p, " {to} ");
        }
    }
}

/// Prints what SNAP carries; false when its type is not known.
///
/// # Errors
/// [`Cut`]
pub(crate) fn snap(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    ends: Option<Ends<'_>>,
    pad: usize,
) -> Done<bool> {
    p.protocol = "snap";
    b.octets(0, 5)?;
    if length < 5 {
        p.truncated();
        return Ok(true);
    }
    let (organization, kind) = (b.be24(0)?, b.be16(3)?);
    let kinds = match organization {
        0 | 0x0000f8 | 0x080007 => ethertype::NAMES,
        0x00000c => CISCO,
        0x0080c2 => BRIDGED,
        _ => &[],
    };
    let name = tok(kinds, kind.into(), "Unknown");
    let owner = tok(ORGANIZATIONS, organization, "Unknown");
    let length = length - 5;
    if p.set.link {
        let what = if organization == 0 {
            "ethertype"
        } else {
            "pid"
        };
        write!(
            p,
            "oui {owner} (0x{organization:06x}), {what} {name} (0x{kind:04x}), length {length}: "
        );
    }
    let b = b.tail(5);
    let padded = |by: usize| (b.tail(by), length.saturating_sub(by));
    match (organization, kind) {
        (0 | 0x0000f8, _) | (0x080007, 0x809b) if ethertype::print(p, kind, b, length, ends)? => {
            return Ok(true);
        }
        (0x00000c, 0x2000) => return cdp::print(p, b, length).map(|()| true),
        (0x00000c, 0x2003) => return vtp::print(p, b, length).map(|()| true),
        (0x00000c, 0x2004) => return dtp::print(p, b, length).map(|()| true),
        (0x00000c, 0x0111) => return udld::print(p, b, length).map(|()| true),
        (0x00000c, 0x010b | 0x010c) | (0x0080c2, 0x000e) => {
            return stp::print(p, b, length).map(|()| true);
        }
        (0x0080c2, 1 | 7) => {
            b.octets(0, pad)?;
            let (b, length) = padded(pad);
            return ethernet::print(p, b, length).map(|_| true);
        }
        _ => {}
    }
    if !p.set.link {
        if let Some(ends) = ends {
            ends.print(p, " ");
        }
        match organization {
            0 => write!(
                p,
                "SNAP, ethertype {name} (0x{kind:04x}), length {length}: "
            ),
            _ => write!(
                p,
                "SNAP, oui {owner} (0x{organization:06x}), pid {name} (0x{kind:04x}), length {length}: "
            ),
        }
    }
    Ok(false)
}
