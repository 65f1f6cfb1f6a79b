//! Broadcom's header of lawful interception.

use super::prelude::*;
use super::{ethernet, ip, ip6};

const KINDS: &Table = &[(4, "undecided"), (5, "ipv4"), (6, "ipv6"), (7, "ethernet")];
const TAGS: &Table = &[
    (1, "single VLAN tag"),
    (2, "double VLAN tag"),
    (3, "untagged"),
];

/// Prints the header and, with -v, the packet behind it.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "bcm_li";
    if length < 4 {
        write!(p, " (length {length} < 4)");
        p.invalid();
        return Ok(());
    }
    let word = b.be32(0)?;
    let (b, length) = (b.tail(4), length - 4);
    let kind = (word >> 25) & 0xf;
    let line = if p.v(1) { "\n    " } else { "" };
    let directions = [(1, "unused"), (2, "egress"), (3, "ingress")];
    let direction = tok(&directions, word >> 29, "unknown");
    write!(p, "{line}BCM-LI-SHIM: direction {direction}, ");
    write!(p, "pkt-type {}, ", tok(KINDS, kind, "unknown"));
    let tags = tok(TAGS, (word >> 22) & 7, "unknown");
    write!(p, "pkt-subtype {tags}, li-id {}{line}", word & 0x3f_ffff);
    if !p.v(1) {
        return b.octets(0, length).map(|_| ());
    }
    match kind {
        7 => ethernet::print(p, b, length).map(|_| ()),
        5 => ip::print(p, b, length),
        6 => ip6::print(p, b, length),
        4 => match b.u8(0)? >> 4 {
            4 => ip::print(p, b, length),
            6 => ip6::print(p, b, length),
            _ => {
                p.text("unknown payload");
                Ok(())
            }
        },
        _ => {
            p.invalid();
            Ok(())
        }
    }
}
