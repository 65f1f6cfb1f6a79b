//! IS-IS: what shortest path bridging adds (RFC 6329).

use super::prelude::*;

const PORT_PARTS: &Table = &[(4, "SPB MCID"), (5, "SPB Digest"), (6, "SPB BVID")];
const CAPABILITY_PARTS: &Table = &[
    (1, "SPB Instance"),
    (3, "SPBM Service Identifier and Unicast Address"),
];

/// Prints an element of ports, with their topology.
///
/// # Errors
/// [`Cut`]
pub(crate) fn port(p: &mut Printer, b: &[u8], size: usize) -> Done {
    let head = b.be16(0)?;
    write!(
        p,
        "\n\t       RES: {}, MTID(s): {}",
        head >> 12,
        head & 0xfff
    );
    parts(p, b.tail(2), size - 2, ("       ", PORT_PARTS), port_part)
}

/// Prints an element of what a bridge can do, with its topology.
///
/// # Errors
/// [`Cut`]
pub(crate) fn capability(p: &mut Printer, b: &[u8], size: usize) -> Done {
    let head = b.be16(0)?;
    write!(p, "\n\t      O: {}, RES: {}", head >> 15, head >> 12 & 7);
    write!(p, ", MTID(s): {}", head & 0xfff);
    parts(
        p,
        b.tail(2),
        size - 2,
        ("      ", CAPABILITY_PARTS),
        capability_part,
    )
}

/// How an element within one ends.
enum End {
    /// As it should.
    Printed,
    /// It is too short.
    Short,
    /// It is shorter than what it says that it holds.
    Truncated,
}

type Part = fn(&mut Printer, u8, &[u8]) -> Done<End>;

fn parts(
    p: &mut Printer,
    b: &[u8],
    length: usize,
    (indent, names): (&str, &Table),
    print: Part,
) -> Done {
    let (mut at, mut left) = (0, length);
    while left > 2 {
        let (kind, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        let name = tok(names, kind.into(), "unknown");
        write!(p, "\n\t{indent}{name} subTLV #{kind}, length: {size}");
        (at, left) = (at + 2, left - 2);
        if left < size {
            p.text(" (> containing TLV length)");
            return Ok(());
        }
        let Ok(v) = b.octets(at, size) else {
            p.truncated();
            return Ok(());
        };
        match print(p, kind, v)? {
            End::Printed => {}
            End::Short => {
                p.text(" (too short)");
                return Ok(());
            }
            End::Truncated => {
                p.truncated();
                return Ok(());
            }
        }
        (at, left) = (at + size, left - size);
    }
    Ok(())
}

/// The identifier of a configuration of spanning trees.
fn configuration(p: &mut Printer, v: &[u8]) -> Done {
    write!(p, "ID: {}, Name: ", v.u8(0)?);
    p.padded_string_at(v, 1, 32)?;
    write!(p, "\n\t              Lvl: {}, Digest: ", v.be16(33)?);
    for octet in v.octets(35, 16)? {
        write!(p, "{octet:02x} ");
    }
    Ok(())
}

fn port_part(p: &mut Printer, kind: u8, v: &[u8]) -> Done<End> {
    match kind {
        4 => {
            if v.len() < 102 {
                return Ok(End::Short);
            }
            p.text("\n\t         MCID: ");
            configuration(p, v)?;
            p.text("\n\t         AUX-MCID: ");
            configuration(p, v.tail(51))?;
        }
        5 => {
            if v.len() < 33 {
                return Ok(End::Short);
            }
            let first = v.u8(0)?;
            write!(p, "\n\t        RES: {} V: {}", first >> 5, first >> 4 & 1);
            write!(
                p,
                " A: {} D: {}\n\t         Digest: ",
                first >> 2 & 3,
                first & 3
            );
            for word in 0..8 {
                write!(p, "{:08x} ", v.be32(1 + word * 4)?);
                p.text(if word == 3 {
                    "\n\t                 "
                } else {
                    ""
                });
            }
        }
        6 => {
            let mut v = v;
            while !v.is_empty() {
                if v.len() < 4 {
                    return Ok(End::Short);
                }
                write!(p, "\n\t           ECT: {:08x}", v.be32(0)?);
                if v.len() < 6 {
                    return Ok(End::Short);
                }
                let word = v.be16(4)?;
                write!(
                    p,
                    " BVID: {}, U:{:x} M:{:x} ",
                    word >> 4,
                    word >> 3 & 1,
                    word >> 2 & 1
                );
                v = v.tail(6);
            }
        }
        _ => {}
    }
    Ok(End::Printed)
}

fn capability_part(p: &mut Printer, kind: u8, v: &[u8]) -> Done<End> {
    match kind {
        1 => {
            if v.len() < 19 {
                return Ok(End::Short);
            }
            write!(
                p,
                "\n\t        CIST Root-ID: {:08x} {:08x}",
                v.be32(0)?,
                v.be32(4)?
            );
            write!(p, ", Path Cost: {:08x}, Prio: {}", v.be32(8)?, v.be16(12)?);
            let word = v.be16(14)?;
            write!(p, "\n\t        RES: {}, V: {}", word >> 5, word >> 4 & 1);
            write!(p, ", SPSource-ID: {}", v.be32(14)? & 0x000f_ffff);
            let trees = usize::from(v.u8(18)?);
            write!(p, ", No of Trees: {trees:x}");
            for tree in 0..trees {
                let Ok(tree) = v.octets(19 + tree * 8, 8) else {
                    return Ok(End::Truncated);
                };
                let first = tree.u8(0)?;
                write!(p, "\n\t         U:{}, M:{}", first >> 7, first >> 6 & 1);
                write!(p, ", A:{}, RES:{}", first >> 5 & 1, first & 0x1f);
                let numbers = tree.be24(5)?;
                write!(p, ", ECT: {:08x}, BVID: {}", tree.be32(1)?, numbers >> 12);
                write!(p, ", SPVID: {}", numbers & 0xfff);
            }
        }
        3 => {
            if v.len() < 8 {
                return Ok(End::Truncated);
            }
            write!(p, "\n\t        BMAC: {:08x}{:04x}", v.be32(0)?, v.be16(4)?);
            let word = v.be16(6)?;
            write!(p, ", RES: {}, VID: {}", word >> 12, word & 0xfff);
            for entry in v.tail(8).chunks_exact(4) {
                let word = entry.be32(0)?;
                write!(p, "\n\t        T: {}, R: {}", word >> 31, word >> 30 & 1);
                write!(
                    p,
                    ", RES: {}, ISID: {}",
                    word >> 24 & 0x3f,
                    word & 0x00ff_ffff
                );
            }
        }
        _ => {}
    }
    Ok(End::Printed)
}
