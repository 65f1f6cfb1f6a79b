//! Extension headers of IPv6 (RFC 8200): hop-by-hop and destination options, fragments, routing, segments (RFC 8754).
//! Each prints one header and tells its length; none when nothing behind it is printed.

use super::prelude::*;

/// Options before each hop.
///
/// # Errors
/// [`Cut`]
pub(crate) fn hop_by_hop(
    p: &mut Printer,
    b: &[u8],
    jumbo: &mut bool,
    payload: &mut u32,
) -> Done<Option<usize>> {
    p.protocol = "hbh";
    let length = (usize::from(b.u8(1)?) + 1) * 8;
    let b = b.octets(0, length)?;
    p.text("HBH ");
    Ok(options(p, b.tail(2), Some((jumbo, payload)))?.then_some(length))
}

/// Options for the destination.
///
/// # Errors
/// [`Cut`]
pub(crate) fn destination(p: &mut Printer, b: &[u8]) -> Done<Option<usize>> {
    p.protocol = "dstopt";
    let length = (usize::from(b.u8(1)?) + 1) * 8;
    let b = b.octets(0, length)?;
    p.text("DSTOPT ");
    if p.v(1) && !options(p, b.tail(2), None)? {
        return Ok(None);
    }
    Ok(Some(length))
}

/// False for what is invalid, after it was said.
fn options(p: &mut Printer, b: &[u8], mut jumbo: Option<(&mut bool, &mut u32)>) -> Done<bool> {
    let mut at = 0;
    let mut seen = false;
    while at < b.len() {
        let kind = b.u8(at)?;
        let left = b.len() - at;
        let mut size = 1;
        if kind != 0 {
            if left < 2 {
                p.bad("remaining length", left, "<", 2);
                return Ok(false);
            }
            size = usize::from(b.u8(at + 1)?) + 2;
        }
        if left < size {
            p.bad("remaining length", left, "<", size);
            return Ok(false);
        }
        let option = b.octets(at, size)?;
        let v = p.v(1);
        match kind {
            0 if v => p.text("(pad1)"),
            1 if v => p.text("(padn)"),
            0 | 1 => {}
            5 => {
                if left < 4 {
                    p.bad("(rtalert) remaining length", left, "<", 4);
                    return Ok(false);
                }
                if size != 4 {
                    p.bad("(rtalert) length", size - 2, "!=", 2);
                    return Ok(false);
                }
                if v {
                    write!(p, "(rtalert: 0x{:04x}) ", option.be16(2)?);
                }
            }
            0xc2 => {
                if left < 6 {
                    p.bad("(jumbo) remaining length", left, "<", 6);
                    return Ok(false);
                }
                if size != 6 {
                    p.bad("(jumbo) length", size - 2, "!=", 4);
                    return Ok(false);
                }
                let length = option.be32(2)?;
                let remark = if seen {
                    " - already seen"
                } else {
                    match &mut jumbo {
                        None => " - not a hop-by-hop option",
                        Some((_, payload)) if **payload != 0 => " - payload len != 0",
                        Some(_) if length < 65536 => " - < 65536",
                        Some((found, payload)) => {
                            **found = true;
                            **payload = length;
                            ""
                        }
                    }
                };
                seen = true;
                if v {
                    write!(p, "(jumbo: {length}{remark}) ");
                }
            }
            0xc9 => {
                if left < 18 {
                    p.bad("(homeaddr) remaining length", left, "<", 18);
                    return Ok(false);
                }
                if size < 18 {
                    p.bad("(homeaddr) length", size - 2, "<", 16);
                    return Ok(false);
                }
                if v {
                    p.text("(homeaddr: ");
                    p.v6_at(option, 2)?;
                    if !sub_options(p, option.tail(18))? {
                        return Ok(false);
                    }
                    p.text(")");
                }
            }
            _ if v => write!(p, "(unknown opt-type 0x{kind:02x} len={})", size - 2),
            _ => {}
        }
        at += size;
    }
    if p.v(1) {
        p.text(" ");
    }
    Ok(true)
}

fn sub_options(p: &mut Printer, b: &[u8]) -> Done<bool> {
    let mut at = 0;
    while at < b.len() {
        let kind = b.u8(at)?;
        let left = b.len() - at;
        let mut size = 1;
        if kind != 0 {
            if left < 2 {
                p.bad("remaining length", left, "<", 2);
                return Ok(false);
            }
            size = usize::from(b.u8(at + 1)?) + 2;
        }
        if left < size {
            p.bad("remaining length", left, "<", size);
            return Ok(false);
        }
        match kind {
            0 => p.text(", pad1"),
            1 => p.text(", padn"),
            _ => write!(p, ", unknown subopt-type 0x{kind:02x} len={}", size - 2),
        }
        at += size;
    }
    Ok(true)
}

/// A fragment's header, which begins at an offset of a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn fragment(p: &mut Printer, packet: &[u8], at: usize) -> Done<Option<usize>> {
    p.protocol = "frag6";
    let b = packet.tail(at);
    p.text("frag (");
    let identification = b.be32(4)?;
    if p.v(1) {
        write!(p, "0x{identification:08x}:");
    }
    let offset = b.be16(2)? & 0xfff8;
    write!(p, "{offset}|");
    let total = 40 + usize::from(packet.be16(4)?);
    match total.checked_sub(at + 8) {
        Some(length) => write!(p, "{length})"),
        None => p.text("[length < 0] (invalid))"),
    }
    if offset != 0 {
        return Ok(None);
    }
    p.text(" ");
    Ok(Some(8))
}

/// A routing header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn routing(p: &mut Printer, b: &[u8]) -> Done<Option<usize>> {
    p.protocol = "rt6";
    p.text("RT6");
    let length = usize::from(b.u8(1)?);
    let kind = b.u8(2)?;
    write!(p, " (len={length}, type={kind}");
    if kind == 0 {
        p.text(" [Deprecated]");
    }
    write!(p, ", segleft={}", b.u8(3)?);
    match kind {
        0 | 2 => {
            let reserved = b.be32(4)?;
            if reserved != 0 || p.v(1) {
                write!(p, ", rsv=0x{reserved:x}");
            }
            if length % 2 == 1 {
                write!(p, " [length {length}]");
                p.invalid();
                return Ok(None);
            }
            hops(p, b, length / 2)?;
        }
        4 => {
            let last = usize::from(b.u8(4)?);
            write!(p, ", last-entry={last}");
            let flags = b.u8(5)?;
            if flags != 0 || p.v(1) {
                write!(p, ", flags=0x{flags:x}");
            }
            write!(p, ", tag={:x}", b.be16(6)?);
            hops(p, b, last + 1)?;
            let segments = (last + 1) * 2;
            if segments < length
                && !segment_tlvs(p, b.tail(8 + segments * 8), (length - segments) * 8)?
            {
                p.invalid();
                return Ok(None);
            }
        }
        _ => {
            p.text(" (unknown type)");
            p.invalid();
            return Ok(None);
        }
    }
    p.text(") ");
    Ok(Some((length + 1) * 8))
}

fn hops(p: &mut Printer, b: &[u8], count: usize) -> Done {
    for hop in 0..count {
        write!(p, ", [{hop}]");
        p.v6_at(b, 8 + hop * 16)?;
    }
    Ok(())
}

/// False for what is invalid.
fn segment_tlvs(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let mut at = 0;
    let bad = |p: &mut Printer, what: &str, is: usize, relation: &str, limit: usize| {
        write!(p, " [{what} {is} {relation} {limit}]");
        Ok(false)
    };
    while at < length {
        let kind = b.u8(at)?;
        let name = tok(
            &[(0, "Pad1"), (4, "PadN"), (5, "HMAC")],
            kind.into(),
            "Unknown",
        );
        write!(p, ", TLV-type={name}({kind})");
        at += 1;
        if at == length {
            break;
        }
        if kind == 0 {
            continue;
        }
        let size = usize::from(b.u8(at)?);
        write!(p, ", TLV-len={size}");
        at += 1;
        let left = length - at;
        match kind {
            4 => {
                if size > 5 {
                    return bad(p, "PadN length", size, ">", 5);
                }
                if left < size {
                    return bad(p, "remaining length", left, "<", size);
                }
                b.octets(at, size)?;
                at += size;
            }
            5 => {
                if left < 6 {
                    return bad(p, "remaining length", left, "<", 6);
                }
                let reserved = b.be16(at)?;
                let key = b.be32(at + 2)?;
                if p.v(1) {
                    write!(p, ", D={}", reserved >> 15);
                    if reserved & 0x7fff != 0 {
                        write!(p, ", reserved MBZ {}", reserved & 0x7fff);
                    }
                    write!(p, ", HMAC-key-ID=0x{key:02x}, HMAC=0x");
                }
                at += 6;
                for _ in 0..size {
                    let octet = b.u8(at)?;
                    if at >= length {
                        return bad(p, "remaining length", 0, "<", 1);
                    }
                    at += 1;
                    if p.v(1) {
                        write!(p, "{octet:02x}");
                    }
                }
            }
            _ => {
                if p.v(1) {
                    p.text(", TLV-value=0x");
                }
                if left < size {
                    return bad(p, "remaining length", left, "<", size);
                }
                if p.v(1) {
                    p.hex(b.tail(at).upto(size), "");
                }
                b.octets(at, size)?;
                at += size;
            }
        }
    }
    Ok(true)
}
