//! Captures without a link: raw IP, and BSD's loopback with the number of a protocol family before it.

use super::prelude::*;
use super::{ip, ip6, isoclns};

const FAMILIES: &Table = &[
    (2, "IPv4"),
    (6, "NS"),
    (7, "ISO"),
    (16, "Appletalk"),
    (23, "IPX"),
    (24, "IPv6"),
    (28, "IPv6"),
    (30, "IPv6"),
];

/// IP of either version.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "raw";
    if length < 1 {
        write!(p, "truncated-ip {length}");
        return Ok(());
    }
    match b.u8(0)? >> 4 {
        4 => v4(p, b, length),
        6 => v6(p, b, length),
        version => {
            write!(p, "IP{version}");
            p.invalid();
            Ok(())
        }
    }
}

/// IPv4.
///
/// # Errors
/// [`Cut`]
pub(crate) fn v4(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if p.set.link {
        p.text("IP ");
    }
    ip::print(p, b, length)
}

/// IPv6.
///
/// # Errors
/// [`Cut`]
pub(crate) fn v6(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if p.set.link {
        p.text("IP6 ");
    }
    ip6::print(p, b, length)
}

/// The family in the order of octets of the machine that captured it: it is small, so that tells the order.
///
/// # Errors
/// [`Cut`]
pub(crate) fn null(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "null";
    b.octets(0, 4)?;
    p.link_header += 4;
    let mut family = b.le32(0)?;
    if family & 0xffff_0000 != 0 {
        family = family.swap_bytes();
    }
    let header = |p: &mut Printer| {
        if p.set.quiet == 0 {
            write!(p, "AF {} ({family})", tok(FAMILIES, family, "Unknown"));
        } else {
            p.name(FAMILIES, family, "Unknown AF %u");
        }
        write!(p, ", length {length}: ");
    };
    if p.set.link {
        header(p);
    }
    let (b, rest) = (b.tail(4), length.saturating_sub(4));
    match family {
        2 => ip::print(p, b, rest),
        24 | 28 | 30 => ip6::print(p, b, rest),
        7 => isoclns::print(p, b, rest),
        _ => {
            if !p.set.link {
                header(p);
            }
            p.octets_of_unknown(b);
            Ok(())
        }
    }
}
