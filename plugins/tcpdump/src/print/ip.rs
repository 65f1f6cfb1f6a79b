//! IPv4 (RFC 791): its header, its options, its fragments.

use super::prelude::*;
use super::{checksum, transport};

/// Protocols over IP, as in the header's line.
pub(crate) const PROTOCOLS: &Table = &[
    (0, "HBH"),
    (1, "ICMP"),
    (2, "IGMP"),
    (4, "IPIP"),
    (6, "TCP"),
    (8, "EGP"),
    (9, "IGRP"),
    (17, "UDP"),
    (33, "DCCP"),
    (41, "IPv6"),
    (43, "Routing"),
    (44, "Fragment"),
    (46, "RSVP"),
    (47, "GRE"),
    (50, "ESP"),
    (51, "AH"),
    (55, "Mobile IP"),
    (58, "ICMPv6"),
    (59, "No Next Header"),
    (60, "DSTOPT"),
    (62, "Mobile IP (old)"),
    (88, "EIGRP"),
    (89, "OSPF"),
    (103, "PIM"),
    (108, "Compressed IP"),
    (112, "VRRP"),
    (113, "PGM"),
    (132, "SCTP"),
    (135, "Mobility"),
    (143, "Ethernet"),
];
const OPTIONS: &Table = &[
    (0, "EOL"),
    (1, "NOP"),
    (68, "timestamp"),
    (130, "security"),
    (7, "RR"),
    (137, "SSRR"),
    (131, "LSRR"),
    (148, "RA"),
    (82, "traceroute"),
];
const FRAGMENT_FLAGS: &Table = &[(0x2000, "+"), (0x4000, "DF"), (0x8000, "rsvd")];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.nested(|p| packet(p, b, length))
}

fn packet(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ip";
    if !p.set.link {
        p.text("IP ");
    }
    if length < 20 {
        p.bad("length", length, "<", 20);
        return Ok(());
    }
    let version = b.u8(0)? >> 4;
    if version != 4 {
        p.bad("version", version, "!=", 4);
        return Ok(());
    }
    let header = usize::from(b.u8(0)? & 15) * 4;
    if header < 20 {
        p.bad("header length", header, "<", 20);
        return Ok(());
    }
    let written = usize::from(b.be16(2)?);
    let mut total = written;
    if total > length {
        write!(p, "[total length {total} > length {length}]");
        p.invalid();
        p.text(" ");
    }
    let mut offloaded = false;
    if total == 0 && matches!(b.u8(9)?, 6 | 17) {
        total = length;
        offloaded = true;
    }
    if total < header {
        write!(p, "[total length {total} < header length {header}]");
        p.invalid();
        return Ok(());
    }
    b.octets(0, 20)?;
    let b = b.upto(length.min(total));
    let rest = total - header;
    let offset = b.be16(6)?;
    let protocol = b.u8(9)?;
    if p.v(1) && !long_header(p, b, length, header, offloaded)? {
        return Ok(());
    }
    if offset & 0x1fff == 0 {
        if !matches!(protocol, 6 | 17 | 132 | 33) {
            ends(p, b)?;
            p.text(": ");
        }
        if !b.has(header) {
            write!(
                p,
                " [remaining caplen({}) < header length({header})]",
                b.len()
            );
            return Err(Cut);
        }
        let ip = transport::Ip {
            header: b,
            version: 4,
            fragmented: offset & 0x2000 != 0,
            hops: b.u8(8)?,
        };
        transport::print(
            p,
            b.tail(header),
            rest.min(length.saturating_sub(header)),
            protocol,
            ip,
        )
    } else {
        if p.set.quiet > 1 {
            return Ok(());
        }
        ends(p, b)?;
        p.text(":");
        transport::protocol_name(p, protocol);
        Ok(())
    }
}

/// `source > destination`
fn ends(p: &mut Printer, b: &[u8]) -> Done {
    p.v4_at(b, 12)?;
    p.text(" > ");
    p.v4_at(b, 16)
}

/// The header with -v; false when it ends within its options.
fn long_header(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    header: usize,
    offloaded: bool,
) -> Done<bool> {
    let tos = b.u8(1)?;
    write!(p, "(tos 0x{tos:x}");
    p.text(match tos & 3 {
        1 => ",ECT(1)",
        2 => ",ECT(0)",
        3 => ",CE",
        _ => "",
    });
    let ttl = b.u8(8)?;
    if ttl >= 1 {
        write!(p, ", ttl {ttl}");
    }
    let offset = b.be16(6)?;
    let protocol = b.u8(9)?;
    write!(
        p,
        ", id {}, offset {}, flags [{}], proto {} ({protocol})",
        b.be16(4)?,
        (offset & 0x1fff) * 8,
        bits(FRAGMENT_FLAGS, (offset & 0xe000).into(), "none", ", "),
        tok(PROTOCOLS, protocol.into(), "unknown"),
    );
    match offloaded {
        true if length > 65535 => write!(p, ", length {length} [was 0, presumed BIG TCP]"),
        true => write!(p, ", length {length} [was 0, presumed TSO]"),
        false => write!(p, ", length {}", b.be16(2)?),
    }
    let mut complete = true;
    if header > 20 {
        p.text(", options (");
        if options(p, b.tail(20), header - 20).is_err() {
            p.text(" [truncated-option]");
            complete = false;
        }
        p.text(")");
    }
    if !p.set.trust_checksums
        && let Ok(octets) = b.octets(0, header)
    {
        let sum = checksum::of(&[octets]);
        if sum != 0 {
            let is = b.be16(10)?;
            write!(
                p,
                ", bad cksum {is:x} (->{:x})!",
                checksum::should_be(is, sum)
            );
        }
    }
    p.text(if p.set.one_line { ") " } else { ")\n    " });
    if !complete {
        ends(p, b)?;
        p.text(": ");
        p.truncated();
    }
    Ok(complete)
}

/// [`Cut`] here is for the header's line alone.
fn options(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let mut at = 0;
    while at < length {
        if at > 0 {
            p.text(",");
        }
        let code = b.u8(at)?;
        p.name(OPTIONS, code, "unknown %u");
        let size = match code {
            0 | 1 => 1,
            _ => usize::from(b.u8(at + 1)?),
        };
        if code > 1 && size < 2 || size > length - at {
            write!(p, " [bad length {size}]");
            return Ok(());
        }
        let option = b.octets(at, size)?;
        match code {
            0 => return Ok(()),
            68 => timestamps(p, option)?,
            7 | 137 | 131 => route(p, option)?,
            148 if size < 4 => write!(p, " [bad length {size}]"),
            148 if option.be16(2)? != 0 => write!(p, " value {}", option.be16(2)?),
            _ => {}
        }
        at += size;
    }
    Ok(())
}

fn route(p: &mut Printer, option: &[u8]) -> Done {
    let length = option.len();
    if length < 3 {
        write!(p, " [bad length {length}]");
        return Ok(());
    }
    if (length + 1) & 3 != 0 {
        write!(p, " [bad length {length}]");
    }
    let written = option.u8(2)?;
    let pointer = usize::from(written).wrapping_sub(1);
    if pointer < 3 || pointer.wrapping_add(1) & 3 != 0 || pointer > length + 1 {
        write!(p, " [bad ptr {written}]");
    }
    for at in (3..length).step_by(4) {
        let address = option.array(at)?;
        p.text(" ");
        p.v4(address);
        if pointer > at {
            p.text(",");
        }
    }
    Ok(())
}

fn timestamps(p: &mut Printer, option: &[u8]) -> Done {
    let length = option.len();
    if length < 4 {
        write!(p, "[bad length {length}]");
        return Ok(());
    }
    p.text(" TS{");
    let flags = option.u8(3)?;
    let hop = if flags & 15 != 0 { 8 } else { 4 };
    if (length - 4) & (hop - 1) != 0 {
        write!(p, "[bad length {length}]");
    }
    let written = option.u8(2)?;
    let pointer = usize::from(written).wrapping_sub(1);
    if pointer < 4 || (pointer - 4) & (hop - 1) != 0 || pointer > length + 1 {
        write!(p, "[bad ptr {written}]");
    }
    let mut at = 0;
    let kind = match flags & 15 {
        0 => Some("TSONLY"),
        1 => Some("TS+ADDR"),
        3 => Some("PRESPEC"),
        other => {
            write!(p, "[bad ts type {other}]");
            None
        }
    };
    if let Some(kind) = kind {
        p.text(kind);
        at = 4;
        while at < length {
            option.octets(at, hop)?;
            p.text(if pointer == at { " ^ " } else { " " });
            write!(p, "{}@", option.be32(at + hop - 4)?);
            if hop == 8 {
                p.v4_at(option, at)?;
            }
            at += hop;
        }
    }
    if pointer == at {
        p.text(" ^ ");
    }
    match flags >> 4 {
        0 => p.text("}"),
        hops => write!(p, " [{hops} hops not recorded]}} "),
    }
    Ok(())
}
