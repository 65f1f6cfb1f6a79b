//! AODV (RFC 3561): routes between what moves.

use super::prelude::*;

const KINDS: &Table = &[(1, "rreq"), (2, "rrep"), (3, "rerr"), (4, "rrep-ack")];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, version: u8) -> Done {
    p.protocol = "aodv";
    p.text(" aodv");
    let kind = b.u8(0)?;
    p.text(" ");
    p.name(KINDS, kind, "type %u");
    let size = if version == 4 { 4 } else { 16 };
    match kind {
        1 => request(p, b, length, size),
        2 => reply(p, b, length, size),
        3 => error(p, b, length, size),
        _ => {
            write!(p, " {length}");
            Ok(())
        }
    }
}

fn address(p: &mut Printer, b: &[u8], at: usize, size: usize) -> Done {
    match size {
        4 => p.v4_at(b, at),
        _ => p.v6_at(b, at),
    }
}

fn flag(octet: u8, bit: u8, yes: &'static str, no: &'static str) -> &'static str {
    if octet & bit != 0 { yes } else { no }
}

fn request(p: &mut Printer, b: &[u8], length: usize, size: usize) -> Done {
    let end = 16 + 2 * size;
    if length < end {
        p.bad("message length", length, "<", end);
        return Ok(());
    }
    let kind = b.u8(0)?;
    let (hops, id) = (b.u8(3)?, b.be32(4)?);
    let (to, from) = (b.be32(8 + size)?, b.be32(12 + 2 * size)?);
    write!(p, " {length} ");
    for (bit, yes, no) in [
        (0x80, "[J]", ""),
        (0x40, "[R]", ""),
        (0x20, "[G]", ""),
        (0x10, "[D]", ""),
        (0x08, "[U] ", " "),
    ] {
        p.text(flag(kind, bit, yes, no));
    }
    write!(p, "hops {hops} id 0x{id:08x}\n\tdst ");
    address(p, b, 8, size)?;
    write!(p, " seq {to} src ");
    address(p, b, 12 + size, size)?;
    write!(p, " seq {from}");
    extension(p, b.tail(end), length - end)
}

fn reply(p: &mut Printer, b: &[u8], length: usize, size: usize) -> Done {
    let end = 12 + 2 * size;
    if length < end {
        p.bad("message length", length, "<", end);
        return Ok(());
    }
    let kind = b.u8(0)?;
    let (prefix, hops) = (b.u8(2)? & 0x1f, b.u8(3)?);
    let (sequence, life) = (b.be32(4 + size)?, b.be32(8 + 2 * size)?);
    let (repair, wanted) = (flag(kind, 0x80, "[R]", ""), flag(kind, 0x40, "[A] ", " "));
    write!(
        p,
        " {length} {repair}{wanted}prefix {prefix} hops {hops}\n\tdst "
    );
    address(p, b, 4, size)?;
    write!(p, " dseq {sequence} src ");
    address(p, b, 8 + size, size)?;
    write!(p, " {life} ms");
    extension(p, b.tail(end), length - end)
}

fn error(p: &mut Printer, b: &[u8], length: usize, size: usize) -> Done {
    if length < 4 {
        p.bad("message length", length, "<", 4);
        return Ok(());
    }
    let (flags, count) = (b.u8(1)?, b.u8(3)?);
    let kept = flag(flags, 0x80, "[D]", "");
    write!(p, " {kept} [items {count}] [{length}]:");
    let mut at = 4;
    for _ in 0..count {
        if length - at < size + 4 {
            p.bad("remaining length", length - at, "<", size + 4);
            return Ok(());
        }
        let sequence = b.be32(at + size)?;
        p.text(" {");
        address(p, b, at, size)?;
        write!(p, "}}({sequence})");
        at += size + 4;
    }
    Ok(())
}

fn extension(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 2 {
        return Ok(());
    }
    let (kind, size) = (b.u8(0)?, b.u8(1)?);
    if kind != 1 {
        write!(p, "\n\text {kind} {size}");
        return Ok(());
    }
    if length < 6 {
        p.bad("ext data length", length, "<", 6);
    } else if size < 4 {
        write!(p, "\n\text HELLO - bad length {size}");
        p.invalid();
    } else {
        let interval = b.be32(2)?;
        write!(p, "\n\text HELLO {interval} ms");
    }
    Ok(())
}
