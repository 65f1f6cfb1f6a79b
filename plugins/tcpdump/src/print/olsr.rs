//! OLSR (RFC 3626): routes in a mesh.

use super::prelude::*;

const KINDS: &Table = &[
    (1, "Hello"),
    (2, "TC"),
    (3, "MID"),
    (4, "HNA"),
    (128, "Powerinfo"),
    (130, "Nameservice"),
    (201, "Hello-LQ"),
    (202, "TC-LQ"),
];
const LINKS: &Table = &[
    (0, "Unspecified"),
    (1, "Asymmetric"),
    (2, "Symmetric"),
    (3, "Lost"),
];
const NEIGHBORS: &Table = &[(0, "Not-Neighbor"), (1, "Symmetric"), (2, "Symmetric-MPR")];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, version: u8) -> Done {
    p.protocol = "olsr";
    write!(p, "OLSRv{version}");
    if length < 4 {
        p.bad("packet length", length, "<", 4);
        return Ok(());
    }
    let length = length.min(b.be16(0)?.into());
    let sequence = b.be16(2)?;
    write!(p, ", seq 0x{sequence:04x}, length {length}");
    if !p.v(1) {
        return Ok(());
    }
    let size = if version == 4 { 4 } else { 16 };
    let mut at = 4;
    while at < length {
        match message(p, b.tail(at), length, size)? {
            Some(taken) => at += taken,
            None => break,
        }
    }
    Ok(())
}

/// Seconds of a mantissa and an exponent.
fn seconds(octet: u8) -> f64 {
    0.0625 * (1.0 + f64::from(octet >> 4) / 16.0) * f64::from(1u32 << (octet & 15))
}

fn address(p: &mut Printer, b: &[u8], at: usize, size: usize) -> Done {
    match size {
        4 => p.v4_at(b, at),
        _ => p.v6_at(b, at),
    }
}

/// Prints a message; its length, none where the packet's text ends.
fn message(p: &mut Printer, b: &[u8], length: usize, size: usize) -> Done<Option<usize>> {
    let header = 8 + size;
    b.octets(0, header)?;
    let (kind, taken) = (b.u8(0)?, usize::from(b.be16(2)?));
    if kind == 0 || taken == 0 {
        return Ok(None);
    }
    let fits = (header..=length).contains(&taken);
    let name = tok(KINDS, kind.into(), "Unknown");
    write!(p, "\n\t{name} Message ({kind:#04x}), originator ");
    address(p, b, 4, size)?;
    write!(
        p,
        ", ttl {}, hop {}\n\t  vtime {:.3}s, msg-seq 0x{:04x}, length {taken}",
        b.u8(4 + size)?,
        b.u8(5 + size)?,
        seconds(b.u8(1)?),
        b.be16(6 + size)?
    );
    if !fits {
        p.invalid();
        return Ok(None);
    }
    let (b, rest) = (b.tail(header), taken - header);
    let goes_on = match kind {
        1 | 201 => hello(p, b, rest, kind == 201, size)?,
        2 | 202 => topology(p, b, rest, kind == 202, size)?,
        3 => {
            for at in (0..rest / size).map(|place| place * size) {
                b.octets(at, size)?;
                p.text("\n\t  interface address ");
                address(p, b, at, size)?;
            }
            true
        }
        4 => {
            networks(p, b, rest, size)?;
            true
        }
        130 => names(p, b, rest, size)?,
        _ => {
            p.unknown(b, "\n\t    ", rest);
            true
        }
    };
    Ok(goes_on.then_some(taken))
}

fn hello(p: &mut Printer, b: &[u8], length: usize, quality: bool, size: usize) -> Done<bool> {
    if length < 4 {
        p.bad("message length", length, "<", 4);
        return Ok(false);
    }
    let (time, willing) = (b.u8(2)?, b.u8(3)?);
    write!(
        p,
        "\n\t  hello-time {:.3}s, MPR willingness {willing}",
        seconds(time)
    );
    let mut at = 4;
    while length - at >= 4 {
        let link = b.octets(at, 4)?;
        let (code, taken) = (link.u8(0)?, usize::from(link.be16(2)?));
        let fits = (4..=length - at).contains(&taken);
        let kind = tok(LINKS, (code & 3).into(), "Unknown");
        let neighbor = tok(NEIGHBORS, (code >> 2).into(), "Unknown");
        write!(
            p,
            "\n\t    link-type {kind}, neighbor-type {neighbor}, len {taken}"
        );
        if !fits {
            p.invalid();
            break;
        }
        let all = b.octets(at + 4, taken - 4)?;
        neighbors(p, all, taken - 4, quality, size)?;
        at += taken;
    }
    Ok(true)
}

fn topology(p: &mut Printer, b: &[u8], length: usize, quality: bool, size: usize) -> Done<bool> {
    if length < 4 {
        p.bad("message length", length, "<", 4);
        return Ok(false);
    }
    let sequence = b.octets(0, 4)?.be16(0)?;
    write!(p, "\n\t    advertised neighbor seq 0x{sequence:04x}");
    neighbors(p, b.tail(4), length - 4, quality, size)?;
    Ok(true)
}

fn neighbors(p: &mut Printer, b: &[u8], length: usize, quality: bool, size: usize) -> Done {
    if !quality {
        p.text("\n\t      neighbor\n\t\t");
        for place in 0..length / 4 {
            p.v4_at(b, place * 4)?;
            p.text(" ");
        }
        return Ok(());
    }
    for at in (0..length / (size + 4)).map(|place| place * (size + 4)) {
        b.octets(at, size + 4)?;
        p.text("\n\t      neighbor ");
        address(p, b, at, size)?;
        write!(
            p,
            ", link-quality {:.2}%, neighbor-link-quality {:.2}%",
            f64::from(b.u8(at + size)?) / 2.55,
            f64::from(b.u8(at + size + 1)?) / 2.55
        );
    }
    Ok(())
}

fn networks(p: &mut Printer, b: &[u8], length: usize, size: usize) -> Done {
    let total = length / (2 * size);
    write!(p, "\n\t  Advertised networks (total {total})");
    for place in 0..total {
        let v = b.octets(place * 2 * size, 2 * size)?;
        if size == 16 {
            p.text("\n\t    #0: ");
            p.v6_at(v, 0)?;
            let ones: u32 = v.tail(16).iter().map(|octet| octet.count_ones()).sum();
            let mask = u128::from_be_bytes(v.array(16)?);
            match mask.leading_ones() == ones {
                true => write!(p, "/{ones}"),
                false => p.text("/4294967295"),
            }
            continue;
        }
        p.text(if place % 4 == 0 { "\n\t    " } else { ", " });
        let flags = v.u8(5)?;
        if v.be32(0)? == 0 && v.u8(4)? == 0 && flags != 0 {
            gateway(p, v, flags)?;
            continue;
        }
        p.v4_at(v, 0)?;
        let mask = v.be32(4)?;
        match mask.leading_ones() == mask.count_ones() {
            true => write!(p, "/{}", mask.leading_ones()),
            false => p.text("/4294967295"),
        }
    }
    Ok(())
}

fn gateway(p: &mut Printer, v: &[u8], flags: u8) -> Done {
    p.text("Smart-Gateway:");
    for (bit, name) in [
        (1, " LINKSPEED"),
        (2, " IPV4"),
        (4, " IPV4-NAT"),
        (8, " IPV6"),
        (16, " IPv6-PREFIX"),
    ] {
        p.text(if flags & bit != 0 { name } else { "" });
    }
    let (up, down) = match flags & 1 {
        0 => (0, 0),
        _ => (speed(v.u8(6)?), speed(v.u8(7)?)),
    };
    write!(p, " {up}/{down}");
    Ok(())
}

fn speed(octet: u8) -> u32 {
    match octet {
        0 => 0,
        255 => 320_000_000,
        _ => (u32::from(octet >> 3) + 1) * 10u32.pow(u32::from(octet & 7)),
    }
}

fn names(p: &mut Printer, b: &[u8], length: usize, size: usize) -> Done<bool> {
    if length < 4 {
        p.bad("message length", length, "<", 4);
        return Ok(false);
    }
    let (version, entries) = (b.be16(0)?, usize::from(b.be16(2)?));
    let fits = entries > 0 && entries * (4 + size) <= length;
    write!(p, "\n\t  Version {version}, Entries {entries}");
    if !fits {
        p.invalid();
        return Ok(true);
    }
    let mut at = 4;
    for place in 0..entries {
        if length - at < 4 {
            break;
        }
        let (kind, count) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        at += 4;
        write!(p, "\n\t    #{place}: type {kind:#06x}, length {count}");
        if count == 0 || size + count > length - at {
            p.invalid();
            break;
        }
        let padded = size + count.next_multiple_of(4);
        if length - at < padded {
            p.bad("name entry length", length - at, "<", padded);
            return Ok(false);
        }
        let v = b.octets(at, padded)?;
        p.text(", address ");
        address(p, v, 0, size)?;
        p.text(", name \"");
        p.string_at(v, size, count)?;
        p.text("\"");
        at += padded;
    }
    Ok(true)
}
