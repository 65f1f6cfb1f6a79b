//! BGP: prefixes and what else is reached, for each family of addresses.

use std::net::Ipv6Addr;

use super::bgp_names as names;
use super::osi;
use super::prelude::*;

/// What was read as a prefix: its text and how many octets it takes.
pub(crate) enum Prefix {
    /// Text and octets.
    Is(String, usize),
    /// Longer than an address.
    Illegal,
    /// There are octets left, but not enough.
    Short,
}

/// How to go on behind one that was printed.
pub(crate) enum Next {
    /// Behind so many octets.
    Behind(usize),
    /// Nothing more can be read.
    Stop,
    /// The message ends too early.
    Short,
}

/// An AS number, with a point when that is wanted and it is large.
#[must_use]
pub(crate) fn as_number(p: &Printer, number: u32) -> String {
    match p.set.as_dot && number > 0xffff {
        true => format!("{}.{}", number >> 16, number & 0xffff),
        false => number.to_string(),
    }
}

/// What something prints, as text of its own.
fn text(p: &mut Printer, print: impl FnOnce(&mut Printer)) -> String {
    let from = p.out.len();
    print(p);
    p.out.split_off(from.min(p.out.len()))
}

/// The octets of a prefix of so many bits, padded with zeros.
fn padded<const N: usize>(b: &[u8], at: usize, count: usize) -> Done<[u8; N]> {
    let mut address = [0; N];
    let written = b.octets(at, count.div_ceil(8))?;
    for (place, (to, from)) in address.iter_mut().zip(written).enumerate() {
        let kept = count.saturating_sub(place * 8).min(8);
        *to = from & (0xff00u16 >> kept) as u8;
    }
    Ok(address)
}

fn v4(p: &mut Printer, b: &[u8], at: usize, count: usize) -> Done<String> {
    let address = padded(b, at, count)?;
    Ok(text(p, |p| p.v4(address)))
}

fn v6(p: &mut Printer, b: &[u8], at: usize, count: usize) -> Done<String> {
    let address = padded(b, at, count)?;
    Ok(text(p, |p| p.v6(address)))
}

/// Reads a prefix of IPv4 of at most so many octets.
///
/// # Errors
/// [`Cut`]
pub(crate) fn prefix4(p: &mut Printer, b: &[u8], length: usize) -> Done<Prefix> {
    prefix(p, b, length, 32)
}

/// Reads a prefix of at most so many octets, and bits.
///
/// # Errors
/// [`Cut`]
pub(crate) fn prefix(p: &mut Printer, b: &[u8], length: usize, longest: usize) -> Done<Prefix> {
    if length < 1 {
        return Ok(Prefix::Short);
    }
    let count = usize::from(b.u8(0)?);
    if count > longest {
        return Ok(Prefix::Illegal);
    }
    if length - 1 < count.div_ceil(8) {
        return Ok(Prefix::Short);
    }
    let address = match longest {
        32 => v4(p, b, 1, count)?,
        _ => v6(p, b, 1, count)?,
    };
    Ok(Prefix::Is(
        format!("{address}/{count}"),
        1 + count.div_ceil(8),
    ))
}

/// Whether prefixes look like those with identifiers of paths (RFC 7911).
#[must_use]
pub(crate) fn has_path_ids(b: &[u8], length: usize, longest: u8) -> bool {
    if length < 5 {
        return false;
    }
    let walk = |before: usize, least: u8| {
        let mut at = 0;
        while at < length {
            at += before;
            let Ok(count) = b.u8(at) else { break };
            if count < least || count > longest {
                return false;
            }
            at += 1 + usize::from(count).div_ceil(8);
        }
        at <= length
    };
    walk(4, 0) && !walk(0, 1)
}

/// A route distinguisher (RFC 4364).
///
/// # Errors
/// [`Cut`]
pub(crate) fn distinguisher(p: &Printer, b: &[u8]) -> Done<String> {
    let kind = b.be16(0)?;
    Ok(match kind {
        0 => {
            let [x, y, z, w]: [u8; 4] = b.array(4)?;
            format!("{}:{} (= {x}.{y}.{z}.{w})", b.be16(2)?, b.be32(4)?)
        }
        1 => {
            let [x, y, z, w]: [u8; 4] = b.array(2)?;
            format!("{x}.{y}.{z}.{w}:{}", b.be16(6)?)
        }
        2 => {
            let [x, y, z, w]: [u8; 4] = b.array(2)?;
            let (system, number) = (as_number(p, b.be32(2)?), b.be16(6)?);
            format!("{system}:{number} ({x}.{y}.{z}.{w}:{number})")
        }
        _ => "unknown RD format".to_owned(),
    })
}

/// Prints one prefix, or what the family has instead.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(
    p: &mut Printer,
    families: (u16, u8),
    b: &[u8],
    length: usize,
    (paths4, paths6): (bool, bool),
) -> Done<Next> {
    match families {
        (1, 1..=3) => plain(p, b, length, 32, paths4),
        (2, 1..=3) => plain(p, b, length, 128, paths6),
        (1, 4) => labeled(p, b, length, 32),
        (2, 4) => labeled(p, b, length, 128),
        (1, 128..=130) => labeled_vpn(p, b, 32),
        (2, 128..=130) => labeled_vpn(p, b, 128),
        (3, 128..=130) => labeled_vpn(p, b, 152),
        (1, 132) => route_target(p, b),
        (1 | 2, 5) => multicast_vpn(p, b),
        (1, 66) => multicast_tree(p, b),
        (25, 65) | (196, 128..=130) => layer2(p, b),
        (3, 1..=3) => {
            let count = usize::from(b.u8(0)?);
            if count > 152 {
                return illegal(p);
            }
            let address: [u8; 19] = padded(b, 4, count)?;
            p.text("\n\t      ");
            osi::address(p, address.upto(count.div_ceil(8)));
            write!(p, "/{count}");
            Ok(Next::Behind(1 + count.div_ceil(8)))
        }
        (family, subsequent) => {
            write!(
                p,
                "\n\t    ERROR: no AFI {family} / SAFI {subsequent} decoder"
            );
            Ok(Next::Stop)
        }
    }
}

fn illegal(p: &mut Printer) -> Done<Next> {
    p.text("\n\t    (illegal prefix length)");
    Ok(Next::Stop)
}

fn plain(p: &mut Printer, b: &[u8], length: usize, longest: usize, paths: bool) -> Done<Next> {
    let before = if paths { 4 } else { 0 };
    let path = if paths { Some(b.be32(0)?) } else { None };
    let next = match prefix(p, b.tail(before), length, longest)? {
        Prefix::Short => return Ok(Next::Short),
        Prefix::Illegal => {
            p.text("\n\t    (illegal prefix length)");
            match paths {
                true => Next::Behind(3),
                false => Next::Stop,
            }
        }
        Prefix::Is(text, size) => {
            write!(p, "\n\t      {text}");
            Next::Behind(before + size)
        }
    };
    if let Some(path) = path {
        write!(p, "   Path Id: {path}");
    }
    Ok(next)
}

fn label(p: &mut Printer, b: &[u8]) -> Done {
    let label = b.be24(1)?;
    let bottom = match label & 1 {
        0 => "(BOGUS: Bottom of Stack NOT set!)",
        _ => "(bottom)",
    };
    write!(p, ", label:{} {bottom}", label >> 4);
    Ok(())
}

fn labeled(p: &mut Printer, b: &[u8], length: usize, longest: usize) -> Done<Next> {
    if !b.has(4) {
        return Ok(Next::Short);
    }
    if length < 4 {
        return Ok(Next::Stop);
    }
    let count = match usize::from(b.u8(0)?).checked_sub(24) {
        Some(count) if count <= longest => count,
        _ => return illegal(p),
    };
    let size = count.div_ceil(8);
    if longest == 32 && length - 4 < size {
        return Ok(Next::Stop);
    }
    let address = match longest {
        32 => v4(p, b, 4, count)?,
        _ => v6(p, b, 4, count)?,
    };
    write!(p, "\n\t      {address}/{count}");
    label(p, b)?;
    Ok(Next::Behind(4 + size))
}

fn labeled_vpn(p: &mut Printer, b: &[u8], longest: usize) -> Done<Next> {
    let count = match usize::from(b.u8(0)?).checked_sub(24 + 64) {
        Some(count) if count <= longest => count,
        _ => return illegal(p),
    };
    let address = match longest {
        32 => v4(p, b, 12, count)?,
        128 => v6(p, b, 12, count)?,
        _ => {
            let address: [u8; 19] = padded(b, 12, count)?;
            text(p, |p| osi::address(p, address.upto(count.div_ceil(8))))
        }
    };
    let distinguisher = distinguisher(p, b.tail(4))?;
    write!(p, "\n\t      RD: {distinguisher}, {address}/{count}");
    label(p, b)?;
    Ok(Next::Behind(12 + count.div_ceil(8)))
}

/// A route target (RFC 4684).
fn route_target(p: &mut Printer, b: &[u8]) -> Done<Next> {
    let count = usize::from(b.u8(0)?);
    if count == 0 {
        p.text("\n\t      default route target");
        return Ok(Next::Behind(1));
    }
    let count = match count.checked_sub(32) {
        Some(count) if count <= 64 => count,
        _ => {
            p.text("\n\t      (illegal prefix length)");
            return Ok(Next::Stop);
        }
    };
    let system = as_number(p, b.be32(1)?);
    let target: [u8; 8] = padded(b, 5, count)?;
    write!(p, "\n\t      origin AS: {system}, ");
    let pairs = target.upto(count.div_ceil(8)).chunks(2);
    let pairs = pairs.map(|pair| pair.iter().map(|octet| format!("{octet:02x}")).collect());
    let hex = pairs.collect::<Vec<String>>().join(" ");
    if count == 0 {
        p.text("route-target: 0:0/0");
    } else if count < 16 {
        write!(p, "route-target: partial-type: ({hex}/{count})");
    } else {
        let number = target.be16(6)?;
        match target.be16(0)? {
            0x0002 => {
                let (system, number) = (target.be16(2)?, target.be32(4)?);
                write!(p, "route-target: {system}:{number}/{count} ({hex})");
            }
            0x0102 => {
                let [x, y, z, w]: [u8; 4] = target.array(2)?;
                write!(p, "route-target: {x}.{y}.{z}.{w}:{number}/{count} ({hex})");
            }
            0x0202 => {
                let system = as_number(p, target.be32(2)?);
                write!(p, "route-target: {system}:{number}/{count} ({hex})");
            }
            kind => write!(p, "route target: unknown-type({kind:04x}) ({hex}/{count})"),
        }
    }
    Ok(Next::Behind(5 + count.div_ceil(8)))
}

fn multicast_tree(p: &mut Printer, b: &[u8]) -> Done<Next> {
    if b.u8(0)? != 128 {
        return illegal(p);
    }
    if b.octets(1, 8).is_err() {
        return Ok(Next::Short);
    }
    b.octets(1, 16)?;
    let distinguisher = distinguisher(p, b.tail(1))?;
    write!(p, "\n\t      RD: {distinguisher}, VPN IP Address: ");
    p.v4_at(b, 9)?;
    p.text(", MC Group Address: ");
    p.v4_at(b, 13)?;
    Ok(Next::Behind(17))
}

/// An address of so many bits.
fn vpn_address(p: &mut Printer, b: &[u8], count: usize) -> Done<String> {
    Ok(match count {
        32 => {
            let address = b.array(0)?;
            text(p, |p| p.v4(address))
        }
        128 => {
            let address = Ipv6Addr::from(b.array::<16>(0)?).octets();
            text(p, |p| p.v6(address))
        }
        _ => format!("bogus address length {count}"),
    })
}

/// Source and group; how many octets they take, as far as they were captured.
fn source_and_group(p: &mut Printer, b: &[u8]) -> Done<usize> {
    let mut at = 0;
    for name in ["Source", "Group"] {
        let count = usize::from(b.u8(at)?);
        let size = count >> 3;
        if b.octets(at + 1, size).is_err() {
            break;
        }
        if count > 0 {
            let address = vpn_address(p, b.tail(at + 1), count)?;
            write!(p, ", {name} {address}");
        }
        at += 1 + size;
    }
    Ok(at)
}

/// Routes of multicast in VPNs (RFC 6514).
fn multicast_vpn(p: &mut Printer, b: &[u8]) -> Done<Next> {
    let (kind, length) = (b.u8(0)?, usize::from(b.u8(1)?));
    let name = tok(names::MULTICAST_ROUTES, kind.into(), "Unknown");
    write!(p, "\n\t      Route-Type: {name} ({kind}), length: {length}");
    let b = b.tail(2);
    let need = match kind {
        1 | 3 | 5 => 8,
        2 | 6 | 7 => 12,
        _ => 0,
    };
    if !b.has(need) || kind == 1 && length < 8 {
        return Ok(Next::Short);
    }
    let next = Ok(Next::Behind(length + 2));
    if need == 0 {
        return next;
    }
    let distinguisher = distinguisher(p, b)?;
    if kind == 1 {
        let originator = vpn_address(p, b.tail(8), (length - 8) << 3)?;
        write!(p, ", RD: {distinguisher}, Originator {originator}");
        return next;
    }
    write!(p, ", RD: {distinguisher}");
    if need == 12 {
        let system = as_number(p, b.be32(8)?);
        write!(p, ", Source-AS {system}");
    }
    if kind != 2 {
        let size = source_and_group(p, b.tail(need))?;
        if kind == 3 {
            let b = b.tail(need + size);
            let Some(rest) = length.checked_sub(size).filter(|rest| b.has(*rest)) else {
                return Ok(Next::Short);
            };
            let originator = vpn_address(p, b, rest << 3)?;
            write!(p, ", Originator {originator}");
        }
    }
    next
}

/// Labels for networks of layer 2 (RFC 4761).
fn layer2(p: &mut Printer, b: &[u8]) -> Done<Next> {
    let length = usize::from(b.be16(0)?);
    let next = Ok(Next::Behind(length + 2));
    let b = b.tail(2);
    if length == 12 {
        if !b.has(12) {
            return Ok(Next::Short);
        }
        let distinguisher = distinguisher(p, b)?;
        write!(p, "\n\t      RD: {distinguisher}, BGPNH: ");
        p.v4_at(b, 8)?;
        return next;
    }
    if length <= 17 || !b.has(15) {
        return Ok(Next::Short);
    }
    let distinguisher = distinguisher(p, b)?;
    write!(p, "\n\t      RD: {distinguisher}, CE-ID: {}", b.be16(8)?);
    write!(
        p,
        ", Label-Block Offset: {}, Label Base {}",
        b.be16(10)?,
        b.be24(12)? >> 4
    );
    let (mut at, mut left) = (15, length - 15);
    while left > 0 {
        if left < 3 {
            p.text("\n\t\tran past the end");
            break;
        }
        let (kind, bits) = (b.u8(at)?, b.be16(at + 1)?);
        let size = usize::from(bits).div_ceil(8);
        at += 3;
        if kind == 1 {
            write!(p, "\n\t\tcircuit status vector ({kind}) length: {bits}: 0x");
            for _ in 0..size {
                if left < 1 {
                    p.text(" (ran past the end)");
                    return next;
                }
                let Ok(octet) = b.u8(at) else {
                    return Ok(Next::Short);
                };
                write!(p, "{octet:02x}");
                at += 1;
                left -= 1;
            }
        } else {
            write!(p, "\n\t\tunknown TLV #{kind}, length: {bits}");
            if left < size {
                p.text(" (ran past the end)");
                break;
            }
            left -= size;
            if size == 0 && at > b.len() {
                return Err(Cut);
            }
        }
    }
    next
}
