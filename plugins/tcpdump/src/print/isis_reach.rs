//! What IS-IS says of neighbors and prefixes, with narrow and wide metrics (RFC 5305, 5308, 8667).

use super::osi::identifier;
use super::prelude::*;

const LINK_PARTS: &Table = &[
    (3, "Administrative groups"),
    (4, "Link Local/Remote Identifier"),
    (5, "Link Remote Identifier"),
    (6, "IPv4 interface address"),
    (8, "IPv4 neighbor address"),
    (9, "Maximum link bandwidth"),
    (10, "Reservable link bandwidth"),
    (11, "Unreserved bandwidth"),
    (18, "Traffic Engineering Metric"),
    (19, "Link Attribute"),
    (20, "Link Protection Type"),
    (21, "Interface Switching Capability"),
    (12, "Bandwidth Constraints (old)"),
    (22, "Bandwidth Constraints"),
    (32, "LAN Adjacency Segment Identifier"),
    (29, "SPB Metric"),
    (250, "Reserved for cisco specific extensions"),
    (251, "Reserved for cisco specific extensions"),
    (252, "Reserved for cisco specific extensions"),
    (253, "Reserved for cisco specific extensions"),
    (254, "Reserved for cisco specific extensions"),
    (255, "Reserved for future expansion"),
];
const PREFIX_PARTS: &Table = &[
    (1, "32-Bit Administrative tag"),
    (2, "64-Bit Administrative tag"),
    (3, "Prefix SID"),
    (117, "Management Prefix Color"),
];
const SEGMENT_FLAGS: &Table = &[
    (0x80, "Readvertisement"),
    (0x40, "Node"),
    (0x20, "No-PHP"),
    (0x10, "Explicit NULL"),
    (0x08, "Value"),
    (0x04, "Local"),
];
const ADJACENCY_FLAGS: &Table = &[
    (0x80, "Address family IPv6"),
    (0x40, "Backup"),
    (0x20, "Value"),
    (0x10, "Local significance"),
    (0x08, "Set of adjacencies"),
    (0x04, "Persistent"),
];
const ATTRIBUTES: &Table = &[
    (1, "Local Protection Available"),
    (2, "Link excluded from local protection path"),
    (4, "Local maintenance required"),
];
const PROTECTIONS: &Table = &[
    (1, "Extra"),
    (2, "Unprotected"),
    (4, "Shared"),
    (8, "Dedicated 1:1"),
    (16, "Dedicated 1+1"),
    (32, "Enhanced"),
];
const CONSTRAINTS: &Table = &[(0, "maximum allocation"), (1, "russian doll")];

fn kind(metric: u8) -> &'static str {
    if metric & 0x40 != 0 {
        "External"
    } else {
        "Internal"
    }
}

/// The four metrics of a neighbor.
///
/// # Errors
/// [`Cut`]
pub(crate) fn metrics(p: &mut Printer, b: &[u8]) -> Done {
    let first = b.u8(0)?;
    write!(p, ", Default Metric: {}, {}", first & 0x3f, kind(first));
    for (at, name) in [(1, "Delay"), (2, "Expense"), (3, "Error")] {
        let metric = b.u8(at)?;
        if metric & 0x80 == 0 {
            write!(
                p,
                "\n\t\t  {name} Metric: {}, {}",
                metric & 0x3f,
                kind(metric)
            );
        }
    }
    Ok(())
}

/// The length of a mask; none when it is not contiguous.
fn mask_length(mask: u32) -> Option<u32> {
    let length = mask.leading_ones();
    (mask.checked_shl(length).unwrap_or(0) == 0).then_some(length)
}

/// Prefixes with narrow metrics; false when the last one is cut off, which ends the packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn narrow(p: &mut Printer, b: &[u8], size: usize, indent: &str) -> Done<bool> {
    let mut at = 0;
    while at < size {
        if size - at < 12 {
            write!(p, "short IPv4 Reachability ({} vs 12)", size - at);
            return Ok(false);
        }
        let entry = b.octets(at, 12)?;
        let [a, c, d, e] = entry.array(4)?;
        let prefix = format!("{a}.{c}.{d}.{e}");
        match mask_length(entry.be32(8)?) {
            Some(length) => write!(p, "{indent}IPv4 prefix: {prefix:>15}/{length}"),
            None => {
                write!(p, "{indent}IPv4 prefix: {prefix} mask ");
                p.v4_at(entry, 8)?;
            }
        }
        let first = entry.u8(0)?;
        let direction = if first & 0x80 != 0 { "down" } else { "up" };
        write!(
            p,
            ", Distribution: {direction}, Metric: {}, {}",
            first & 0x3f,
            kind(first)
        );
        for (at, name) in [(1, "Delay"), (2, "Expense"), (3, "Error")] {
            let metric = entry.u8(at)?;
            if metric & 0x80 == 0 {
                write!(
                    p,
                    "{indent}  {name} Metric: {}, {}",
                    metric & 0x3f,
                    kind(metric)
                );
            }
        }
        at += 12;
    }
    Ok(true)
}

/// A prefix with a wide metric; how long it is, none when nothing more is printed.
///
/// # Errors
/// [`Cut`]
pub(crate) fn wide(p: &mut Printer, b: &[u8], indent: &str, six: bool) -> Done<Option<usize>> {
    let metric = b.be32(0)?;
    let status = b.u8(4)?;
    let (length, widest, mut at) = match six {
        true => (usize::from(b.u8(5)?), 128, 6),
        false => (usize::from(status & 0x3f), 32, 5),
    };
    let family = if six { "IPv6" } else { "IPv4" };
    if length > widest {
        write!(p, "{indent}{family} prefix: bad bit length {length}");
        return Ok(None);
    }
    let count = length.div_ceil(8);
    let mut prefix = [0u8; 16];
    for (to, from) in prefix.iter_mut().zip(b.octets(at, count)?) {
        *to = *from;
    }
    at += count;
    let [a, c, d, e, ..] = prefix;
    match six {
        true => write!(
            p,
            "{indent}IPv6 prefix: {}/{length}",
            super::printer::v6(prefix.into())
        ),
        false => write!(
            p,
            "{indent}IPv4 prefix: {:>15}/{length}",
            format!("{a}.{c}.{d}.{e}")
        ),
    }
    let direction = if status & 0x80 != 0 { "down" } else { "up" };
    write!(p, ", Distribution: {direction}, Metric: {metric}");
    let parts = status & if six { 0x20 } else { 0x40 } != 0;
    if six {
        write!(p, ", {}", kind(status));
    }
    if parts {
        p.text(", sub-TLVs present");
        let mut left = usize::from(b.u8(at)?);
        at += 1;
        let end = at + left;
        write!(p, " ({left})");
        let inner = format!("{indent}  ");
        while left > 0 {
            let (code, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
            at += 2;
            if !prefix_part(p, b.tail(at), code, size, &inner)? {
                return Ok(None);
            }
            at += size;
            match left.checked_sub(size + 2) {
                Some(rest) => left = rest,
                None => return Err(Cut),
            }
        }
        at = end;
    }
    Ok(Some(at))
}

fn prefix_part(p: &mut Printer, b: &[u8], code: u8, size: usize, indent: &str) -> Done<bool> {
    let name = tok(PREFIX_PARTS, code.into(), "unknown");
    write!(p, "{indent}{name} subTLV #{code}, length: {size}");
    let Ok(v) = b.octets(0, size) else {
        p.truncated();
        return Ok(false);
    };
    match code {
        1 | 117 => {
            for tag in v.chunks_exact(4) {
                let tag = tag.be32(0)?;
                write!(p, ", 0x{tag:08x} (={tag})");
            }
        }
        2 => {
            for tag in v.chunks_exact(8) {
                write!(p, ", 0x{:016x}", tag.be64(0)?);
            }
        }
        3 => {
            let (flags, algorithm) = (b.u8(0)?, b.u8(1)?);
            let label = flags & 8 != 0;
            if size < if label { 5 } else { 6 } {
                p.truncated();
                return Ok(false);
            }
            let number = if label { b.be24(2)? } else { b.be32(2)? };
            let names = tok(
                &[(0, "SPF"), (1, "strict-SPF")],
                algorithm.into(),
                "Unknown",
            );
            let what = if label { "label" } else { "index" };
            write!(
                p,
                ", Flags [{}], Algo {names} ({algorithm}), {what} {number}",
                bits(SEGMENT_FLAGS, flags.into(), "None", ", ")
            );
        }
        _ => p.unknown(v, "\n\t\t    ", size),
    }
    Ok(true)
}

pub(crate) fn mbps(b: &[u8], at: usize) -> Done<String> {
    let octets = f32::from_bits(b.be32(at)?);
    Ok(format!("{:.3} Mbps", octets * 8.0 / 1_000_000.0))
}

/// A neighbor with a wide metric; how long it is, none when it is cut off.
pub(crate) fn neighbor(
    p: &mut Printer,
    b: &[u8],
    indent: &str,
    with_metric: bool,
    left: usize,
) -> Option<usize> {
    let name = identifier(b, 0, 7).ok().filter(|_| left >= 7)?;
    write!(p, "{indent}IS Neighbor: {name}");
    let mut at = 7;
    if with_metric {
        let metric = b.be24(at).ok().filter(|_| left - at >= 3)?;
        write!(p, ", Metric: {metric}");
        at += 3;
    }
    let mut sum = usize::from(b.u8(at).ok().filter(|_| left > at)?);
    at += 1;
    let none = if sum == 0 { "no " } else { "" };
    write!(p, ", {none}sub-TLVs present");
    if sum == 0 {
        return Some(at);
    }
    write!(p, " ({sum})");
    let indent = format!("{indent}  ");
    while sum > 0 {
        if !b.tail(at).has(2) {
            return None;
        }
        if left - at < 2 {
            write!(
                p,
                "{indent}Remaining data in TLV shorter than a subTLV header"
            );
            return Some(left);
        }
        if sum < 2 {
            write!(
                p,
                "{indent}Remaining data in subTLVs shorter than a subTLV header"
            );
            return Some(at + sum);
        }
        let (code, size) = (b.u8(at).ok()?, usize::from(b.u8(at + 1).ok()?));
        at += 2;
        sum -= 2;
        let name = tok(LINK_PARTS, code.into(), "unknown");
        write!(p, "{indent}{name} subTLV #{code}, length: {size}");
        if sum < size {
            p.text(" (remaining data in subTLVs shorter than the current subTLV)");
            return Some(at + sum);
        }
        if left - at < size {
            p.text(" (> remaining tlv length)");
            return Some(left);
        }
        link_part(p, b.octets(at, size).ok()?, code, size, &indent).ok()?;
        at += size;
        sum -= size;
    }
    Some(at)
}

fn link_part(p: &mut Printer, v: &[u8], code: u8, size: usize, indent: &str) -> Done {
    match code {
        3..=5 if size >= 4 => {
            write!(p, ", 0x{:08x}", v.be32(0)?);
            if size == 8 {
                write!(p, ", 0x{:08x}", v.be32(4)?);
            }
        }
        6 | 8 if size >= 4 => {
            p.text(", ");
            p.v4_at(v, 0)?;
        }
        9 | 10 if size >= 4 => write!(p, ", {}", mbps(v, 0)?),
        11 if size >= 32 => {
            for class in 0..8 {
                write!(p, "{indent}  TE-Class {class}: {}", mbps(v, class * 4)?);
            }
        }
        12 | 22 if size > 0 => {
            let model = v.u8(0)?;
            let name = tok(CONSTRAINTS, model.into(), "unknown");
            write!(
                p,
                "{indent}Bandwidth Constraints Model ID: {name} ({model})"
            );
            for class in 0..(size - 1) / 4 {
                write!(
                    p,
                    "{indent}  Bandwidth constraint CT{class}: {}",
                    mbps(v, 1 + class * 4)?
                );
            }
        }
        18 if size >= 3 => write!(p, ", {}", v.be24(0)?),
        19 if size == 2 => {
            let set = v.be16(0)?;
            write!(
                p,
                ", [ {} ] (0x{set:04x})",
                bits(ATTRIBUTES, set.into(), "Unknown", ", ")
            );
        }
        20 if size >= 2 => {
            write!(
                p,
                ", {}, Priority {}",
                bits(PROTECTIONS, v.u8(0)?.into(), "none", ", "),
                v.u8(1)?
            );
        }
        29 if size >= 6 => write!(
            p,
            ", LM: {}, P: {}, P-ID: {}",
            v.be24(0)?,
            v.u8(3)?,
            v.be16(4)?
        ),
        32 if size >= 8 => {
            let flags = v.u8(0)?;
            write!(
                p,
                "{indent}  Flags: [{}]",
                bits(ADJACENCY_FLAGS, flags.into(), "none", ", ")
            );
            write!(p, "{indent}  Weight: {}", v.u8(1)?);
            write!(p, "{indent}  Neighbor System-ID: {}", identifier(v, 2, 6)?);
            match flags & 0x30 {
                0x30 => write!(p, "{indent}  Label: {}", v.be24(8)?),
                0 => write!(p, "{indent}  Index: {}", v.be32(8)?),
                _ => p.invalid(),
            }
        }
        3..=6 | 8..=12 | 18..=20 | 22 | 29 | 32 => {}
        _ => p.unknown(v, "\n\t\t    ", size),
    }
    Ok(())
}

/// Capabilities of a router, as far as they were captured.
pub(crate) fn capabilities(p: &mut Printer, b: &[u8], size: usize) {
    let mut at = 0;
    while size - at >= 2 {
        let (Ok(code), Ok(length)) = (b.u8(at), b.u8(at + 1)) else {
            return;
        };
        let length = usize::from(length);
        at += 2;
        let name = tok(&[(2, "SR-Capabilities")], code.into(), "unknown");
        write!(p, "\n\t\t{name} subTLV #{code}, length: {length}");
        if length > size - at {
            return;
        }
        let Ok(v) = b.octets(at, length) else { return };
        match code {
            2 => {
                let (Ok(flags), Ok(range)) = (v.u8(0), v.be24(1)) else {
                    return;
                };
                let names = bits(
                    &[(0x80, "ipv4"), (0x40, "ipv6")],
                    flags.into(),
                    "None",
                    ", ",
                );
                write!(p, ", Flags [{names}], Range {range}");
                segments(p, v.tail(4));
            }
            _ => p.unknown(v, "\n\t\t", length),
        }
        at += length;
    }
}

fn segments(p: &mut Printer, b: &[u8]) {
    let mut rest = b;
    while rest.len() >= 5 {
        let (Ok(code), Ok(length)) = (rest.u8(0), rest.u8(1)) else {
            return;
        };
        let length = usize::from(length);
        rest = rest.tail(2);
        let Ok(v) = rest.octets(0, length) else {
            return;
        };
        match (code, length) {
            (1, 3) => write!(p, ", SID value {}", v.be24(0).unwrap_or(0)),
            (1, 4) => write!(p, ", SID value {}", v.be32(0).unwrap_or(0)),
            (1, _) => write!(p, ", Unknown SID length{length}"),
            _ => p.unknown(v, "\n\t\t  ", length),
        }
        rest = rest.tail(length);
    }
}
