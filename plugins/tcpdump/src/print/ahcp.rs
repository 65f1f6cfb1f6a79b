//! AHCP: how the nodes of a mesh are configured.

use super::prelude::*;

const KINDS: &Table = &[
    (0, "Discover"),
    (1, "Offer"),
    (2, "Request"),
    (3, "Ack"),
    (4, "Nack"),
    (5, "Release"),
];
const OPTIONS: &Table = &[
    (0, "Pad"),
    (1, "Mandatory"),
    (2, "Origin Time"),
    (3, "Expires"),
    (4, "My-IPv6-Address"),
    (5, "My-IPv4-Address"),
    (6, "IPv6 Prefix"),
    (7, "IPv4 Prefix"),
    (8, "IPv6 Address"),
    (9, "IPv4 Address"),
    (10, "IPv6 Prefix Delegation"),
    (11, "IPv4 Prefix Delegation"),
    (12, "Name Server"),
    (13, "NTP Server"),
];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ahcp";
    p.text("AHCP");
    let mut f = Fields::new(b, length);
    if f.left < 2 || f.u8()? != 43 {
        return reject(p, f);
    }
    let version = f.u8()?;
    if version != 1 {
        write!(p, " Version {version} (unknown)");
        f.take(f.left)?;
        return Ok(());
    }
    p.text(" Version 1");
    if f.left < 22 {
        return reject(p, f);
    }
    if p.v(1) {
        write!(p, "\n\tHopcount {}", f.u8()?);
        write!(p, ", Original Hopcount {}", f.u8()?);
        write!(p, ", Nonce 0x{:08x}", f.be32()?);
        for name in [", Source Id ", ", Destination Id "] {
            let id = f.take(8)?;
            p.text(name);
            p.hex(id, ":");
        }
    } else {
        f.take(22)?;
    }
    if f.left < 4 {
        return reject(p, f);
    }
    let (kind, zero, size) = (f.u8()?, f.u8()?, usize::from(f.be16()?));
    if p.v(1) {
        p.text("\n\t");
        p.name(KINDS, kind, "Unknown-%u");
        if zero != 0 {
            write!(p, ", MBZ {zero}");
        }
        write!(p, ", Length {size}");
    }
    if size > f.left {
        return reject(p, f);
    }
    match p.v(2) {
        true => options(p, f.part(size)?),
        false => f.take(size).map(|_| ()),
    }
}

fn reject(p: &mut Printer, f: Fields<'_>) -> Done {
    p.invalid();
    f.b.octets(0, f.left)?;
    Ok(())
}

fn options(p: &mut Printer, f: Fields<'_>) -> Done {
    let mut f = f;
    while !f.is_empty() {
        let kind = f.u8()?;
        p.text("\n\t ");
        p.name(OPTIONS, kind, "Unknown-%u");
        if kind < 2 {
            continue;
        }
        if f.is_empty() {
            return reject(p, f);
        }
        let size = usize::from(f.u8()?);
        if size > f.left {
            return reject(p, f);
        }
        option(p, kind, f.part(size)?)?;
    }
    Ok(())
}

fn option(p: &mut Printer, kind: u8, f: Fields<'_>) -> Done {
    let mut f = f;
    let (size, prefixed) = match kind {
        2 | 3 if f.left != 4 => return reject(p, f),
        2 => {
            let seconds = f.be32()?;
            p.text(": ");
            super::time::utc(p, seconds);
            return Ok(());
        }
        3 => {
            write!(p, ": {}s", f.be32()?);
            return Ok(());
        }
        4 | 8 | 12 | 13 => (16, false),
        5 | 9 => (4, false),
        6 | 10 => (16, true),
        11 => (4, true),
        _ => {
            write!(p, " (Length {})", f.left);
            f.take(f.left)?;
            return Ok(());
        }
    };
    let mut before = ": ";
    while !f.is_empty() {
        if f.left < size + usize::from(prefixed) {
            return reject(p, f);
        }
        let address = f.take(size)?;
        let bits = if prefixed { Some(f.u8()?) } else { None };
        p.text(before);
        match size {
            4 => p.v4_at(address, 0)?,
            _ => p.v6_at(address, 0)?,
        }
        if let Some(bits) = bits {
            write!(p, "/{bits}");
        }
        before = ", ";
    }
    Ok(())
}
