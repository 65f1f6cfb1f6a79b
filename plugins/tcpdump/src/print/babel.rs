//! Babel (RFC 8966): a routing protocol.

use super::babel_part::parts;
use super::prelude::*;

const MAPPED: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/// Why a message is not printed to its end.
pub(crate) enum Stop {
    /// What was captured ends.
    Cut,
    /// It does not fit.
    Invalid,
}

impl From<Cut> for Stop {
    fn from(_: Cut) -> Self {
        Self::Cut
    }
}

/// What a part of the printing ends with.
pub(crate) type Part<T = ()> = Result<T, Stop>;

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "babel";
    p.text("babel");
    b.octets(0, 4)?;
    if b.u8(0)? != 42 {
        p.text(" invalid header");
        return Ok(());
    }
    let version = b.u8(1)?;
    write!(p, " {version}");
    if version != 2 {
        p.text(" unknown version");
        return Ok(());
    }
    match body(p, b, length) {
        Ok(()) => Ok(()),
        Err(Stop::Cut) => Err(Cut),
        Err(Stop::Invalid) => {
            p.invalid();
            Ok(())
        }
    }
}

fn body(p: &mut Printer, b: &[u8], length: usize) -> Part {
    if length < 4 {
        return Err(Stop::Invalid);
    }
    let size = usize::from(b.be16(2)?);
    write!(p, " ({size})");
    let (b, length) = (b.tail(4), length - 4);
    if length < size {
        return Err(Stop::Invalid);
    }
    messages(p, b, size)?;
    if length > size {
        p.text(if p.v(1) { "\n\t----" } else { " |" });
        messages(p, b.tail(size), length - size)?;
    }
    Ok(())
}

/// The prefixes that later ones may begin with.
struct Defaults {
    four: [u8; 16],
    six: [u8; 16],
}

fn messages(p: &mut Printer, b: &[u8], length: usize) -> Part {
    let mut four = [0; 16];
    for (to, from) in four.iter_mut().zip(MAPPED) {
        *to = from;
    }
    let mut defaults = Defaults { four, six: [0; 16] };
    let mut at = 0;
    while at < length {
        let kind = b.u8(at)?;
        if kind == 0 {
            p.text(if p.v(1) { "\n\tPad 1" } else { " pad1" });
            at += 1;
            continue;
        }
        if at + 2 > length {
            return Err(Stop::Invalid);
        }
        let size = usize::from(b.u8(at + 1)?);
        if at + 2 + size > length {
            return Err(Stop::Invalid);
        }
        let v = b.octets(at, 2 + size)?.tail(2);
        match p.v(1) {
            true => message(p, kind, v, &mut defaults)?,
            false => short(p, kind, v)?,
        }
        at += 2 + size;
    }
    Ok(())
}

fn short(p: &mut Printer, kind: u8, v: &[u8]) -> Part {
    p.text(match kind {
        1 => " padN",
        2 => " ack-req",
        3 => " ack",
        4 => " hello",
        5 => " ihu",
        6 => " router-id",
        7 => " nh",
        8 => " update",
        9 => " route-request",
        10 => " seqno-request",
        11 => " tspc",
        12 => " hmac",
        13 => " ss-update",
        14 => " ss-request",
        15 => " ss-mh-request",
        16 => " mac",
        17 => " pc",
        18 => " challenge_request",
        19 => " challenge_reply",
        _ => " unknown",
    });
    if kind == 8 {
        need(v, 10)?;
        update_flags(p, v.u8(1)?);
    }
    Ok(())
}

fn need(v: &[u8], size: usize) -> Part {
    if v.len() < size {
        return Err(Stop::Invalid);
    }
    Ok(())
}

fn update_flags(p: &mut Printer, flags: u8) {
    for (bit, name) in [(0x80, "/prefix"), (0x40, "/id"), (0x3f, "/unknown")] {
        p.text(if flags & bit != 0 { name } else { "" });
    }
}

fn interval(p: &mut Printer, hundredths: u16) {
    match hundredths {
        0 => p.text("0.0s (bogus)"),
        _ => write!(p, "{}.{:02}s", hundredths / 100, hundredths % 100),
    }
}

fn update_interval(p: &mut Printer, hundredths: u16) {
    match hundredths {
        0xffff => p.text("infinity"),
        _ => interval(p, hundredths),
    }
}

fn mapped(address: [u8; 16]) -> Option<[u8; 4]> {
    match address.starts_with(&MAPPED) {
        true => address.array(12).ok(),
        false => None,
    }
}

fn address(p: &mut Printer, address: [u8; 16]) {
    match mapped(address) {
        Some(address) => p.v4(address),
        None => p.v6(address),
    }
}

fn prefix(p: &mut Printer, address: [u8; 16], count: u8) {
    match mapped(address).filter(|_| count >= 96) {
        Some(address) => {
            p.v4(address);
            write!(p, "/{}", count - 96);
        }
        None => {
            p.v6(address);
            write!(p, "/{count}");
        }
    }
}

/// Reads a prefix, or an address where no length is given; how many octets it takes.
fn read(
    encoding: u8,
    count: Option<u8>,
    omitted: u8,
    v: &[u8],
    default: Option<[u8; 16]>,
) -> Part<([u8; 16], usize)> {
    let octets = match (count, encoding) {
        (Some(count), _) => usize::from(count).div_ceil(8),
        (None, 1) => 4,
        (None, _) => 16,
    };
    let omitted = usize::from(omitted);
    let (start, most) = match encoding {
        0 => return Ok(([0; 16], 0)),
        1 => (12, 4),
        2 => (0, 16),
        3 => (8, 8),
        _ => return Err(Stop::Invalid),
    };
    if octets > 16 {
        return Err(Stop::Invalid);
    }
    let mut address = [0; 16];
    let (skipped, taken) = match encoding {
        3 => {
            for (to, from) in address.iter_mut().zip([0xfe, 0x80]) {
                *to = from;
            }
            (0, octets.saturating_sub(8))
        }
        _ => {
            if omitted > most || encoding == 1 && octets > 4 {
                return Err(Stop::Invalid);
            }
            if encoding == 1 {
                for (to, from) in address.iter_mut().zip(MAPPED) {
                    *to = from;
                }
            }
            if omitted > 0 {
                let default = default.ok_or(Stop::Invalid)?;
                for (to, from) in address.iter_mut().zip(default.upto(start + omitted)) {
                    *to = *from;
                }
            }
            (omitted, octets.saturating_sub(omitted))
        }
    };
    let from = v.octets(0, taken).map_err(|_| Stop::Invalid)?;
    for (to, from) in address.iter_mut().skip(start + skipped).zip(from) {
        *to = *from;
    }
    Ok((address, taken))
}

/// The length of a prefix within an address of version 6.
fn within_v6(encoding: u8, count: u8) -> u8 {
    match encoding {
        1 => count.wrapping_add(96),
        _ => count,
    }
}

fn router(p: &mut Printer, v: &[u8], at: usize) -> Part {
    p.hex(v.octets(at, 8)?, ":");
    Ok(())
}

fn message(p: &mut Printer, kind: u8, v: &[u8], defaults: &mut Defaults) -> Part {
    match kind {
        1 => write!(p, "\n\tPad {}", v.len() + 2),
        2 => {
            p.text("\n\tAcknowledgment Request ");
            need(v, 6)?;
            write!(p, "{:04x} ", v.be16(2)?);
            interval(p, v.be16(4)?);
        }
        3 => {
            p.text("\n\tAcknowledgment ");
            need(v, 2)?;
            write!(p, "{:04x}", v.be16(0)?);
        }
        4 => {
            p.text("\n\tHello ");
            need(v, 6)?;
            if v.be16(0)? & 0x8000 != 0 {
                p.text("(Unicast) ");
            }
            write!(p, "seqno {} ", v.be16(2)?);
            match v.be16(4)? {
                0 => p.text("unscheduled"),
                time => {
                    p.text("interval ");
                    interval(p, time);
                }
            }
            parts(p, v.tail(6), kind)?;
        }
        5 => {
            p.text("\n\tIHU ");
            need(v, 6)?;
            let encoding = v.u8(0)?;
            let Ok((neighbor, taken)) = read(encoding, None, 0, v.tail(6), None) else {
                p.truncated();
                return Ok(());
            };
            match encoding {
                0 => p.text("any"),
                _ => address(p, neighbor),
            }
            write!(p, " rxcost {} interval ", v.be16(2)?);
            interval(p, v.be16(4)?);
            parts(p, v.tail(6 + taken), kind)?;
        }
        6 => {
            p.text("\n\tRouter Id");
            need(v, 10)?;
            p.text(" ");
            router(p, v, 2)?;
        }
        7 => {
            p.text("\n\tNext Hop");
            need(v, 2)?;
            let encoding = v.u8(0)?;
            let (hop, _) = read(encoding, None, 0, v.tail(2), None)?;
            p.text(" ");
            match encoding {
                0 => p.text("invalid AE 0"),
                _ => address(p, hop),
            }
        }
        8 => update(p, v, defaults)?,
        9 => {
            p.text("\n\tRoute Request ");
            need(v, 2)?;
            let (encoding, count) = (v.u8(0)?, v.u8(1)?);
            let (wanted, _) = read(encoding, Some(count), 0, v.tail(2), None)?;
            p.text("for ");
            match encoding {
                0 => p.text("any"),
                _ => prefix(p, wanted, within_v6(encoding, count)),
            }
        }
        10 => {
            p.text("\n\tSeqno Request ");
            need(v, 14)?;
            let (encoding, count) = (v.u8(0)?, v.u8(1)?);
            let (wanted, _) = read(encoding, Some(count), 0, v.tail(14), None)?;
            write!(p, "({} hops) for ", v.u8(4)?);
            match encoding {
                0 => p.text("invalid AE 0"),
                _ => prefix(p, wanted, within_v6(encoding, count)),
            }
            write!(p, " seqno {} id ", v.be16(2)?);
            router(p, v, 6)?;
        }
        11 => {
            p.text("\n\tTS/PC ");
            need(v, 6)?;
            write!(p, "timestamp {} packetcounter {}", v.be32(2)?, v.be16(0)?);
        }
        12 => {
            p.text("\n\tHMAC ");
            need(v, 18)?;
            write!(p, "key-id {} digest-{} ", v.be16(0)?, v.len() - 2);
            v.tail(2).iter().for_each(|octet| write!(p, "{octet:02X}"));
        }
        13..=15 => source_specific(p, kind, v, defaults)?,
        16 => write!(p, "\n\tMAC len {}", v.len()),
        17 => {
            p.text("\n\tPC");
            need(v, 4)?;
            write!(p, " value {} index len {}", v.be32(0)?, v.len() - 4);
        }
        18 | 19 => {
            let what = if kind == 18 { "Request" } else { "Reply" };
            write!(p, "\n\tChallenge {what}");
            if v.len() > 192 {
                return Err(Stop::Invalid);
            }
            write!(p, " len {}", v.len());
        }
        _ => write!(p, "\n\tUnknown message type {kind}"),
    }
    Ok(())
}

fn update(p: &mut Printer, v: &[u8], defaults: &mut Defaults) -> Part {
    p.text("\n\tUpdate");
    need(v, 10)?;
    let [encoding, flags, count, omitted]: [u8; 4] = v.array(0)?;
    let default = if encoding == 1 {
        &mut defaults.four
    } else {
        &mut defaults.six
    };
    let (route, taken) = read(encoding, Some(count), omitted, v.tail(10), Some(*default))?;
    update_flags(p, flags);
    p.text(" ");
    match encoding {
        0 => p.text("any"),
        _ => prefix(p, route, within_v6(encoding, count)),
    }
    write!(p, " metric {} seqno {} interval ", v.be16(8)?, v.be16(6)?);
    update_interval(p, v.be16(4)?);
    if flags & 0x80 != 0 {
        *default = route;
    }
    parts(p, v.tail(10 + taken), 8)
}

/// Messages about routes that depend on the source.
fn source_specific(p: &mut Printer, kind: u8, v: &[u8], defaults: &Defaults) -> Part {
    let (title, fixed, lengths) = match kind {
        13 => ("\n\tSS-Update", 10, (2, 1)),
        14 => ("\n\tSS-Request ", 3, (1, 2)),
        _ => ("\n\tSS-MH-Request ", 14, (1, 5)),
    };
    p.text(title);
    need(v, fixed)?;
    let encoding = v.u8(0)?;
    let (count, source_count) = (v.u8(lengths.0)?, v.u8(lengths.1)?);
    let (omitted, default) = match (kind, encoding) {
        (13, 1) => (v.u8(3)?, Some(defaults.four)),
        (13, _) => (v.u8(3)?, Some(defaults.six)),
        _ => (0, None),
    };
    let (route, taken) = read(encoding, Some(count), omitted, v.tail(fixed), default)?;
    let rest = v.tail(fixed + taken);
    let (source, more) = read(encoding, Some(source_count), 0, rest, None)?;
    let (count, source_count) = (
        within_v6(encoding, count),
        within_v6(encoding, source_count),
    );
    match kind {
        13 => {
            p.text(" ");
            prefix(p, route, count);
            p.text(" from ");
            prefix(p, source, source_count);
            write!(p, " metric {} seqno {} interval ", v.be16(8)?, v.be16(6)?);
            update_interval(p, v.be16(4)?);
            return parts(p, rest.tail(more), kind);
        }
        14 if encoding == 0 => {
            p.text("for any");
            return Ok(());
        }
        14 => p.text("for ("),
        _ => write!(p, "({} hops) for (", v.u8(4)?),
    }
    prefix(p, route, count);
    p.text(", ");
    prefix(p, source, source_count);
    p.text(")");
    if kind == 15 {
        write!(p, " seqno {} id ", v.be16(2)?);
        router(p, v, 6)?;
    }
    Ok(())
}
