//! BGP: the attributes of paths.

use super::address_family::FAMILIES;
use super::bgp_community;
use super::bgp_names as names;
use super::bgp_nlri::{self, Next, as_number};
use super::bgp_security::{End, secure_path};
use super::osi;
use super::prelude::*;

/// How many octets the length behind these flags has.
#[must_use]
pub(crate) fn length_of_length(flags: u8) -> usize {
    if flags & 0x10 != 0 { 2 } else { 1 }
}

/// The length behind these flags.
///
/// # Errors
/// [`Cut`]
pub(crate) fn length(b: &[u8], at: usize, flags: u8) -> Done<usize> {
    match length_of_length(flags) {
        2 => b.be16(at).map(usize::from),
        _ => b.u8(at).map(usize::from),
    }
}

/// The name of an attribute, its length and its flags.
pub(crate) fn head(p: &mut Printer, before: &str, flags: u8, kind: u8, size: usize) {
    let name = tok(names::ATTRIBUTES, kind.into(), "Unknown Attribute");
    write!(p, "{before}{name} ({kind}), length: {size}");
    if flags != 0 {
        write!(p, ", Flags [{}", bits(names::FLAGS, flags.into(), "", ""));
        if flags & 15 != 0 {
            write!(p, "+{:x}", flags & 15);
        }
        p.text("]");
    }
}

/// What follows an attribute.
enum After {
    /// Its octets, when they are wanted, for a length that is left of it.
    Octets(usize),
    /// Nothing.
    Nothing,
    /// It ended too early.
    Short,
}

/// Prints an attribute; false when it ends too early.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, kind: u8, b: &[u8], length: usize, level: u8) -> Done<bool> {
    match value(p, kind, b, length, level)? {
        After::Octets(left) => {
            if p.v(2) && left > 0 {
                if !b.has(left) {
                    return Ok(false);
                }
                p.unknown(b, "\n\t    ", left);
            }
            Ok(true)
        }
        After::Nothing => Ok(true),
        After::Short => Ok(false),
    }
}

fn value(p: &mut Printer, kind: u8, b: &[u8], length: usize, level: u8) -> Done<After> {
    let right = match kind {
        1 => length == 1,
        2 | 17 => length.is_multiple_of(2),
        3 | 4 | 5 | 9 => length == 4,
        6 => length == 0,
        7 => matches!(length, 6 | 8),
        8 | 10 => length.is_multiple_of(4),
        16 => length.is_multiple_of(8),
        18 => length == 8,
        32 => length > 0 && length.is_multiple_of(12),
        35 => length >= 4,
        _ => true,
    };
    if !right {
        p.text("invalid len");
        return Ok(After::Octets(length));
    }
    match kind {
        1 => p.name(names::ORIGINS, b.u8(0)?, "Unknown Origin Typecode"),
        2 | 17 => return path(p, b, length, kind == 17),
        3 | 9 => p.v4_at(b, 0)?,
        4 | 5 => write!(p, "{}", b.be32(0)?),
        6 => {}
        7 | 18 => {
            if kind == 7 && !b.has(length) {
                return Ok(After::Short);
            }
            let number = if length == 6 {
                b.be16(0)?.into()
            } else {
                b.be32(0)?
            };
            let system = as_number(p, number);
            b.octets(length - 4, 4)?;
            write!(p, " AS #{system}, origin ");
            p.v4_at(b, length - 4)?;
        }
        8 => return bgp_community::plain(p, b, length).map(after),
        10 => {
            for at in (0..length).step_by(4) {
                p.v4_at(b, at)?;
                p.text(if at + 4 < length { ", " } else { "" });
            }
        }
        14 => return reach(p, b, length),
        15 => return unreach(p, b, length),
        16 => {
            if !bgp_community::extended(p, b, length)? {
                return Ok(After::Short);
            }
        }
        22 => {
            if length < 5 || !b.has(5) {
                return Ok(After::Short);
            }
            tunnel(p, b, length)?;
        }
        26 => {
            if !metric(p, b, length)? {
                return Ok(After::Short);
            }
        }
        32 => {
            p.text("\n\t    ");
            for at in (0..length).step_by(12) {
                write!(p, "{}:{}:{}", b.be32(at)?, b.be32(at + 4)?, b.be32(at + 8)?);
                p.text(if at + 12 < length { ", " } else { "" });
            }
            return Ok(After::Octets(0));
        }
        33 => {
            return secure_path(p, b)
                .map(|_| After::Octets(length))
                .or_else(|end| match end {
                    End::Cut => Err(Cut),
                    End::Invalid => {
                        p.invalid();
                        Ok(After::Nothing)
                    }
                });
        }
        35 => write!(p, "\n\t    OTC {}", b.be32(0)?),
        128 => return set(p, b, length, level),
        _ => {
            if !b.has(length) {
                return Ok(After::Short);
            }
            write!(p, "\n\t    no Attribute {kind} decoder");
            if !p.v(2) {
                p.unknown(b, "\n\t    ", length);
            }
        }
    }
    Ok(After::Octets(length))
}

fn after(left: Option<usize>) -> After {
    left.map_or(After::Short, After::Octets)
}

/// How many octets the numbers of a path have.
fn number_size(b: &[u8], length: usize, four: bool) -> Done<usize> {
    if four {
        return Ok(4);
    }
    let mut at = 0;
    while at < length {
        if !matches!(b.u8(at)?, 1..=4) {
            return Ok(4);
        }
        at += 2 + usize::from(b.u8(at + 1)?) * 2;
    }
    Ok(if at == length { 2 } else { 4 })
}

fn path(p: &mut Printer, b: &[u8], length: usize, four: bool) -> Done<After> {
    if length == 0 {
        p.text("empty");
        return Ok(After::Octets(0));
    }
    let size = number_size(b, length, four)?;
    let mut at = 0;
    while at < length {
        let kind = b.u8(at)?;
        p.name(names::PATH_OPEN, kind, "?");
        let count = usize::from(b.u8(at + 1)?);
        for place in 0..count {
            let place = at + 2 + place * size;
            if b.octets(place, size).is_err() {
                return Ok(After::Short);
            }
            let number = if size == 2 {
                b.be16(place)?.into()
            } else {
                b.be32(place)?
            };
            let system = as_number(p, number);
            write!(p, "{system} ");
        }
        p.name(names::PATH_CLOSE, kind, "?");
        at += 2 + count * size;
    }
    Ok(After::Octets(length))
}

/// The family of what is reached; none when it is not known, or not all there.
fn family(p: &mut Printer, b: &[u8], left: usize) -> Done<Result<(u16, u8), bool>> {
    let (family, subsequent) = (b.be16(0)?, b.u8(2)?);
    let name = tok(FAMILIES, family.into(), "Unknown AFI");
    let vendor = if subsequent > 128 {
        "vendor specific "
    } else {
        ""
    };
    let other = tok(names::SUBSEQUENT, subsequent.into(), "Unknown SAFI");
    write!(
        p,
        "\n\t    AFI: {name} ({family}), {vendor}SAFI: {other} ({subsequent})"
    );
    let known = match family {
        1 => matches!(subsequent, 1..=5 | 66 | 128..=130 | 132),
        2 => matches!(subsequent, 1..=4 | 128..=130),
        3 => matches!(subsequent, 1..=3 | 128..=130),
        196 => matches!(subsequent, 128..=130),
        25 => subsequent == 65,
        _ => false,
    };
    if known {
        return Ok(Ok((family, subsequent)));
    }
    if !b.has(left) {
        return Ok(Err(true));
    }
    write!(p, "\n\t    no AFI {family} / SAFI {subsequent} decoder");
    if !p.v(2) {
        p.unknown(b, "\n\t    ", left);
    }
    Ok(Err(false))
}

fn reach(p: &mut Printer, b: &[u8], length: usize) -> Done<After> {
    if !b.has(3) || length < 3 {
        return Ok(After::Short);
    }
    let families = match family(p, b, length)? {
        Ok(families) => families,
        Err(true) => return Ok(After::Short),
        Err(false) => return Ok(After::Octets(length)),
    };
    let mut f = Fields {
        b: b.tail(3),
        left: length - 3,
    };
    if f.b.is_empty() || f.left < 1 {
        return Ok(After::Short);
    }
    let hop = f.u8()?;
    if hop > 0 {
        if f.left < hop.into() {
            return Ok(After::Short);
        }
        p.text("\n\t    nexthop: ");
        if !next_hops(p, &mut f, families, hop.into())? {
            return Ok(After::Octets(length));
        }
    }
    write!(p, ", nh-length: {hop}");
    if f.left < 1 {
        return Ok(After::Short);
    }
    match f.u8()? {
        0 => p.text(", no SNPA"),
        points => {
            write!(p, "\n\t    {points} SNPA");
            for _ in 0..points {
                if f.left < 1 {
                    return Ok(After::Short);
                }
                let size = f.u8()?;
                write!(p, "\n\t      {size} bytes");
                if f.left < size.into() || !f.b.has(size.into()) {
                    return Ok(After::Short);
                }
                f.take(size.into())?;
            }
        }
    }
    prefixes(p, families, f.b, f.left, length)
}

fn unreach(p: &mut Printer, b: &[u8], length: usize) -> Done<After> {
    if !b.has(3) {
        return Ok(After::Short);
    }
    let families = match family(p, b, length)? {
        Ok(families) => families,
        Err(true) => return Ok(After::Short),
        Err(false) => return Ok(After::Octets(length)),
    };
    if length == 3 {
        p.text("\n\t      End-of-Rib Marker (empty NLRI)");
    }
    prefixes(p, families, b.tail(3), length.saturating_sub(3), length)
}

fn prefixes(
    p: &mut Printer,
    families: (u16, u8),
    b: &[u8],
    left: usize,
    whole: usize,
) -> Done<After> {
    let paths4 = bgp_nlri::has_path_ids(b, left, 32);
    let paths6 = bgp_nlri::has_path_ids(b, left, 128);
    let mut at = 0;
    while at < left {
        match bgp_nlri::print(p, families, b.tail(at), whole, (paths4, paths6))? {
            Next::Behind(size) => at += size,
            Next::Stop => break,
            Next::Short => return Ok(After::Short),
        }
    }
    Ok(After::Octets(whole))
}

/// Prints the addresses of next hops; false when the family has none that are known.
fn next_hops(p: &mut Printer, f: &mut Fields<'_>, families: (u16, u8), hop: usize) -> Done<bool> {
    let mut left = hop;
    while left > 0 {
        if left < hop {
            p.text(", ");
        }
        let (before, size) = match families {
            (1, 1..=5 | 66 | 132) | (25, 65) | (196, 128..=130) => (0, 4),
            (1, 128..=130) => (8, 4),
            (2, 1..=4) => (0, 16),
            (2, 128..=130) => (8, 16),
            (3, 1..=3) => (0, left),
            (3, 128..=130) => (8, left.saturating_sub(8).max(1)),
            (family, subsequent) => {
                write!(
                    p,
                    "ERROR: no AFI {family}/SAFI {subsequent} nexthop decoder"
                );
                return Ok(false);
            }
        };
        if left < before + size {
            p.text("invalid len");
            f.b = f.b.tail(left);
            f.left -= left;
            return Ok(true);
        }
        let address = f.take(before + size)?;
        if before > 0 {
            let distinguisher = bgp_nlri::distinguisher(p, address)?;
            write!(p, "RD: {distinguisher}, ");
        }
        let address = address.tail(before);
        match families.0 {
            2 => p.v6_at(address, 0)?,
            3 => {
                osi::address(p, address);
                // Addresses of IP in those of OSI (RFC 986, RFC 1888).
                if before > 0 && address.be32(0) == Ok(0x4700_0601) {
                    p.text(" = ");
                    p.v4_at(address, 4)?;
                } else if before > 0 && address.be24(0) == Ok(0x35_0000) {
                    p.text(" = ");
                    p.v6_at(address, 3)?;
                }
            }
            _ => p.v4_at(address, 0)?,
        }
        left -= before + size;
    }
    Ok(true)
}

/// Tunnels of multicast (RFC 6514).
fn tunnel(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let kind = b.u8(1)?;
    let name = tok(names::TUNNELS, kind.into(), "Unknown");
    let flags = bits(names::TUNNEL_FLAGS, b.u8(0)?.into(), "none", ", ");
    write!(p, "\n\t    Tunnel-type {name} ({kind}), Flags [{flags}]");
    write!(p, ", MPLS Label {}", b.be24(2)? >> 4);
    let v = b.tail(5);
    let first = match kind {
        4 | 5 => "Sender",
        2 | 3 | 7 => "Root-Node",
        6 => "Tunnel-Endpoint",
        1 => "Extended-Tunnel-ID",
        _ => {
            if !p.v(2) {
                p.unknown(v, "\n\t      ", length - 5);
            }
            return Ok(());
        }
    };
    v.octets(0, if kind == 6 { 4 } else { 8 })?;
    write!(p, "\n\t      {first} ");
    p.v4_at(v, 0)?;
    match kind {
        3..=5 => {
            p.text(", P-Group ");
            p.v4_at(v, 4)?;
        }
        2 | 7 => write!(p, ", LSP-ID 0x{:08x}", v.be32(4)?),
        1 => write!(p, ", P2MP-ID 0x{:08x}", v.be32(4)?),
        _ => {}
    }
    Ok(())
}

/// Accumulated metrics (RFC 7311); false when they end too early.
fn metric(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let (mut at, mut left) = (0, length);
    while left >= 3 {
        let (kind, size) = (b.u8(at)?, usize::from(b.be16(at + 1)?));
        (at, left) = (at + 3, left - 3);
        let name = tok(names::METRICS, kind.into(), "Unknown");
        write!(p, "\n\t    {name} TLV ({kind}), length {size}");
        let Some(size) = size.checked_sub(3).filter(|size| *size <= left) else {
            return Ok(false);
        };
        if kind == 1 {
            if size < 8 {
                return Ok(false);
            }
            write!(p, ", metric {}", b.be64(at)?);
        } else if !p.v(2) {
            p.unknown(b.tail(at), "\n\t      ", size);
        }
        (at, left) = (at + size, left - size);
    }
    Ok(true)
}

/// Attributes within an attribute (RFC 6368).
fn set(p: &mut Printer, b: &[u8], length: usize, level: u8) -> Done<After> {
    if !b.has(4) || length < 4 {
        return Ok(After::Short);
    }
    let system = as_number(p, b.be32(0)?);
    write!(p, "\n\t    Origin AS: {system}");
    let (mut at, mut left) = (4, length - 4);
    while left > 0 {
        let too_short = |p: &mut Printer, left| {
            p.text(" [path attr too short]");
            Ok(After::Octets(left))
        };
        if b.octets(at, 2).is_err() {
            return Ok(After::Short);
        }
        if left < 2 {
            return too_short(p, left);
        }
        let (flags, kind) = (b.u8(at)?, b.u8(at + 1)?);
        (at, left) = (at + 2, left - 2);
        let long = length_of_length(flags);
        if b.octets(at, long).is_err() {
            return Ok(After::Short);
        }
        if left < long {
            return too_short(p, left);
        }
        let size = self::length(b, at, flags)?;
        (at, left) = (at + long, left - long);
        head(p, "\n\t      ", flags, kind, size);
        p.text(": ");
        if left < size {
            return too_short(p, left);
        }
        if level == 10 {
            p.text("(too many nested levels, not recursing)");
        } else if !print(p, kind, b.tail(at), size, level + 1)? {
            return Ok(After::Short);
        }
        (at, left) = (at + size, left - size);
    }
    Ok(After::Octets(0))
}
