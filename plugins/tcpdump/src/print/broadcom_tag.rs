//! Tags of Broadcom's switches in Ethernet frames, and before them.

use super::ethernet;
use super::prelude::*;

const OPCODES: &Table = &[(0, "EG"), (1, "IG")];
const TAGGING: &Table = &[(0, "None"), (1, "Untag"), (2, "Header"), (3, "Reserved")];
const REASONS: &Table = &[
    (1, "mirror"),
    (2, "MAC learning"),
    (4, "switching"),
    (8, "prot term"),
    (16, "prot snoop"),
    (32, "exception"),
    (64, "reserved-6"),
    (128, "reserved-7"),
];
const PORTS: &Table = &[
    (1, "port 0"),
    (2, "port 1"),
    (4, "port 2"),
    (8, "port 3"),
    (16, "port 4"),
    (32, "port 5"),
    (64, "port 6"),
    (128, "port 7"),
    (256, "port 8"),
];

/// Prints a frame with a tag behind its addresses.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "brcm-tag";
    p.link_header += ethernet::tagged(p, b, length, 4, tag)?;
    Ok(())
}

/// Prints a frame with a tag before it.
///
/// # Errors
/// [`Cut`]
pub(crate) fn prepended(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "brcm-tag-prepend";
    b.octets(0, 4)?;
    p.link_header += 4;
    if p.set.link {
        tag(p, b)?;
    }
    p.link_header += ethernet::print(p, b.tail(4), length.saturating_sub(4))?;
    Ok(())
}

fn tag(p: &mut Printer, b: &[u8]) -> Done {
    let [first, second, third, fourth]: [u8; 4] = b.array(0)?;
    let operation = first >> 5;
    write!(p, "BRCM tag OP: {}", tok(OPCODES, operation.into(), "#%d"));
    match operation {
        0 => {
            let reasons = bits(REASONS, third.into(), "none", ", ");
            write!(p, ", CID: {second}, RC: [{reasons}]");
            write!(p, ", TC: {}, port: {}", fourth >> 5, fourth & 0x1f);
        }
        1 => {
            let tagging = tok(TAGGING, (first & 3).into(), "unknown");
            write!(p, ", TC: {}, TE: {tagging}", first >> 2 & 7);
            let map = u32::from(third & 1) << 8 | u32::from(fourth);
            let ports = bits(PORTS, map, "none", ", ");
            write!(p, ", TS: {}, DST map: [{ports}]", second >> 7);
        }
        _ => {}
    }
    p.text(", ");
    Ok(())
}
