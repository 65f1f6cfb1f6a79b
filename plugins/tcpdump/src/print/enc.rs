//! The packets of IPsec as the systems of BSD capture them.

use super::prelude::*;
use super::{ip, ip6};

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "enc";
    b.octets(0, 12)?;
    p.link_header += 12;
    let (mut family, mut flags) = (b.le32(0)?, b.le32(8)?);
    if family >> 16 != 0 {
        family = family.swap_bytes();
        flags = flags.swap_bytes();
    }
    p.text(if flags == 0 { "(unprotected): " } else { "(" });
    for (bit, name) in [(0x800, "authentic"), (0x400, "confidential")] {
        if flags & bit != 0 {
            p.text(name);
            p.text(if flags == bit { "): " } else { "," });
            flags &= !bit;
        }
    }
    write!(p, "SPI 0x{:08x}: ", b.be32(4)?);
    let (rest, left) = (b.tail(12), length.saturating_sub(12));
    match family {
        2 => ip::print(p, rest, left),
        24 | 28 | 30 => ip6::print(p, rest, left),
        _ => Ok(()),
    }
}
