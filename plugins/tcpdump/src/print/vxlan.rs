//! VXLAN (RFC 7348) and its generic protocol extension.

use super::prelude::*;
use super::{ethernet, ip, ip6, nsh};

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "vxlan";
    p.text("VXLAN");
    if length < 8 {
        p.bad("length", length, "<", 8);
        return Ok(());
    }
    let flags = b.u8(0)?;
    let names = bits(&[(8, "I")], flags.into(), "invalid", "");
    write!(p, ", flags [{names}] (0x{flags:02x}), ");
    match flags & 8 {
        0 => p.text("ERROR: I flag not set\n"),
        _ => writeln!(p, "vni {}", b.be24(4)?),
    }
    b.u8(7)?;
    ethernet::print(p, b.tail(8), length - 8).map(|_| ())
}

/// Prints a packet of the extension.
///
/// # Errors
/// [`Cut`]
pub(crate) fn gpe(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "vxlan_gpe";
    p.text("VXLAN-GPE, ");
    if length < 8 {
        write!(p, " (len {length} < 8)");
        p.invalid();
        return Ok(());
    }
    let flags = b.u8(0)?;
    let version = flags >> 4 & 3;
    if version != 0 {
        write!(p, "unknown version {version}");
        p.invalid();
        return Ok(());
    }
    let names = bits(
        &[(8, "I"), (4, "P"), (2, "B"), (1, "O")],
        flags.into(),
        "none",
        "",
    );
    write!(p, "flags [{names}], ");
    let next = if flags & 4 != 0 { b.u8(3)? } else { 3 };
    match flags & 8 {
        0 => p.text("ERROR: I flag not set"),
        _ => write!(p, "vni {}", b.be24(4)?),
    }
    if flags & 2 != 0 {
        p.text(", BUM");
    }
    if flags & 1 != 0 {
        write!(p, ", OAM (proto 0x{next:x}, len {})", length - 7);
        return Ok(());
    }
    b.u8(7)?;
    p.text(if p.v(1) { "\n    " } else { ": " });
    let (b, length) = (b.tail(8), length - 8);
    match next {
        1 => ip::print(p, b, length),
        2 => ip6::print(p, b, length),
        3 => ethernet::print(p, b, length).map(|_| ()),
        4 => nsh::print(p, b, length),
        _ => {
            p.text("ERROR: unknown-next-protocol");
            p.invalid();
            Ok(())
        }
    }
}
