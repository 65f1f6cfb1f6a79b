//! CLNP (ISO 8473).

use super::osi;
use super::prelude::*;

const KINDS: &Table = &[
    (1, "Error Report"),
    (29, "MD"),
    (28, "Data"),
    (30, "Echo Request"),
    (31, "Echo Response"),
];
const FLAGS: &Table = &[
    (0x80, "Segmentation permitted"),
    (0x40, "more Segments"),
    (0x20, "request Error Report"),
];
const OPTIONS: &Table = &[
    (193, "Discard Reason"),
    (205, "Priority"),
    (195, "QoS Maintenance"),
    (197, "Security"),
    (200, "Source Routing"),
    (203, "Route Recording"),
    (204, "Padding"),
];
const SCOPES: &Table = &[
    (0x40, "Source Address Specific"),
    (0x80, "Destination Address Specific"),
    (0xc0, "Globally unique"),
];
const QUALITY: &Table = &[
    (0x20, "reserved"),
    (0x10, "sequencing vs. delay"),
    (0x08, "congested"),
    (0x04, "delay vs. cost"),
    (0x02, "error vs. delay"),
    (0x01, "error vs. cost"),
];
const CLASSES: &Table = &[
    (0x0, "General"),
    (0x8, "Address"),
    (0x9, "Source Routeing"),
    (0xa, "Lifetime"),
    (0xb, "PDU Discarded"),
    (0xc, "Reassembly"),
];
/// By class and reason.
const REASONS: &Table = &[
    (0x00, "Reason not specified"),
    (0x01, "Protocol procedure error"),
    (0x02, "Incorrect checksum"),
    (0x03, "PDU discarded due to congestion"),
    (0x04, "Header syntax error (cannot be parsed)"),
    (0x05, "Segmentation needed but not permitted"),
    (0x06, "Incomplete PDU received"),
    (0x07, "Duplicate option"),
    (0x80, "Destination address unreachable"),
    (0x81, "Destination address unknown"),
    (0x90, "Unspecified source routeing error"),
    (0x91, "Syntax error in source routeing field"),
    (0x92, "Unknown address in source routeing field"),
    (0x93, "Path not acceptable"),
    (0xa0, "Lifetime expired while data unit in transit"),
    (0xa1, "Lifetime expired during reassembly"),
    (0xb0, "Unsupported option not specified"),
    (0xb1, "Unsupported protocol version"),
    (0xb2, "Unsupported security option"),
    (0xb3, "Unsupported source routeing option"),
    (0xb4, "Unsupported recording of route option"),
    (0xc0, "Reassembly interference"),
];

/// Prints a packet; false when it is malformed.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    p.nested(|p| packet(p, b, length))
}

fn packet(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    p.protocol = "clnp";
    b.octets(0, 9)?;
    let indicator = usize::from(b.u8(1)?);
    let separator = if p.set.link { "" } else { ", " };
    if !p.set.link {
        p.text("CLNP");
    }
    if b.u8(2)? != 1 {
        write!(p, "version {} packet not supported", b.u8(2)?);
        return Ok(false);
    }
    if indicator > length {
        write!(p, " length indicator({indicator}) > PDU size ({length})!");
        return Ok(false);
    }
    if indicator < 9 {
        write!(p, " length indicator {indicator} < min PDU size:");
        for octet in b {
            write!(p, "{octet:02X}");
        }
        return Ok(false);
    }
    let (kind, flags) = (b.u8(4)? & 0x1f, b.u8(4)? & 0xe0);
    let mut at = 9;
    let mut addresses: [&[u8]; 2] = [&[]; 2];
    for address in &mut addresses {
        let count = match at < indicator {
            true => usize::from(b.u8(at)?),
            false => usize::MAX,
        };
        if count > indicator.saturating_sub(at + 1) {
            p.text("li < size of fixed part of CLNP header and addresses");
            return Ok(false);
        }
        *address = b.octets(at + 1, count)?;
        at += 1 + count;
    }
    let [destination, source] = addresses;
    let name = tok(KINDS, kind.into(), "unknown (%u)");
    if !p.v(1) {
        p.text(separator);
        osi::address(p, source);
        p.text(" > ");
        osi::address(p, destination);
        write!(p, ", {name}, length {length}");
        return Ok(true);
    }
    let lifetime = b.u8(3)?;
    let sum = b.be16(7)?;
    write!(
        p,
        "{separator}length {length}\n\t{name} PDU, hlen: {indicator}, v: 1, lifetime: {}.{}s, Segment PDU length: {}, checksum: 0x{sum:04x}",
        lifetime / 2,
        lifetime % 2 * 5,
        b.be16(5)?
    );
    osi::checksum(p, b, sum, 7, indicator);
    write!(p, "\n\tFlags [{}]", bits(FLAGS, flags.into(), "none", ", "));
    write!(p, "\n\tsource address (length {}): ", source.len());
    osi::address(p, source);
    write!(p, "\n\tdest   address (length {}): ", destination.len());
    osi::address(p, destination);
    let mut left = indicator - at;
    if flags & 0x80 != 0 {
        if left < 6 {
            p.text("li < size of fixed part of CLNP header, addresses, and segment part");
            return Ok(false);
        }
        b.octets(at, 6)?;
        let (unit, offset, total) = (b.be16(at)?, b.be16(at + 2)?, b.be16(at + 4)?);
        write!(
            p,
            "\n\tData Unit ID: 0x{unit:04x}, Segment Offset: {offset}, Total PDU Length: {total}"
        );
        at += 6;
        left -= 6;
    }
    while left > 0 {
        if left < 2 {
            p.text(", bad opts/li");
            return Ok(false);
        }
        let (code, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        at += 2;
        left -= 2;
        if size > left {
            write!(p, ", opt ({code}) too long");
            return Ok(false);
        }
        let value = b.octets(at, size)?;
        left -= size;
        let name = tok(OPTIONS, code.into(), "Unknown");
        write!(p, "\n\t  {name} Option #{code}, length {size}, value: ");
        if !option(p, code, value)? {
            p.text(", bad opt len");
            return Ok(false);
        }
        if p.v(2) {
            p.unknown(value, "\n\t  ", size);
        }
        at += size;
    }
    if matches!(kind, 1 | 31) && b.u8(at)? == 0x81 {
        p.text("\n\t-----original packet-----\n\t");
        print(p, b.tail(at), length - indicator)?;
    } else if length > at {
        write!(
            p,
            "\n\t  undecoded non-header data, length {}",
            length - indicator
        );
        p.unknown(b.tail(at), "\n\t  ", length - at);
    }
    Ok(true)
}

/// False when its length is wrong.
fn option(p: &mut Printer, code: u8, value: &[u8]) -> Done<bool> {
    match code {
        200 | 203 | 197 if value.len() < 2 => return Ok(false),
        205 | 195 | 193 if value.is_empty() => return Ok(false),
        200 | 203 => {
            let what = if code == 200 {
                "source routing"
            } else {
                "recording of route in progress"
            };
            p.name(&[(0, "partial"), (1, "complete")], value.u8(0)?, "Unknown");
            write!(p, " {what}");
            let offset = usize::from(value.u8(1)?);
            match offset {
                0 => p.text(" Bad NSAP offset (0)"),
                offset if offset - 1 > value.len() => {
                    p.text(" Bad NSAP offset (past end of option)")
                }
                offset => route(p, value.tail(offset - 1))?,
            }
        }
        205 => write!(p, "0x{:x}", value.u8(0)? & 15),
        195 => {
            let first = value.u8(0)?;
            let scope = tok(SCOPES, (first & 0xc0).into(), "Reserved");
            write!(p, "\n\t    Format Code: {scope}");
            if first & 0xc0 == 0xc0 {
                write!(
                    p,
                    "\n\t    QoS Flags [{}]",
                    bits(QUALITY, (first & 0x3f).into(), "none", ", ")
                );
            }
        }
        197 => {
            let scope = tok(SCOPES, (value.u8(0)? & 0xc0).into(), "Reserved");
            write!(
                p,
                "\n\t    Format Code: {scope}, Security-Level {}",
                value.u8(1)?
            );
        }
        193 => {
            let reason = value.u8(0)?;
            let class = tok(CLASSES, (reason >> 4).into(), "Unknown");
            let name = tok(REASONS, reason.into(), "Unknown");
            write!(
                p,
                "\n\t    Class: {class} Error (0x{:x}), {name} (0x{:x})",
                reason >> 4,
                reason & 15
            );
        }
        204 => p.text("padding data"),
        _ => p.unknown(value, "\n\t  ", value.len()),
    }
    Ok(true)
}

/// The native tool does not go on from address to address, and prints the first one as often as there is room.
fn route(p: &mut Printer, b: &[u8]) -> Done {
    let mut left = b.len();
    while left > 0 {
        let count = usize::from(b.u8(0)?);
        if left < count + 1 {
            p.text("\n\t    NSAP address goes past end of option");
            break;
        }
        if count > 0 {
            write!(p, "\n\t    NSAP address (length {count}): ");
            osi::address(p, b.octets(1, count)?);
        }
        left -= count + 1;
    }
    Ok(())
}
