//! NFLOG: packets that Linux's filter logged.

use super::prelude::*;
use super::{ip, ip6};

const FAMILIES: &Table = &[(2, "IPv4"), (10, "IPv6")];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "nflog";
    if length < 4 {
        p.bad("length", length, "<", 4);
        return Ok(());
    }
    b.octets(0, 4)?;
    p.link_header += 4;
    let version = b.u8(1)?;
    if version != 0 {
        write!(p, "version {version} (unknown)");
        return Ok(());
    }
    if p.set.link {
        header(p, b, length)?;
    }
    let mut at = 4;
    while at < length {
        if length - at < 4 {
            p.bad("length", length - at, "<", 4);
            return Ok(());
        }
        let element = b.octets(at, 4)?;
        let size = usize::from(element.le16(0)?).next_multiple_of(4);
        if size < 4 || length - at < size {
            match size {
                0..4 => p.bad("size", size, "<", 4),
                _ => p.bad("length", length - at, "<", size),
            }
            return Ok(());
        }
        b.octets(at, size)?;
        if element.le16(2)? == 9 {
            at += 4;
            break;
        }
        at += size;
    }
    let (rest, left) = (b.tail(at), length - at);
    match b.u8(0)? {
        2 => ip::print(p, rest, left)?,
        10 => ip6::print(p, rest, left)?,
        _ => {
            if !p.set.link {
                header(p, b, left + 4)?;
            }
            p.octets_of_unknown(rest);
        }
    }
    p.link_header += at - 4;
    Ok(())
}

fn header(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let family = b.u8(0)?;
    write!(p, "version {}, resource ID {}, ", b.u8(1)?, b.be16(2)?);
    match p.set.quiet {
        0 => {
            let name = tok(FAMILIES, family.into(), "Unknown");
            write!(p, "family {name} ({family})");
        }
        _ => p.name(FAMILIES, family, "Unknown NFLOG (0x%02x)"),
    }
    write!(p, ", length {length}: ");
    Ok(())
}
