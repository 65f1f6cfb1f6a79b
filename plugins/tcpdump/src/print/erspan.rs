//! ERSPAN of types I, II and III: frames that a switch mirrors.

use super::ethernet;
use super::prelude::*;

/// Types I and II.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, sequenced: bool, b: &[u8], length: usize) -> Done {
    p.protocol = "erspan";
    p.text("erspan");
    if !sequenced {
        p.text(" type1: ");
        return ethernet::print(p, b, length).map(|_| ());
    }
    if length < 4 {
        p.bad("len", length, "<", 4);
        return Ok(());
    }
    let header = b.be32(0)?;
    if header >> 28 != 1 {
        write!(p, " erspan-unknown-version-{:x}", header >> 28);
        return Ok(());
    }
    if p.v(1) {
        p.text(" type2");
    }
    write!(p, " session {}", header & 0x3ff);
    let vlan = header >> 16 & 0xfff;
    match header >> 11 & 3 {
        1 => write!(p, " isl {vlan}"),
        2 => write!(p, " vlan {vlan}"),
        3 => p.text(" vlan payload"),
        _ => {}
    }
    if p.v(1) {
        write!(p, " cos {}", header >> 13 & 7);
        if header & 0x400 != 0 {
            p.text(" truncated");
        }
    }
    if length < 8 {
        p.bad("len", length - 4, "<", 4);
        return Ok(());
    }
    let index = b.be32(4)?;
    if p.v(1) {
        write!(p, " index {}", index & 0xf_ffff);
    }
    p.text(": ");
    ethernet::print(p, b.tail(8), length - 8).map(|_| ())
}

/// Type III.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print3(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "erspan";
    p.text("erspan");
    if length < 4 {
        p.bad("len", length, "<", 4);
        return Ok(());
    }
    let header = b.be32(0)?;
    if header >> 28 != 2 {
        write!(p, " erspan-unknown-version-{:x}", header >> 28);
        return Ok(());
    }
    if p.v(1) {
        p.text(" type3");
    }
    write!(p, " session {} bso ", header & 0x3ff);
    let quality = [
        (0, "Good/unknown"),
        (3, "Bad"),
        (1, "Short"),
        (2, "Oversized"),
    ];
    p.name(&quality, header >> 11 & 3, "unknown %x");
    if p.v(1) {
        write!(p, " cos {}", header >> 13 & 7);
        if header & 0x400 != 0 {
            p.text(" truncated");
        }
    }
    let mut left = length - 4;
    for (at, size) in [(4, 4), (8, 2), (10, 2)] {
        if left < size {
            p.bad("len", left, "<", size);
            return Ok(());
        }
        b.octets(at, size)?;
        left -= size;
    }
    let flags = b.be16(10)?;
    let frame = flags >> 10 & 0x1f;
    p.text(" ft ");
    p.name(&[(0, "Ethernet"), (2, "IP")], frame, "unknown %x");
    let mut at = 12;
    if flags & 1 != 0 {
        if left < 8 {
            p.bad("len", left, "<", 8);
            return Ok(());
        }
        b.octets(at, 8)?;
        at += 8;
        left -= 8;
    }
    p.text(": ");
    match frame {
        0 => ethernet::print(p, b.tail(at), left).map(|_| ()),
        _ => {
            p.text("Frame type unknown");
            Ok(())
        }
    }
}
