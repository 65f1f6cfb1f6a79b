//! CFM (IEEE 802.1ag): whether a service across bridges is connected.

use super::address_family::FAMILIES;
use super::oui::VENDORS;
use super::prelude::*;

const OPCODES: &Table = &[
    (1, "Continuity Check Message"),
    (2, "Loopback Reply"),
    (3, "Loopback Message"),
    (4, "Linktrace Reply"),
    (5, "Linktrace Message"),
];
const DOMAIN_FORMATS: &Table = &[
    (0, "IEEE 802.1"),
    (1, "No MD Name present"),
    (2, "DNS string"),
    (3, "MAC + 16Bit Integer"),
    (4, "Character string"),
];
const FORMATS: &Table = &[
    (0, "IEEE 802.1"),
    (1, "Primary VID"),
    (2, "Character string"),
    (3, "16Bit Integer"),
    (4, "RFC2685 VPN-ID"),
];
const TRACE_FLAGS: &Table = &[(128, "Use Forwarding-DB only")];
const REPLY_FLAGS: &Table = &[(128, "UseFDB Only"), (64, "FwdYes"), (32, "Terminal MEP")];
const ACTIONS: &Table = &[(1, "Exact Match"), (2, "Filtering DB"), (3, "MIP CCM DB")];
const ELEMENTS: &Table = &[
    (0, "End"),
    (1, "Sender ID"),
    (2, "Port status"),
    (3, "Interface status"),
    (4, "Data"),
    (5, "Reply Ingress"),
    (6, "Reply Egress"),
    (31, "Organization Specific"),
];
const PORT_STATES: &Table = &[(1, "Blocked"), (2, "Up")];
const INTERFACE_STATES: &Table = &[
    (1, "Up"),
    (2, "Down"),
    (3, "Testing"),
    (5, "Dormant"),
    (6, "not present"),
    (7, "lower Layer down"),
];
const CHASSIS_KINDS: &Table = &[
    (0, "Reserved"),
    (1, "Chassis component"),
    (2, "Interface alias"),
    (3, "Port component"),
    (4, "MAC address"),
    (5, "Network address"),
    (6, "Interface name"),
    (7, "Locally assigned"),
];

/// How a part ends.
enum End {
    /// The packet is printed.
    Packet,
    /// Its length is too little.
    Short,
    /// It goes on.
    Part,
}

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "cfm";
    if let End::Short = message(p, b, length)? {
        p.text("\n\t\t packet is too short");
    }
    Ok(())
}

fn message(p: &mut Printer, b: &[u8], length: usize) -> Done<End> {
    if length < 4 {
        return Ok(End::Short);
    }
    b.octets(0, 4)?;
    let first = b.u8(0)?;
    if first & 0x1f != 0 {
        write!(p, "CFMv{} not supported, length {length}", first & 0x1f);
        return Ok(End::Packet);
    }
    let opcode = b.u8(1)?;
    let name = tok(OPCODES, opcode.into(), "unknown (%u)");
    write!(p, "CFMv0 {name}, MD Level {}, length {length}", first >> 5);
    if !p.v(1) {
        return Ok(End::Packet);
    }
    let (flags, offset) = (b.u8(2)?, usize::from(b.u8(3)?));
    write!(p, "\n\tFirst TLV offset {offset}");
    let (b, length) = (b.tail(4), length - 4);
    if offset > length {
        write!(p, " (too large, must be <= {length})");
        return Ok(End::Packet);
    }
    let (needed, place) = match opcode {
        1 => (70, 1),
        5 => (17, 4),
        4 => (6, 5),
        _ => (0, 0),
    };
    if offset < needed {
        write!(p, " (too small {place}, must be >= {needed})");
        return Ok(End::Packet);
    }
    b.octets(0, needed)?;
    match opcode {
        1 => {
            if let End::Packet = continuity(p, b, flags)? {
                return Ok(End::Packet);
            }
        }
        5 => trace(p, b, flags)?,
        4 => trace_reply(p, b, flags)?,
        _ => p.unknown(b, "\n\t  ", length - offset),
    }
    elements(p, b.tail(offset), length - offset)
}

fn continuity(p: &mut Printer, b: &[u8], flags: u8) -> Done<End> {
    const INTERVALS: [f64; 8] = [0.0, 0.003333, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0];
    let interval = flags & 7;
    let defect = if flags & 0x80 != 0 { ", RDI" } else { "" };
    write!(p, ", Flags [CCM Interval {interval}{defect}]");
    if interval != 0 {
        let seconds = INTERVALS.get(usize::from(interval)).copied().unwrap_or(0.0);
        let seconds = f64::from(seconds as f32);
        write!(
            p,
            "\n\t  CCM Interval {seconds:.3}s, min CCM Lifetime {:.3}s, max CCM Lifetime {:.3}s",
            seconds * 3.25,
            seconds * 3.5
        );
    }
    let (sequence, point) = (b.be32(0)?, b.be16(4)?);
    write!(
        p,
        "\n\t  Sequence Number 0x{sequence:08x}, MA-End-Point-ID 0x{point:04x}"
    );
    let mut f = Fields::new(b.tail(6), 48);
    let format = f.u8()?;
    let name = tok(DOMAIN_FORMATS, format.into(), "Unknown");
    write!(p, "\n\t  MD Name Format {name} ({format})");
    if format != 1 {
        let size = usize::from(f.u8()?);
        write!(p, ", MD Name length {size}");
        if size > f.left - 3 {
            write!(p, " (too large, must be <= {})", f.left - 2);
            return Ok(End::Packet);
        }
        p.text("\n\t  MD Name: ");
        let octets = f.take(size)?;
        match format {
            2 | 4 => p.padded_string_at(octets, 0, size)?,
            3 if size == 6 => {
                p.text("\n\t  MAC ");
                p.mac_at(octets, 0)?;
            }
            3 => p.text("\n\t  MAC (length invalid)"),
            _ => p.unknown(octets, "\n\t    ", size),
        }
    }
    let (format, size) = (f.u8()?, usize::from(f.u8()?));
    let name = tok(FORMATS, format.into(), "Unknown");
    write!(
        p,
        "\n\t  MA Name-Format {name} ({format}), MA name length {size}"
    );
    if size > f.left {
        write!(p, " (too large, must be <= {})", f.left);
        return Ok(End::Packet);
    }
    p.text("\n\t  MA Name: ");
    let octets = f.take(size)?;
    match format {
        2 => p.padded_string_at(octets, 0, size)?,
        _ => p.unknown(octets, "\n\t    ", size),
    }
    Ok(End::Part)
}

fn trace(p: &mut Printer, b: &[u8], flags: u8) -> Done {
    let (id, hops) = (b.be32(0)?, b.u8(4)?);
    let flags = bits(TRACE_FLAGS, flags.into(), "none", ", ");
    write!(
        p,
        ", Flags [{flags}]\n\t  Transaction-ID 0x{id:08x}, ttl {hops}"
    );
    p.text("\n\t  Original-MAC ");
    p.mac_at(b, 5)?;
    p.text(", Target-MAC ");
    p.mac_at(b, 11)
}

fn trace_reply(p: &mut Printer, b: &[u8], flags: u8) -> Done {
    let (id, hops, action) = (b.be32(0)?, b.u8(4)?, b.u8(5)?);
    let flags = bits(REPLY_FLAGS, flags.into(), "none", ", ");
    write!(
        p,
        ", Flags [{flags}]\n\t  Transaction-ID 0x{id:08x}, ttl {hops}"
    );
    let name = tok(ACTIONS, action.into(), "Unknown");
    write!(p, "\n\t  Replay-Action {name} ({action})");
    Ok(())
}

fn elements(p: &mut Printer, b: &[u8], length: usize) -> Done<End> {
    let mut f = Fields::new(b, length);
    while f.left != 0 {
        let kind = f.b.u8(0)?;
        let name = tok(ELEMENTS, kind.into(), "Unknown");
        write!(p, "\n\t{name} TLV (0x{kind:02x})");
        if kind == 0 {
            return Ok(End::Packet);
        }
        if f.left < 3 {
            return Ok(End::Short);
        }
        let size = usize::from(f.b.octets(0, 3)?.be16(1)?);
        f.take(3)?;
        write!(p, ", length {size}");
        if f.left < size {
            return Ok(End::Short);
        }
        let v = f.b.octets(0, size)?;
        let dumped = match kind {
            1 => match sender(p, v)? {
                Ok(dumped) => dumped,
                Err(untaken) => {
                    f.take(size - untaken)?;
                    continue;
                }
            },
            2 | 3 if size < 1 => {
                p.text(" (too short, must be >= 1)");
                return Ok(End::Packet);
            }
            2 | 3 => {
                let state = v.u8(0)?;
                let states = if kind == 2 {
                    PORT_STATES
                } else {
                    INTERFACE_STATES
                };
                let name = tok(states, state.into(), "Unknown");
                write!(p, ", Status: {name} ({state})");
                (false, size)
            }
            31 if size < 4 => {
                p.text(" (too short, must be >= 4)");
                return Ok(End::Packet);
            }
            31 => {
                let (vendor, kind) = (v.be24(0)?, v.u8(3)?);
                let name = tok(VENDORS, vendor, "Unknown");
                write!(p, ", Vendor: {name} ({vendor}), Sub-Type {kind}");
                (true, size)
            }
            _ => (true, size),
        };
        if dumped.0 || p.v(2) {
            p.unknown(v, "\n\t  ", dumped.1);
        }
        f.take(size)?;
    }
    Ok(End::Packet)
}

/// Prints who sent a message; whether its octets follow and how many, or how many octets the native tool does not step over when it is too short.
fn sender(p: &mut Printer, v: &[u8]) -> Done<Result<(bool, usize), usize>> {
    let mut f = Fields::new(v, v.len());
    if f.is_empty() {
        p.text(" (too short, must be >= 1)");
        return Ok(Err(0));
    }
    let size = usize::from(f.u8()?);
    let mut dump = false;
    if size != 0 {
        if f.is_empty() {
            p.text("\n\t  (TLV too short)");
            return Ok(Err(0));
        }
        let kind = f.u8()?;
        let name = tok(CHASSIS_KINDS, kind.into(), "Unknown");
        write!(
            p,
            "\n\t  Chassis-ID Type {name} ({kind}), Chassis-ID length {size}"
        );
        if f.left < size {
            p.text("\n\t  (TLV too short)");
            return Ok(Err(1));
        }
        let id = f.take(size)?;
        match kind {
            4 if size != 6 => {
                p.text(" (invalid MAC address length)");
                dump = true;
            }
            4 => {
                p.text("\n\t  MAC ");
                p.mac_at(id, 0)?;
            }
            5 => dump = network_address(p, id)?,
            1..=3 | 6 | 7 => p.padded_string_at(id, 0, size)?,
            _ => dump = true,
        }
    }
    if f.is_empty() {
        return Ok(Ok((dump, 0)));
    }
    let size = usize::from(f.u8()?);
    write!(p, "\n\t  Management Address Domain Length {size}");
    if size == 0 {
        return Ok(Ok((dump, f.left)));
    }
    if f.left < size {
        p.text("\n\t  (TLV too short)");
        return Ok(Err(0));
    }
    super::dump::hex(p, "\n\t  Management Address Domain: ", f.take(size)?);
    if f.is_empty() {
        p.text(" (Management Address Length is missing)");
        return Ok(Ok((true, 0)));
    }
    let size = usize::from(f.u8()?);
    write!(p, "\n\t  Management Address Length {size}");
    if size != 0 {
        if f.left < size {
            p.text("\n\t  (TLV too short)");
            return Ok(Err(0));
        }
        super::dump::hex(p, "\n\t  Management Address: ", f.take(size)?);
    }
    Ok(Ok((dump, f.left)))
}

fn network_address(p: &mut Printer, id: &[u8]) -> Done<bool> {
    let kind = id.u8(0)?;
    let name = tok(FAMILIES, kind.into(), "Unknown");
    write!(p, "\n\t  Network Address Type {name} ({kind})");
    match (kind, id.len()) {
        (1, 5) => {
            p.text(", ");
            p.v4_at(id, 1)?;
        }
        (2, 17) => {
            p.text(", ");
            p.v6_at(id, 1)?;
        }
        (1, length) => {
            write!(p, "(invalid IPv4 address length {})", length - 1);
            return Ok(true);
        }
        (2, length) => {
            write!(p, "(invalid IPv6 address length {})", length - 1);
            return Ok(true);
        }
        _ => return Ok(true),
    }
    Ok(false)
}
