//! The fields of IS-IS, each with its type and length.

use super::isis_bridging;
use super::isis_neighbor as neighbor;
use super::isis_reach as reach;
use super::llc::ORGANIZATIONS;
use super::osi::{self, identifier};
use super::prelude::*;

const NAMES: &Table = &[
    (1, "Area address(es)"),
    (2, "IS Reachability"),
    (3, "ES Neighbor(s)"),
    (4, "Partition DIS"),
    (5, "Prefix Neighbors"),
    (6, "IS Neighbor(s)"),
    (7, "Instance Identifier"),
    (8, "Padding"),
    (9, "LSP entries"),
    (10, "Authentication"),
    (12, "Checksum"),
    (13, "Purge Originator Identifier"),
    (14, "LSP Buffersize"),
    (22, "Extended IS Reachability"),
    (24, "IS Alias ID"),
    (42, "DECnet Phase IV"),
    (66, "Lucent Proprietary"),
    (128, "IPv4 Internal Reachability"),
    (129, "Protocols supported"),
    (130, "IPv4 External Reachability"),
    (131, "Inter-Domain Information Type"),
    (132, "IPv4 Interface address(es)"),
    (133, "IPv4 authentication (deprecated)"),
    (134, "Traffic Engineering Router ID"),
    (135, "Extended IPv4 Reachability"),
    (138, "Shared Risk Link Group"),
    (143, "Multi-Topology-Aware Port Capability"),
    (144, "Multi-Topology Capability"),
    (176, "Nortel Proprietary"),
    (177, "Nortel Proprietary"),
    (137, "Hostname"),
    (211, "Restart Signaling"),
    (222, "Multi Topology IS Reachability"),
    (229, "Multi Topology"),
    (232, "IPv6 Interface address(es)"),
    (235, "Multi-Topology IPv4 Reachability"),
    (236, "IPv6 reachability"),
    (237, "Multi-Topology IP6 Reachability"),
    (240, "Point-to-point Adjacency State"),
    (241, "Hello PDU Sequence Number"),
    (242, "IS-IS Router Capability"),
    (250, "Vendor Private"),
];
const AUTHENTICATIONS: &Table = &[
    (1, "simple text password"),
    (3, "Generic Crypto key-id"),
    (54, "HMAC-MD5 password"),
    (255, "Routing Domain private password"),
];
const RESTARTS: &Table = &[
    (1, "Restart Request"),
    (2, "Restart Acknowledgement"),
    (4, "Suppress adjacency advertisement"),
];
const TOPOLOGIES: &Table = &[
    (0, "IPv4 unicast"),
    (1, "In-Band Management"),
    (2, "IPv6 unicast"),
    (3, "Multicast"),
    (4095, "Development, Experimental or Proprietary"),
];
const TOPOLOGY_FLAGS: &Table = &[(0x4000, "ATT bit set"), (0x8000, "Overload bit set")];
pub(crate) const INDENT: &str = "\n\t      ";

/// How far fields were printed.
pub(crate) enum Seen {
    /// All of them.
    All,
    /// Up to one that is cut off.
    Cut,
}

/// What ends a field.
pub(crate) enum Stop {
    /// It is shorter than its parts; the next one is printed.
    Field,
    /// Nothing more is printed.
    Packet,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Packet
    }
}

/// Prints the fields at an offset of a packet of this length.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    b: &[u8],
    at: usize,
    left: usize,
    length: usize,
) -> Done<Seen> {
    let (mut at, mut left) = (at, left);
    while left > 0 {
        if left < 2 || !b.tail(at).has(2) {
            return Ok(Seen::Cut);
        }
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        at += 2;
        left -= 2;
        let name = tok(NAMES, kind.into(), "unknown");
        write!(p, "\n\t    {name} TLV #{kind}, length: {size}");
        if left < size {
            return Ok(Seen::Cut);
        }
        // What was not captured of a field ends the packet.
        let value = b.tail(at).upto(size);
        match field(p, b, at, kind, value, size, length) {
            Ok(()) | Err(Stop::Field) => {}
            Err(Stop::Packet) => return Ok(Seen::Cut),
        }
        if p.v(2) {
            p.unknown(b.tail(at), INDENT, size);
        }
        at += size;
        left -= size;
    }
    Ok(Seen::All)
}

pub(crate) fn need(size: usize, at: usize, count: usize) -> Result<(), Stop> {
    match size - at.min(size) < count {
        true => Err(Stop::Field),
        false => Ok(()),
    }
}

fn field(
    p: &mut Printer,
    whole: &[u8],
    place: usize,
    kind: u8,
    v: &[u8],
    size: usize,
    length: usize,
) -> Result<(), Stop> {
    let mut at = 0;
    match kind {
        1 => {
            while at < size {
                let count = usize::from(v.u8(at)?);
                at += 1;
                need(size, at, count)?;
                write!(p, "{INDENT}Area address (length: {count}): ");
                osi::address(p, v.octets(at, count)?);
                at += count;
            }
        }
        6 => {
            while at < size {
                need(size, at, 6)?;
                write!(p, "{INDENT}SNPA: {}", identifier(v, at, 6)?);
                at += 6;
            }
        }
        7 => {
            need(size, 0, 4)?;
            let count = (size - 2) / 2;
            write!(
                p,
                "{INDENT}Instance ID: {}, ITIDs({count}){} ",
                v.be16(0)?,
                if count > 0 { ":" } else { "" }
            );
            for number in 0..count {
                write!(p, "{}", v.be16(2 + number * 2)?);
                if number + 1 < count {
                    p.text(", ");
                }
            }
        }
        8 => {}
        22 | 24 | 222 => {
            if kind == 222 {
                at = topology(p, v, at, size)?;
            }
            while at < size {
                let used =
                    reach::neighbor(p, whole.tail(place + at), INDENT, kind != 24, size - at)
                        .ok_or(Stop::Packet)?;
                if used > size - at {
                    write!(p, " [remaining tlv length {} < {used}]", size - at);
                    p.invalid();
                    break;
                }
                at += used;
            }
        }
        2 => {
            need(size, 0, 1)?;
            let names = [(0, "IsNotVirtual"), (1, "IsVirtual")];
            write!(
                p,
                "{INDENT}{}",
                tok(&names, v.u8(0)?.into(), "bogus virtual flag 0x%02x")
            );
            at = 1;
            while at < size {
                need(size, at, 11)?;
                v.octets(at, 11)?;
                write!(p, "{INDENT}IS Neighbor: {}", identifier(v, at + 4, 7)?);
                reach::metrics(p, v.tail(at))?;
                at += 11;
            }
        }
        3 => {
            while at < size {
                need(size, at, 10)?;
                v.octets(at, 10)?;
                write!(p, "{INDENT}ES Neighbor: {}", identifier(v, at + 4, 6)?);
                reach::metrics(p, v.tail(at))?;
                at += 10;
            }
        }
        128 | 130 if !reach::narrow(p, v, size, INDENT)? => return Err(Stop::Packet),
        128 | 130 => {}
        135 | 235 | 236 | 237 => {
            if matches!(kind, 235 | 237) {
                at = topology(p, v, at, size)?;
            }
            let six = matches!(kind, 236 | 237);
            while at < size {
                let used =
                    reach::wide(p, whole.tail(place + at), INDENT, six)?.ok_or(Stop::Packet)?;
                if used > size - at {
                    write!(p, " [remaining tlv length {} < {used}]", size - at);
                    p.invalid();
                    break;
                }
                at += used;
            }
        }
        232 => {
            while at < size {
                need(size, at, 16)?;
                write!(p, "{INDENT}IPv6 interface address: ");
                p.v6_at(v, at)?;
                at += 16;
            }
        }
        10 => {
            need(size, 0, 1)?;
            let method = v.u8(0)?;
            write!(
                p,
                "{INDENT}{}: ",
                tok(
                    AUTHENTICATIONS,
                    method.into(),
                    "unknown Authentication type 0x%02x"
                )
            );
            match method {
                1 => p.padded_string_at(v, 1, size - 1)?,
                54 => {
                    p.hex(v.octets(1, size - 1)?, "");
                    if size != 17 {
                        p.text(", (invalid subTLV) ");
                    }
                    p.text(" (check failed)");
                }
                3 => {
                    need(size, 1, 2)?;
                    write!(p, "{}, password: ", v.be16(1)?);
                    p.hex(v.octets(3, size - 3)?, "");
                }
                _ => p.unknown(v.tail(1), "\n\t\t  ", size - 1),
            }
        }
        240 => neighbor::adjacency(p, whole.tail(place), size)?,
        129 => {
            write!(p, "{INDENT}NLPID(s): ");
            for number in 0..size {
                let protocol = v.u8(number)?;
                write!(
                    p,
                    "{} (0x{protocol:02x})",
                    tok(osi::PROTOCOLS, protocol.into(), "unknown")
                );
                if number + 1 < size {
                    p.text(", ");
                }
            }
        }
        134 => {
            need(size, 0, 4)?;
            write!(p, "{INDENT}Traffic Engineering Router ID: ");
            p.v4_at(v, 0)?;
        }
        132 => {
            while at < size {
                need(size, at, 4)?;
                write!(p, "{INDENT}IPv4 interface address: ");
                p.v4_at(v, at)?;
                at += 4;
            }
        }
        137 => {
            write!(p, "{INDENT}Hostname: ");
            p.padded_string_at(v, 0, size)?;
        }
        138 => neighbor::shared_risk(p, v, size)?,
        9 => {
            while at < size {
                need(size, at, 16)?;
                let name = identifier(v, at + 2, 8)?;
                let (sequence, lifetime, sum) = (v.be32(at + 10)?, v.be16(at)?, v.be16(at + 14)?);
                write!(
                    p,
                    "{INDENT}lsp-id: {name}, seq: 0x{sequence:08x}, lifetime: {lifetime:5}s, chksum: 0x{sum:04x}"
                );
                at += 16;
            }
        }
        12 => {
            need(size, 0, 2)?;
            let sum = v.be16(0)?;
            write!(p, "{INDENT}checksum: 0x{sum:04x} ");
            osi::checksum(p, whole, sum, place, length);
        }
        13 => {
            need(size, 0, 1)?;
            let count = v.u8(0)?;
            if count == 0 {
                p.text(" No system IDs supplied");
                return Ok(());
            }
            need(size, 1, 6)?;
            write!(
                p,
                "{INDENT}Purge Originator System-ID: {}",
                identifier(v, 1, 6)?
            );
            if count > 1 {
                need(size, 7, 6)?;
                v.octets(7, 6)?;
                write!(
                    p,
                    "{INDENT}Received from System-ID: {}",
                    identifier(v, 7, 6)?
                );
            }
        }
        229 => {
            while at < size {
                if size - at == 1 {
                    write!(p, "{INDENT}invalid MT-ID");
                    break;
                }
                at = topology(p, v, at, size)?;
            }
        }
        211 => {
            need(size, 0, 1)?;
            write!(
                p,
                "{INDENT}Flags [{}]",
                bits(RESTARTS, v.u8(0)?.into(), "none", ", ")
            );
            need(size, 1, 2)?;
            write!(p, ", Remaining holding time {}s", v.be16(1)?);
            if size == 9 {
                write!(p, ", for {}", identifier(v, 3, 6)?);
            }
        }
        131 => {
            need(size, 0, 1)?;
            let what = v.u8(0)?;
            let names = [
                (0, "Reserved"),
                (1, "Routing-Domain Specific"),
                (2, "AS Number Tag"),
            ];
            write!(
                p,
                "{INDENT}Inter-Domain Information Type: {}",
                tok(&names, what.into(), "Unknown (0x%02x)")
            );
            match what {
                2 => {
                    need(size, 1, 2)?;
                    write!(p, "AS Number: {}", v.be16(1)?);
                }
                _ => p.unknown(v.tail(1), INDENT, size - 1),
            }
        }
        14 => {
            need(size, 0, 2)?;
            write!(p, "{INDENT}LSP Buffersize: {}", v.be16(0)?);
        }
        4 => {
            while at < size {
                need(size, at, 6)?;
                write!(p, "{INDENT}{}", identifier(v, at, 6)?);
                at += 6;
            }
        }
        5 => neighbor::prefixes(p, v, size)?,
        241 => {
            need(size, 0, 4)?;
            write!(p, "{INDENT}Sequence number: {}", v.be32(0)?);
        }
        242 => {
            if size < 5 {
                write!(p, " [object length {size} < 5]");
                p.invalid();
                return Ok(());
            }
            write!(p, "{INDENT}Router-ID ");
            p.v4_at(v, 0)?;
            let flags = bits(&[(1, "S bit"), (2, "D bit")], v.u8(4)?.into(), "none", ", ");
            write!(p, ", Flags [{flags}]");
            reach::capabilities(p, v.tail(5), size - 5);
        }
        250 => {
            need(size, 0, 3)?;
            let vendor = v.be24(0)?;
            write!(
                p,
                "{INDENT}Vendor: {} ({vendor})",
                tok(ORGANIZATIONS, vendor, "Unknown")
            );
            if size > 3 {
                p.unknown(v.tail(3), "\n\t\t", size - 3);
            }
        }
        143 => {
            need(size, 0, 2)?;
            isis_bridging::port(p, whole.tail(place), size)?;
        }
        144 => {
            need(size, 0, 2)?;
            isis_bridging::capability(p, whole.tail(place), size)?;
        }
        _ if !p.v(2) => p.unknown(v, "\n\t\t", size),
        _ => {}
    }
    Ok(())
}

fn topology(p: &mut Printer, v: &[u8], at: usize, size: usize) -> Result<usize, Stop> {
    if size - at < 2 {
        return Err(Stop::Packet);
    }
    let word = v.be16(at)?;
    let number = word & 0xfff;
    let name = tok(TOPOLOGIES, number.into(), "Reserved for IETF Consensus");
    let flags = bits(TOPOLOGY_FLAGS, (word & 0xf000).into(), "none", ", ");
    write!(
        p,
        "{INDENT}{name} Topology (0x{number:03x}), Flags: [{flags}]"
    );
    Ok(at + 2)
}
