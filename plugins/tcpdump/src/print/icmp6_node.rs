//! ICMPv6: information about nodes (RFC 4620) and the renumbering of routers (RFC 2894).

use super::prelude::*;

const ADDRESS_FLAGS: &Table = &[(1, "T"), (2, "A"), (4, "C"), (8, "L"), (16, "S"), (32, "G")];
const V4_FLAGS: &Table = &[(1, "T"), (2, "A")];
const RENUMBERING_FLAGS: &Table = &[
    (0x80, "T"),
    (0x40, "R"),
    (0x20, "A"),
    (0x10, "S"),
    (0x08, "P"),
];

/// A name in labels, up to the end of the packet.
fn labels(p: &mut Printer, b: &[u8]) -> Done {
    p.text(", \"");
    let mut at = 0;
    while at < b.len() {
        let mut count = usize::from(b.u8(at)?);
        at += 1;
        if count == 0 {
            if at == b.len() {
                p.text(".");
            } else if !(at + 1 == b.len() && b.u8(at)? == 0) {
                p.text("???");
            }
            break;
        }
        if count > b.len() - at {
            p.text("???");
            break;
        }
        while count > 0 && at < b.len() {
            p.character(b.u8(at)?);
            at += 1;
            count -= 1;
        }
        if at + 1 < b.len() && b.u8(at)? != 0 {
            p.text(".");
        }
    }
    p.text("\"");
    Ok(())
}

fn kind_flags(p: &mut Printer, table: &Table, flags: u16) {
    if flags != 0 {
        write!(p, " [{}]", bits(table, flags.into(), "none", ""));
    }
}

/// Prints a query or a reply; false when nothing more is printed.
///
/// # Errors
/// [`Cut`]
pub(crate) fn information(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let size = b.len();
    if b.u8(0)? == 140 {
        return reply(p, b, length);
    }
    if size == 12 {
        p.text(" who-are-you request");
        return Ok(true);
    }
    if !b.has(16) {
        p.truncated();
        return Ok(true);
    }
    p.text(" (");
    let (question, flags) = (b.be16(4)?, b.be16(6)?);
    match question {
        0 => p.text("noop"),
        2 => p.text("node name"),
        3 | 4 => {
            let (name, table) = match question {
                3 => ("node addresses", ADDRESS_FLAGS),
                _ => ("ipv4 addresses", V4_FLAGS),
            };
            p.text(name);
            kind_flags(p, table, flags);
            if flags & 1 != 0 {
                p.text(" [invalid flag Truncate present]");
            }
        }
        _ => p.text("unknown"),
    }
    if question == 0 {
        if size != 16 && p.v(1) {
            p.text(", invalid len");
        }
        p.text(")");
        return Ok(true);
    }
    let wrong = |p: &mut Printer| {
        if p.v(1) {
            p.text(", invalid subject len");
        }
    };
    match b.u8(1)? {
        0 if size < 32 => {}
        0 if size != 32 => wrong(p),
        0 => {
            p.text(", subject=");
            p.v6_at(b, 16)?;
        }
        1 => {
            p.text(", subject=DNS name");
            labels(p, b.tail(16))?;
        }
        2 if size < 20 => {}
        2 if size != 20 => wrong(p),
        2 => {
            p.text(", subject=");
            p.v4_at(b, 16)?;
        }
        _ => p.text(", unknown subject"),
    }
    p.text(")");
    Ok(true)
}

fn reply(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let size = b.len();
    if length > size {
        p.truncated();
        return Ok(true);
    }
    if !b.has(16) {
        p.truncated();
        return Ok(true);
    }
    p.text(" (");
    let code = b.u8(1)?;
    let mut comma = true;
    match code {
        0 if p.v(1) => p.text("success"),
        0 => comma = false,
        1 | 2 => {
            p.text(if code == 1 { "refused" } else { "unknown" });
            if size != 16 && p.v(1) {
                p.text(", invalid length");
            }
        }
        _ => {}
    }
    if code != 0 {
        p.text(")");
        return Ok(true);
    }
    if comma {
        p.text(", ");
    }
    let flags = b.be16(6)?;
    match b.be16(4)? {
        0 => {
            p.text("noop");
            if size != 16 && p.v(1) {
                p.text(", invalid length");
            }
        }
        2 => {
            p.text("node name");
            labels(p, b.tail(20))?;
            if flags & 1 != 0 {
                write!(p, " [TTL={}]", b.be32(16)?);
            }
        }
        3 => {
            p.text("node addresses");
            kind_flags(p, ADDRESS_FLAGS, flags);
            let mut at = 16;
            while at + 20 <= size {
                p.text(" ");
                p.v6_at(b, at + 4)?;
                write!(p, "({})", b.be32(at)?);
                at += 20;
            }
        }
        4 => {
            p.text("ipv4 addresses");
            kind_flags(p, ADDRESS_FLAGS, flags);
            let mut at = 16;
            while at < size {
                let ttl = b.be32(at)?;
                p.text(" ");
                p.v4_at(b, at + 4)?;
                write!(p, "({ttl})");
                at += 8;
            }
        }
        _ => p.text("unknown"),
    }
    p.text(")");
    Ok(true)
}

/// Prints a renumbering of routers.
///
/// # Errors
/// [`Cut`]
pub(crate) fn renumbering(p: &mut Printer, b: &[u8]) -> Done<bool> {
    let Ok(reserved) = b.be32(12) else {
        p.truncated();
        return Ok(true);
    };
    let code = b.u8(1)?;
    match code {
        0 => p.text(", command"),
        1 => p.text(", result"),
        255 => p.text(", sequence number reset"),
        _ => write!(p, ", code-#{code}"),
    }
    write!(p, ", seq={}", b.be32(4)?);
    if p.v(1) {
        let flags = b.u8(9)?;
        p.text("[");
        if flags != 0 {
            write!(p, "{},", bits(RENUMBERING_FLAGS, flags.into(), "none", ""));
        }
        write!(p, "seg={},maxdelay={}", b.u8(8)?, b.be16(10)?);
        if reserved != 0 {
            write!(p, "rsvd=0x{reserved:x}");
        }
        p.text("]");
    }
    if code != 0 {
        return Ok(true);
    }
    let part = b.tail(16);
    if !part.has(24) {
        p.truncated();
        return Ok(true);
    }
    let break_line = if p.v(2) { "\n\t" } else { " " };
    write!(p, "{break_line}match(");
    p.name(
        &[(1, "add"), (2, "change"), (3, "setglobal")],
        part.u8(0)?,
        "#%u",
    );
    if p.v(1) {
        write!(
            p,
            ",ord={},min={},max={}",
            part.u8(2)?,
            part.u8(4)?,
            part.u8(5)?
        );
    }
    p.text(",");
    p.v6_at(part, 8)?;
    write!(p, "/{})", part.u8(3)?);
    let units = i32::from(part.u8(1)?) - 3;
    if units % 4 != 0 {
        p.truncated();
        return Ok(true);
    }
    let mut part = part.tail(24);
    for _ in 0..units / 4 {
        if !part.has(32) {
            p.truncated();
            return Ok(true);
        }
        write!(p, "{break_line}use(");
        let flags = part.u8(12)?;
        if flags != 0 {
            if flags & 0x80 != 0 {
                p.text("V");
            }
            if flags & 0x40 != 0 {
                p.text("P");
            }
            p.text(",");
        }
        if p.v(1) {
            write!(p, "mask=0x{:x},raflags=0x{:x},", part.u8(2)?, part.u8(3)?);
            for (name, at) in [("vltime", 4), ("pltime", 8)] {
                match part.be32(at)? {
                    u32::MAX => write!(p, "{name}=infty,"),
                    time => write!(p, "{name}={time},"),
                }
            }
        }
        p.v6_at(part, 16)?;
        write!(p, "/{}/{})", part.u8(0)?, part.u8(1)?);
        part = part.tail(32);
    }
    Ok(true)
}
