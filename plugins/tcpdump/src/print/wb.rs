//! wb: a whiteboard that many draw on.

use super::prelude::*;

const OPERATIONS: &Table = &[
    (2, "RECT"),
    (3, "LINE"),
    (4, "ML"),
    (5, "DEL"),
    (6, "XFORM"),
    (7, "ELL"),
    (8, "CHAR"),
    (9, "STR"),
    (10, "NOP"),
    (11, "PSCODE"),
    (12, "PSCOMP"),
    (13, "REF"),
    (14, "SKIP"),
    (15, "HOLE"),
];

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "wb";
    if length < 12 {
        p.invalid();
        return Ok(());
    }
    b.octets(0, 12)?;
    let (kind, flags) = (b.u8(10)?, b.u8(11)?);
    p.text(if flags != 0 { "*" } else { "" });
    let (b, length) = (b.tail(12), length - 12);
    let (name, needed) = match kind {
        4 => {
            p.text(" wb-kill");
            return Ok(());
        }
        1 => ("id", 28),
        2 => ("rreq", 20),
        3 => ("rrep", 20),
        0 => ("dop", 16),
        5 => ("preq", 16),
        7 => ("prep", 4),
        _ => {
            write!(p, " wb-{kind}!");
            p.invalid();
            return Ok(());
        }
    };
    write!(p, " wb-{name}:");
    if length < needed {
        p.invalid();
        return Ok(());
    }
    match kind {
        1 => return announcement(p, b, length - 28),
        2 => {
            let site = b.array(0)?;
            let page = (b.array(4)?, b.be32(8)?);
            let (from, to) = (b.be32(12)?, b.be32(16)?);
            p.text(" please repair ");
            p.v4(site);
            p.text(" ");
            p.v4(page.0);
            write!(p, ":{}<{from}:{to}>", page.1);
        }
        3 => {
            let site = b.array(0)?;
            drawing(p, b.tail(4), Some(site))?;
        }
        0 => drawing(p, b, None)?,
        5 => {
            let (low, site, page) = (b.be32(8)?, b.array(0)?, b.be32(4)?);
            write!(p, " need {low}/");
            p.v4(site);
            write!(p, ":{page}");
            b.octets(0, 16)?;
        }
        _ => pages(p, b)?,
    }
    Ok(())
}

fn drawing(p: &mut Printer, b: &[u8], repaired: Option<[u8; 4]>) -> Done {
    let (site, page) = (b.array(0)?, b.be32(4)?);
    let (from, to) = (b.be32(8)?, b.be32(12)?);
    if let Some(repaired) = repaired {
        p.text(" for ");
        p.v4(repaired);
    }
    p.text(" ");
    p.v4(site);
    write!(p, ":{page}<{from}:{to}>");
    if p.v(1) {
        operations(p, b.tail(16), from, to)?;
    }
    Ok(())
}

fn operations(p: &mut Printer, b: &[u8], from: u32, to: u32) -> Done {
    p.text(" <");
    let (mut at, mut number) = (0, from);
    while number <= to {
        let kind = b.u8(at + 7)?;
        p.text(" ");
        p.name(OPERATIONS, kind, "dop-%u!");
        if matches!(kind, 14 | 15) {
            let end = b.be32(at)?;
            write!(p, "{}", end.wrapping_sub(number).wrapping_add(1));
            if number > end || end > to {
                p.text("[|]");
                if end < number {
                    return Ok(());
                }
            }
            number = end;
        }
        at += (usize::from(b.be16(at + 4)?) + 8).next_multiple_of(4);
        number = match number.checked_add(1) {
            Some(next) => next,
            None => break,
        };
    }
    p.text(" >");
    Ok(())
}

fn announcement(p: &mut Printer, b: &[u8], length: usize) -> Done {
    let (slot, own) = (b.be32(12)?, (b.array(16)?, b.be32(20)?));
    let (most, page) = (b.be32(0)?, (b.array(4)?, b.be32(8)?));
    write!(p, " {slot}/");
    p.v4(own.0);
    write!(p, ":{} (max {most}/", own.1);
    p.v4(page.0);
    write!(p, ":{}) ", page.1);
    b.octets(0, 28)?;
    let count = usize::from(b.be16(24)?);
    if length < count * 8 {
        p.invalid();
        return Ok(());
    }
    offsets(p, b.tail(28), count)?;
    p.text("> \"");
    p.padded_string_at(b, 28 + count * 8, length - count * 8)?;
    p.text("\"");
    Ok(())
}

fn offsets(p: &mut Printer, b: &[u8], count: usize) -> Done {
    for place in 0..count {
        let (site, offset) = (b.array(place * 8)?, b.be32(place * 8 + 4)?);
        p.text(if place == 0 { "<" } else { "," });
        p.v4(site);
        write!(p, ":{offset}");
    }
    Ok(())
}

fn pages(p: &mut Printer, b: &[u8]) -> Done {
    let mut at = 4;
    for _ in 0..b.be32(0)? {
        let (slot, site, page) = (b.be32(at)?, b.array(at + 4)?, b.be32(at + 8)?);
        write!(p, " {slot}/");
        p.v4(site);
        write!(p, ":{page}");
        b.octets(at, 16)?;
        let count = usize::from(b.u8(at + 12)?);
        offsets(p, b.tail(at + 16), count)?;
        p.text(">");
        at += 16 + count * 8;
    }
    Ok(())
}
