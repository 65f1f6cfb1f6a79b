//! EIGRP and IGRP: routing protocols of Cisco (RFC 7868).

use super::prelude::*;

const OPCODES: &Table = &[
    (1, "Update"),
    (3, "Query"),
    (4, "Reply"),
    (5, "Hello"),
    (6, "IPX SAP"),
    (7, "Probe"),
];
const FLAGS: &Table = &[
    (1, "Init"),
    (2, "Conditionally Received"),
    (4, "Restart"),
    (8, "End-of-Table"),
];
const KINDS: &Table = &[
    (1, "General Parameters"),
    (2, "Authentication"),
    (3, "Sequence"),
    (4, "Software Version"),
    (5, "Next Multicast Sequence"),
    (258, "IP Internal routes"),
    (259, "IP External routes"),
    (514, "AppleTalk Internal routes"),
    (515, "AppleTalk External routes"),
    (516, "AppleTalk Cable setup"),
    (770, "IPX Internal routes"),
    (771, "IPX External routes"),
];
const PROTOCOLS: &Table = &[
    (1, "IGRP"),
    (2, "EIGRP"),
    (3, "Static"),
    (4, "RIP"),
    (5, "Hello"),
    (6, "OSPF"),
    (7, "IS-IS"),
    (8, "EGP"),
    (9, "BGP"),
    (10, "IDRP"),
    (11, "Connected"),
];
const HEADER: usize = 20;
const GENERAL: u16 = 0x0001;
const SOFTWARE: u16 = 0x0004;
const IP_INTERNAL: u16 = 0x0102;
const IP_EXTERNAL: u16 = 0x0103;
const APPLETALK_INTERNAL: u16 = 0x0202;
const APPLETALK_EXTERNAL: u16 = 0x0203;
const APPLETALK_CABLE: u16 = 0x0204;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "eigrp";
    if length < HEADER {
        let operation = b.u8(1)?;
        p.text("EIGRP ");
        p.name(OPCODES, operation, "unknown (%u)");
        write!(p, ", length: {length} (too short, < {HEADER})");
        b.octets(0, length)?;
        return Ok(());
    }
    let (version, operation) = (b.u8(0)?, b.u8(1)?);
    if version != 2 {
        write!(p, "EIGRP version {version} packet not supported");
        b.octets(0, length)?;
        return Ok(());
    }
    if !p.v(1) {
        p.text("EIGRP ");
        p.name(OPCODES, operation, "unknown (%u)");
        write!(p, ", length: {length}");
        b.octets(0, length)?;
        return Ok(());
    }
    let head = b.octets(0, HEADER)?;
    let name = tok(OPCODES, operation.into(), "unknown, type: %u");
    let flags = bits(FLAGS, head.be32(4)?, "none", ", ");
    write!(p, "\n\tEIGRP v{version}, opcode: {name} ({operation}), ");
    write!(p, "chksum: 0x{:04x}, Flags: [{flags}]", head.be16(2)?);
    write!(
        p,
        "\n\tseq: 0x{:08x}, ack: 0x{:08x}",
        head.be32(8)?,
        head.be32(12)?
    );
    write!(p, ", VRID: {}, AS: {}", head.be16(16)?, head.be16(18)?);
    write!(p, ", length: {}", length - HEADER);
    let (mut at, mut left) = (HEADER, length - HEADER);
    while left > 0 {
        if left < 4 {
            write!(p, "\n\t  (only {left} bytes of data)");
            p.invalid();
            b.octets(at, left)?;
            return Ok(());
        }
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        let name = tok(KINDS, kind.into(), "Unknown");
        write!(p, "\n\t  {name} TLV (0x{kind:04x}), length: {size}");
        if size < 4 || size > left {
            p.invalid();
            b.octets(at, left)?;
            return Ok(());
        }
        let value = b.tail(at + 4).upto(size - 4);
        element(p, kind, value, size - 4)?;
        if p.v(2) {
            p.unknown(value, "\n\t    ", size - 4);
        }
        at += size;
        left -= size;
    }
    Ok(())
}

fn element(p: &mut Printer, kind: u16, b: &[u8], length: usize) -> Done {
    let least = match kind {
        GENERAL | APPLETALK_CABLE => 8,
        SOFTWARE => 4,
        IP_INTERNAL => 22,
        IP_EXTERNAL => 42,
        APPLETALK_INTERNAL => 24,
        APPLETALK_EXTERNAL => 40,
        _ => {
            if !p.v(2) {
                p.unknown(b, "\n\t    ", b.len());
            }
            return Ok(());
        }
    };
    if length < least {
        write!(p, " (too short, < {})", least + 4);
        return Ok(());
    }
    match kind {
        GENERAL => {
            write!(p, "\n\t    holdtime: {}s", b.be16(6)?);
            for (place, weight) in b.upto(5).iter().enumerate() {
                write!(p, ", k{} {weight}", place + 1);
            }
        }
        SOFTWARE => {
            let [a, b, c, d]: [u8; 4] = b.array(0)?;
            write!(p, "\n\t    IOS version: {a}.{b}, EIGRP version {c}.{d}");
        }
        IP_INTERNAL => route(p, b, 4, 20, false)?,
        IP_EXTERNAL => route(p, b, 24, 40, true)?,
        APPLETALK_CABLE => {
            let (from, to) = (b.be16(0)?, b.be16(2)?);
            write!(
                p,
                "\n\t    Cable-range: {from}-{to}, Router-ID {}",
                b.be32(4)?
            );
        }
        _ => cable(p, b, kind == APPLETALK_EXTERNAL)?,
    }
    Ok(())
}

/// A route of IP: where its metric is, and its prefix.
fn route(p: &mut Printer, b: &[u8], metric: usize, prefix: usize, external: bool) -> Done {
    let bits = b.u8(prefix)?;
    if bits > 32 {
        write!(p, "\n\t    illegal prefix length {bits}");
        return Ok(());
    }
    let written = b.octets(prefix + 1, usize::from(bits).div_ceil(8))?;
    let mut address = [0; 4];
    for (to, from) in address.iter_mut().zip(written) {
        *to = *from;
    }
    let from = p.out.len();
    p.v4(address);
    let address = p.out.split_off(from.min(p.out.len()));
    write!(p, "\n\t    IPv4 prefix: {address:>15}/{bits}, nexthop: ");
    match b.be32(0)? {
        0 => p.text("self"),
        _ => p.v4_at(b, 0)?,
    }
    if external {
        p.text("\n\t      origin-router ");
        p.v4_at(b, 4)?;
        origin(
            p,
            b.be32(8)?,
            b.u8(22)?,
            b.u8(23)?,
            b.be32(12)?,
            b.be32(16)?,
        );
    }
    costs(p, b.tail(metric))
}

fn cable(p: &mut Printer, b: &[u8], external: bool) -> Done {
    let (metric, range) = if external { (20, 36) } else { (4, 20) };
    let (from, to) = (b.be16(range)?, b.be16(range + 2)?);
    write!(p, "\n\t     Cable-Range: {from}-{to}, nexthop: ");
    match b.be32(0)? {
        0 => p.text("self"),
        _ => write!(p, "{}.{}", b.be16(0)?, b.be16(2)?),
    }
    if external {
        write!(p, "\n\t      origin-router {}", b.be32(4)?);
        origin(
            p,
            b.be32(8)?,
            b.u8(16)?,
            b.u8(17)?,
            b.be32(12)?,
            b.be16(18)?.into(),
        );
    }
    costs(p, b.tail(metric))
}

fn origin(p: &mut Printer, system: u32, protocol: u8, flags: u8, tag: u32, metric: u32) {
    let name = tok(PROTOCOLS, protocol.into(), "unknown");
    write!(
        p,
        ", origin-as {system}, origin-proto {name}, flags [0x{flags:02x}]"
    );
    write!(p, ", tag 0x{tag:08x}, metric {metric}");
}

fn costs(p: &mut Printer, b: &[u8]) -> Done {
    write!(
        p,
        "\n\t      delay {} ms, bandwidth {} Kbps",
        b.be32(0)? / 100,
        b.be32(4)?
    );
    write!(p, ", mtu {}, hop {}", b.be24(8)?, b.u8(11)?);
    write!(p, ", reliability {}, load {}", b.u8(12)?, b.u8(13)?);
    Ok(())
}

/// Prints a message of IGRP.
///
/// # Errors
/// [`Cut`]
pub(crate) fn igrp(p: &mut Printer, b: &[u8], length: usize) -> Done {
    const ENTRY: usize = 14;
    p.protocol = "igrp";
    p.text("igrp:");
    let mut counts = [b.be16(4)?, b.be16(6)?, b.be16(8)?];
    let first = b.u8(0)?;
    let operation = tok(
        &[(1, "update"), (2, "request")],
        (first & 15).into(),
        "op-#%u",
    );
    let [internal, system, external] = counts;
    let (edition, number) = (b.u8(1)?, b.be16(2)?);
    write!(p, " {operation} V{} edit={edition} AS={number}", first >> 4);
    write!(p, " ({internal}/{system}/{external})");
    let sum = b.be16(10)?;
    if p.v(1) {
        write!(p, " checksum=0x{sum:04x}");
    }
    let (mut at, mut left) = (12, length.saturating_sub(12));
    while left >= ENTRY {
        let [x, y, z]: [u8; 3] = b.array(at)?;
        let Some(kind) = counts.iter().position(|count| *count > 0) else {
            write!(p, " [extra bytes {left}]");
            break;
        };
        match kind {
            0 => write!(p, " *.{x}.{y}.{z}"),
            1 => write!(p, " {x}.{y}.{z}.0"),
            _ => write!(p, " X{x}.{y}.{z}.0"),
        }
        if let Some(count) = counts.get_mut(kind) {
            *count -= 1;
        }
        igrp_costs(p, b.tail(at + 3))?;
        at += ENTRY;
        left -= ENTRY;
    }
    if left > 0 || counts.iter().any(|count| *count > 0) {
        p.invalid();
    }
    Ok(())
}

fn igrp_costs(p: &mut Printer, b: &[u8]) -> Done {
    let (delay, width) = (b.be24(0)?, b.be24(3)?);
    let metric = (delay + width).min(0x00ff_ffff);
    let rate = 10_000_000u32.checked_div(width).unwrap_or(0);
    let (mtu, reliability, load, hops) = (b.be16(6)?, b.u8(8)?, b.u8(9)?, b.u8(10)?);
    write!(
        p,
        " d={} b={rate} r={reliability} l={load} M={metric} mtu={mtu} in {hops} hops",
        10 * delay
    );
    Ok(())
}
