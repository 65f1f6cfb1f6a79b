//! IPNET: packets of IP between the zones of a Solaris.

use super::prelude::*;
use super::{ip, ip6};

const FAMILIES: &Table = &[(2, "IPv4"), (26, "IPv6")];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ipnet";
    b.octets(0, 24)?;
    p.link_header += 24;
    if p.set.link {
        header(p, b, length)?;
    }
    let (rest, left) = (b.tail(24), length.saturating_sub(24));
    match b.u8(1)? {
        2 => ip::print(p, rest, left),
        26 => ip6::print(p, rest, left),
        _ => {
            if !p.set.link {
                header(p, b, length)?;
            }
            p.octets_of_unknown(rest);
            Ok(())
        }
    }
}

fn header(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let family = b.u8(1)?;
    write!(p, "{} > {}, ", b.be32(16)?, b.be32(20)?);
    match p.set.quiet {
        0 => {
            let name = tok(FAMILIES, family.into(), "Unknown");
            write!(p, "family {name} ({family})");
        }
        _ => p.name(FAMILIES, family, "Unknown Ethertype (0x%04x)"),
    }
    write!(p, ", length {length}: ");
    Ok(())
}
