//! DVMRP: distance vector multicast routing (RFC 1075), which IGMP carries.

use std::net::Ipv4Addr;

use super::prelude::*;

const KINDS: &Table = &[
    (1, "Probe"),
    (2, "Report"),
    (3, "Ask-neighbors(old)"),
    (4, "Neighbors(old)"),
    (5, "Ask-neighbors2"),
    (6, "Neighbors2"),
    (7, "Prune"),
    (8, "Graft"),
    (9, "Graft-ACK"),
];
const FLAGS: [(u8, &str); 5] = [
    (0x01, "/tunnel"),
    (0x02, "/srcrt"),
    (0x40, "/querier"),
    (0x20, "/disabled"),
    (0x10, "/down"),
];

/// Prints a message of at least eight octets.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "dvmrp";
    let kind = b.u8(1)?;
    write!(p, " {}", tok(KINDS, kind.into(), "[type %u]"));
    let mut f = Fields::new(b.tail(8), length.saturating_sub(8));
    match kind {
        1 if p.v(1) => probe(p, &mut f),
        2 if p.v(2) => report(p, &mut f),
        4 => neighbors(p, &mut f),
        6 => {
            write!(p, " (v {}.{}):", b.u8(7)?, b.u8(6)?);
            neighbors_2(p, &mut f)
        }
        7..=9 => {
            b.octets(8, 8)?;
            p.text(" src ");
            p.v4_at(b, 8)?;
            p.text(" grp ");
            p.v4_at(b, 12)?;
            if kind == 7 {
                p.text(" timer ");
                p.span(b.be32(16)?);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Says when there is not room for what follows.
fn short(p: &mut Printer, f: &Fields<'_>, what: &str, least: usize) -> bool {
    if f.left < least {
        write!(p, "{what} {} < {least}]", f.left);
        p.invalid();
    }
    f.left < least
}

fn probe(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    if short(p, f, " [full length", 4) {
        return Ok(());
    }
    p.text(if p.v(2) { "\n\t" } else { " " });
    write!(p, "genid {}", f.be32()?);
    while p.v(2) && !f.is_empty() {
        if short(p, f, "[remaining length", 4) {
            return Ok(());
        }
        let neighbor = f.take(4)?;
        p.text("\n\tneighbor ");
        p.v4_at(neighbor, 0)?;
    }
    Ok(())
}

fn report(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    while !f.is_empty() {
        if f.left < 3 {
            p.bad("length", f.left, "<", 3);
            return Ok(());
        }
        let [a, b, c]: [u8; 3] = f.take(3)?.array(0)?;
        let width = match (a, b, c) {
            (_, _, 1..) => 4,
            (_, 1.., _) => 3,
            (1.., ..) => 2,
            _ => 1,
        };
        write!(p, "\n\tMask {}", Ipv4Addr::new(255, a, b, c));
        loop {
            if f.left < width + 1 {
                p.text("\n\t  [Truncated Report]");
                p.invalid();
                return Ok(());
            }
            let mut origin = [0; 4];
            for (to, from) in origin.iter_mut().zip(f.take(width)?) {
                *to = *from;
            }
            let metric = f.u8()?;
            write!(
                p,
                "\n\t  {} metric {}",
                Ipv4Addr::from(origin),
                metric & 0x7f
            );
            if metric & 0x80 != 0 {
                break;
            }
        }
    }
    Ok(())
}

fn neighbors(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    while !f.is_empty() {
        if short(p, f, " [length", 7) {
            return Ok(());
        }
        let head = f.take(7)?;
        let (metric, threshold) = (head.u8(4)?, head.u8(5)?);
        for _ in 0..head.u8(6)? {
            if short(p, f, " [length", 4) {
                return Ok(());
            }
            p.text(" [");
            p.v4_at(head, 0)?;
            p.text(" ->");
            let neighbor = f.take(4)?;
            p.text(" ");
            p.v4_at(neighbor, 0)?;
            write!(p, ", ({metric}/{threshold})]");
        }
    }
    Ok(())
}

fn neighbors_2(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    while !f.is_empty() {
        if f.left < 8 {
            p.bad("length", f.left, "<", 8);
            return Ok(());
        }
        let head = f.take(8)?;
        let (metric, threshold, flags) = (head.u8(4)?, head.u8(5)?, head.u8(6)?);
        let mut count = head.u8(7)?;
        while count > 0 && !f.is_empty() {
            count -= 1;
            if f.left < 4 {
                p.bad("length", f.left, "<", 4);
                return Ok(());
            }
            p.text(" [");
            p.v4_at(head, 0)?;
            p.text(" -> ");
            let neighbor = f.take(4)?;
            p.v4_at(neighbor, 0)?;
            write!(p, " ({metric}/{threshold}");
            for (bit, name) in FLAGS {
                p.text(if flags & bit != 0 { name } else { "" });
            }
            p.text(")]");
        }
        if count > 0 {
            write!(p, " [ncount {}]", count - 1);
            p.invalid();
            return Ok(());
        }
    }
    Ok(())
}
