//! PIM version 1, and Cisco's messages of rendezvous points.

use super::pim2;
use super::prelude::*;
use super::transport::Ip;

const KINDS: &Table = &[
    (0, "Query"),
    (1, "Register"),
    (2, "Register-Stop"),
    (3, "Join/Prune"),
    (4, "RP-reachable"),
    (5, "Assert"),
    (6, "Graft"),
    (7, "Graft-ACK"),
];
const KINDS_2: &Table = &[
    (0, "Hello"),
    (1, "Register"),
    (2, "Register Stop"),
    (3, "Join / Prune"),
    (4, "Bootstrap"),
    (5, "Assert"),
    (6, "Graft"),
    (7, "Graft Acknowledgement"),
    (8, "Candidate RP Advertisement"),
    (9, "Prune Refresh"),
    (10, "DF Election"),
    (11, "ECMP Redirect"),
];

/// Prints a message of any version.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, ip: Option<Ip<'_>>) -> Done {
    p.protocol = "pim";
    let first = b.u8(0)?;
    let version = first >> 4;
    if version != 2 {
        write!(p, "PIMv{version}, length {length}");
        return Ok(());
    }
    let name = tok(KINDS_2, (first & 15).into(), "Unknown Type");
    if !p.v(1) {
        write!(p, "PIMv2, {name}, length {length}");
        return Ok(());
    }
    write!(p, "PIMv2, length {length}\n\t{name}");
    pim2::print(p, b, length, ip)
}

fn mask(p: &mut Printer, b: &[u8], at: usize) -> Done {
    if b.be32(at)? != 0xffff_ffff {
        p.text("/");
        p.v4_at(b, at)?;
    }
    Ok(())
}

/// Prints a message of version 1, which IGMP carries.
///
/// # Errors
/// [`Cut`]
pub(crate) fn version1(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "pimv1";
    let kind = b.u8(1)?;
    write!(p, " {}", tok(KINDS, kind.into(), "[type %u]"));
    match kind {
        0 => {
            if let Ok(mode) = b.u8(8) {
                let names = [(0, "Dense"), (1, "Sparse"), (2, "Sparse-Dense")];
                match names.iter().find(|(number, _)| *number == mode >> 4) {
                    Some((_, name)) => write!(p, " {name}-mode"),
                    None => write!(p, " mode-{}", mode >> 4),
                }
            }
            if p.v(1) {
                p.text(" (Hold-time ");
                p.span(b.be16(10)?.into());
                p.text(")");
            }
        }
        1 | 2 => {
            let at = if kind == 1 { 20 } else { 8 };
            b.octets(8, if kind == 1 { 20 } else { 4 })?;
            p.text(" for ");
            p.v4_at(b, at)?;
            p.text(" > ");
            p.v4_at(b, at + 4)?;
        }
        4 if p.v(1) => {
            b.octets(8, 4)?;
            p.text(" group ");
            p.v4_at(b, 8)?;
            mask(p, b, 12)?;
            b.octets(16, 4)?;
            p.text(" RP ");
            p.v4_at(b, 16)?;
            p.text(" hold ");
            p.span(b.be16(22)?.into());
        }
        5 => {
            b.octets(8, 12)?;
            p.text(" for ");
            p.v4_at(b, 16)?;
            p.text(" > ");
            p.v4_at(b, 8)?;
            mask(p, b, 12)?;
            let preference = b.be32(20)?;
            let tree = if preference >> 31 != 0 {
                "RP-tree"
            } else {
                "SPT"
            };
            let preference = preference & 0x7fff_ffff;
            write!(p, " {tree} pref {preference} metric {}", b.be32(24)?);
        }
        3 | 6 | 7 if p.v(1) => {
            if length < 8 {
                return Err(Cut);
            }
            join_prune(p, b.tail(8), length - 8)?;
        }
        _ => {}
    }
    match b.u8(4)? >> 4 {
        1 => {}
        version => write!(p, " [v{version}]"),
    }
    Ok(())
}

/// One join or prune alone, in short; false when there are others.
fn single(p: &mut Printer, b: &[u8]) -> Done<bool> {
    if !b.has(30) || b.u8(11)? != 1 {
        return Ok(false);
    }
    let (joins, prunes) = (b.be16(20)?, b.be16(22)?);
    if u32::from(joins) + u32::from(prunes) != 1 {
        return Ok(false);
    }
    p.text(" RPF ");
    p.v4_at(b, 0)?;
    p.text(" ");
    let hold = b.be16(6)?;
    if hold != 180 {
        p.text("Hold ");
        p.span(hold.into());
    }
    p.text(if joins != 0 { "Join (" } else { "Prune (" });
    p.v4_at(b, 26)?;
    let flags = b.u8(25)?;
    write!(p, "/{}, ", flags & 0x3f);
    p.v4_at(b, 12)?;
    mask(p, b, 16)?;
    p.text(if b.u8(24)? & 1 != 0 {
        ") Sparse"
    } else {
        ") Dense"
    });
    p.text(if flags & 0x80 != 0 { " WC " } else { " " });
    p.text(if flags & 0x40 != 0 { "RP" } else { "SPT" });
    Ok(true)
}

fn join_prune(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if single(p, b)? {
        return Ok(());
    }
    let mut f = Fields::new(b, length);
    let newline = |p: &mut Printer| {
        if p.v(2) {
            p.text("\n");
        }
    };
    let upstream = f.take(4)?;
    newline(p);
    p.text(" Upstream Nbr: ");
    p.v4_at(upstream, 0)?;
    let hold = f.take(4)?.be16(2)?;
    newline(p);
    p.text(" Hold time: ");
    p.span(hold.into());
    if !p.v(2) {
        return Ok(());
    }
    for _ in 0..f.take(4)?.u8(3)? {
        let group = f.take(4)?;
        p.text("\n\tGroup: ");
        p.v4_at(group, 0)?;
        mask(p, f.take(4)?, 0)?;
        let (joins, prunes) = (f.be16()?, f.be16()?);
        write!(p, " joined: {joins} pruned: {prunes}");
        for number in 0..u32::from(joins) + u32::from(prunes) {
            let entry = f.take(6)?;
            p.text(if number < joins.into() {
                "\n\tJoin  "
            } else {
                "\n\tPrune "
            });
            p.text(if entry.u8(0)? & 1 != 0 {
                "Sparse "
            } else {
                "Dense "
            });
            let flags = entry.u8(1)?;
            p.text(if flags & 0x80 != 0 { "WC " } else { "" });
            p.text(if flags & 0x40 != 0 { "RP " } else { "SPT " });
            p.v4_at(entry, 2)?;
            write!(p, "/{}", flags & 0x3f);
        }
    }
    Ok(())
}

/// Prints Cisco's messages of rendezvous points.
///
/// # Errors
/// [`Cut`]
pub(crate) fn auto_rp(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "cisco_autorp";
    if length < 8 {
        return Err(Cut);
    }
    let mut f = Fields::new(b, length);
    p.text(" auto-rp ");
    match f.u8()? {
        0x11 => p.text("candidate-advert"),
        0x12 => p.text("mapping"),
        kind => write!(p, "type-0x{kind:02x}"),
    }
    let points = f.u8()?;
    p.text(" Hold ");
    match f.be16()? {
        0 => p.text("FOREVER"),
        hold => p.span(hold.into()),
    }
    f.take(4)?;
    for _ in 0..points {
        let address = f.take(4)?;
        p.text(" RP ");
        p.v4_at(address, 0)?;
        let version = f.u8()?;
        p.text(match version & 3 {
            0 => " PIMv?",
            1 => " PIMv1",
            2 => " PIMv2",
            _ => " PIMv1+2",
        });
        if version & 0xfc != 0 {
            write!(p, " [rsvd=0x{:02x}]", version & 0xfc);
        }
        for number in 0..f.u8()? {
            let entry = f.take(6)?;
            let flags = entry.u8(0)?;
            p.text(if number == 0 { " " } else { "," });
            p.text(if flags & 1 != 0 { "!" } else { "" });
            p.v4_at(entry, 2)?;
            write!(p, "/{}", entry.u8(1)?);
            if flags & 2 != 0 {
                p.text(" bidir");
            }
            if flags & 0xfc != 0 {
                write!(p, "[rsvd=0x{:02x}]", flags & 0xfc);
            }
        }
    }
    Ok(())
}
