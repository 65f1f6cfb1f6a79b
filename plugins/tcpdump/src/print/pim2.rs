//! PIM version 2 (RFC 7761).

use super::prelude::*;
use super::transport::Ip;
use super::{checksum, ip, ip6};

const HELLO_OPTIONS: &Table = &[
    (1, "Hold Time"),
    (2, "LAN Prune Delay"),
    (18, "DR Priority (Old)"),
    (19, "DR Priority"),
    (20, "Generation ID"),
    (21, "State Refresh Capability"),
    (22, "Bi-Directional Capability"),
    (24, "Address List"),
    (65001, "Address List (Old)"),
];
const REGISTER_FLAGS: &Table = &[(2147483648, "Border"), (1073741824, "Null")];
const ELECTIONS: &Table = &[(1, "Offer"), (2, "Winner"), (3, "Backoff"), (4, "Pass")];

/// What an address is of, which says what stands before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Router,
    Group,
    Source,
}

/// Prints a message behind the name of its kind.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize, around: Option<Ip<'_>>) -> Done {
    p.protocol = "pimv2";
    if length < 2 {
        write!(p, "[length {length} < 2]");
        p.invalid();
        return Ok(());
    }
    let (kind, second) = (b.u8(0)? & 15, b.u8(1)?);
    let size = usize::from(second & 15);
    if size != 0 {
        p.text(", RFC2117-encoding");
    }
    if length < 4 {
        write!(p, "[length {length} < 4]");
        p.invalid();
        return Ok(());
    }
    let sum = b.be16(2)?;
    write!(p, ", cksum 0x{sum:04x} ");
    let right = match sum {
        0 => None,
        _ if kind == 1 && verified(b, 8, around) == Some(true) => Some(true),
        _ => verified(b, length, around),
    };
    p.text(match right {
        Some(true) => "(correct)",
        Some(false) => "(incorrect)",
        None => "(unverified)",
    });
    let mut f = Fields::new(b.tail(4), length - 4);
    match kind {
        0 => hello(p, &mut f, size),
        1 => register(p, &mut f),
        2 => {
            p.text(" group=");
            address(p, &mut f, Of::Group, size)?;
            p.text(" source=");
            address(p, &mut f, Of::Router, size)
        }
        3 | 6 | 7 => join_prune(p, &mut f, size, kind == 7),
        4 => bootstrap(p, &mut f, size),
        5 => {
            p.text(" group=");
            address(p, &mut f, Of::Group, size)?;
            p.text(" src=");
            address(p, &mut f, Of::Router, size)?;
            let rest = f.take(8)?;
            let preference = rest.be32(0)?;
            if preference >> 31 != 0 {
                p.text(" RPT");
            }
            write!(
                p,
                " pref={} metric={}",
                preference & 0x7fff_ffff,
                rest.be32(4)?
            );
            Ok(())
        }
        8 => candidate(p, &mut f, size),
        9 => {
            p.text(" src=");
            address(p, &mut f, Of::Router, size)?;
            p.text(" grp=");
            address(p, &mut f, Of::Group, size)?;
            p.text(" forwarder=");
            address(p, &mut f, Of::Router, size)?;
            let time = f.be16()?;
            p.text(" TUNR ");
            p.span(time.into());
            Ok(())
        }
        10 => election(p, &mut f, size, second >> 4),
        _ => {
            write!(p, " [type {kind}]");
            Ok(())
        }
    }
}

/// Whether the checksum over so many octets is right, if they were captured.
fn verified(b: &[u8], length: usize, around: Option<Ip<'_>>) -> Option<bool> {
    let covered = b.octets(0, length).ok()?;
    let sum = match around?.version {
        4 => checksum::of(&[covered]),
        _ => around?.checksum(b, length, length, 103)?,
    };
    Some(sum == 0)
}

/// Prints an address of a known size, or one that says its family.
fn address(p: &mut Printer, f: &mut Fields<'_>, of: Of, size: usize) -> Done {
    let size = match size {
        0 => {
            let head = f.take(2)?;
            match head.be16(0)? {
                0x0100 => 4,
                0x0200 => 16,
                _ => return Err(Cut),
            }
        }
        4 | 16 => size,
        _ => return Err(Cut),
    };
    let before = if of == Of::Router { 0 } else { 2 };
    let field = f.take(before + size)?;
    match size {
        4 => p.v4_at(field, before)?,
        _ => p.v6_at(field, before)?,
    }
    if of == Of::Router {
        return Ok(());
    }
    let (flags, mask) = (field.u8(0)?, field.u8(1)?);
    if usize::from(mask) != size * 8 {
        write!(p, "/{mask}");
    }
    if flags != 0 {
        if of == Of::Group {
            write!(p, "(0x{flags:02x})");
            return Ok(());
        }
        p.text("(");
        for (bit, letter) in [(4, "S"), (2, "W"), (1, "R")] {
            p.text(if flags & bit != 0 { letter } else { "" });
        }
        if flags & 0xf8 != 0 {
            write!(p, "+0x{:02x}", flags & 0xf8);
        }
        p.text(")");
    }
    Ok(())
}

fn hello(p: &mut Printer, f: &mut Fields<'_>, size: usize) -> Done {
    while !f.is_empty() {
        let head = f.take(4)?;
        let (kind, length) = (head.be16(0)?, usize::from(head.be16(2)?));
        let name = tok(HELLO_OPTIONS, kind.into(), "Unknown");
        write!(p, "\n\t  {name} Option ({kind}), length {length}, Value: ");
        let v = f.take(length)?;
        let right = match kind {
            1 => 2,
            2 | 20 | 21 => 4,
            18 | 19 if length != 0 => 4,
            _ => length,
        };
        if length != right {
            write!(p, "[option length {length} != {right}]");
            p.invalid();
            return Ok(());
        }
        match kind {
            1 => p.span(v.be16(0)?.into()),
            2 => {
                let delay = v.be16(0)?;
                write!(
                    p,
                    "\n\t    T-bit={}, LAN delay {}ms",
                    delay >> 15,
                    delay & 0x7fff
                );
                write!(p, ", Override interval {}ms", v.be16(2)?);
            }
            18 | 19 if length == 0 => p.text("Bi-Directional Capability (Old)"),
            18 | 19 => write!(p, "{}", v.be32(0)?),
            20 => write!(p, "0x{:08x}", v.be32(0)?),
            21 => {
                write!(p, "v{}", v.u8(0)?);
                if v.u8(1)? != 0 {
                    p.text(", interval ");
                    p.span(v.u8(1)?.into());
                }
                if v.be16(2)? != 0 {
                    write!(p, " ?0x{:04x}?", v.be16(2)?);
                }
            }
            22 => {}
            24 | 65001 if !p.v(2) => {}
            24 | 65001 => {
                let mut list = Fields::new(v, length);
                while !list.is_empty() {
                    p.text("\n\t    ");
                    address(p, &mut list, Of::Router, size)?;
                }
            }
            _ if !p.v(2) => p.unknown(v, "\n\t    ", length),
            _ => {}
        }
        if p.v(2) {
            p.unknown(v, "\n\t    ", length);
        }
    }
    Ok(())
}

fn register(p: &mut Printer, f: &mut Fields<'_>) -> Done {
    let flags = f.take(4)?.be32(0)?;
    write!(p, ", Flags [ {} ]\n\t", tok(REGISTER_FLAGS, flags, "none"));
    if f.is_empty() {
        return Err(Cut);
    }
    let (b, length) = (f.b, f.left);
    match b.u8(0)? >> 4 {
        0 => {
            b.octets(12, 8)?;
            p.text("IP-Null-header ");
            p.v4_at(b, 12)?;
            p.text(" > ");
            p.v4_at(b, 16)
        }
        4 => p.nested(|p| ip::print(p, b, length)),
        6 => p.nested(|p| ip6::print(p, b, length)),
        version => {
            write!(p, "IP ver {version}");
            Ok(())
        }
    }
}

fn join_prune(p: &mut Printer, f: &mut Fields<'_>, size: usize, acknowledgement: bool) -> Done {
    if !acknowledgement {
        p.text(", upstream-neighbor: ");
        address(p, f, Of::Router, size)?;
    }
    let head = f.take(4)?;
    let groups = head.u8(1)?;
    write!(p, "\n\t  {groups} group(s)");
    if !acknowledgement {
        p.text(", holdtime: ");
        match head.be16(2)? {
            0xffff => p.text("infinite"),
            time => p.span(time.into()),
        }
    }
    for group in 1..=groups {
        write!(p, "\n\t    group #{group}: ");
        address(p, f, Of::Group, size)?;
        let counts = f.take(4)?;
        let (joined, pruned) = (counts.be16(0)?, counts.be16(2)?);
        write!(p, ", joined sources: {joined}, pruned sources: {pruned}");
        for (count, what) in [(joined, "joined"), (pruned, "pruned")] {
            for number in 1..=count {
                write!(p, "\n\t      {what} source #{number}: ");
                address(p, f, Of::Source, size)?;
            }
        }
    }
    Ok(())
}

fn bootstrap(p: &mut Printer, f: &mut Fields<'_>, size: usize) -> Done {
    write!(p, " tag={:x}", f.be16()?);
    write!(p, " hashmlen={}", f.u8()?);
    write!(p, " BSRprio={}", f.u8()?);
    p.text(" BSR=");
    address(p, f, Of::Router, size)?;
    let mut group = 0;
    while !f.is_empty() {
        write!(p, " (group{group}: ");
        address(p, f, Of::Group, size)?;
        write!(p, " RPcnt={}", f.u8()?);
        let points = f.u8()?;
        write!(p, " FRPcnt={points}");
        f.take(2)?;
        for point in 0..points {
            if f.is_empty() {
                break;
            }
            write!(p, " RP{point}=");
            address(p, f, Of::Router, size)?;
            let time = f.be16()?;
            p.text(",holdtime=");
            p.span(time.into());
            write!(p, ",prio={}", f.u8()?);
            f.take(1)?;
        }
        p.text(")");
        group += 1;
    }
    Ok(())
}

fn candidate(p: &mut Printer, f: &mut Fields<'_>, size: usize) -> Done {
    let prefixes = f.u8()?;
    write!(p, " prefix-cnt={prefixes}");
    write!(p, " prio={}", f.u8()?);
    let time = f.be16()?;
    p.text(" holdtime=");
    p.span(time.into());
    p.text(" RP=");
    address(p, f, Of::Router, size)?;
    for group in 0..prefixes {
        if f.is_empty() {
            break;
        }
        write!(p, " Group{group}=");
        address(p, f, Of::Group, size)?;
    }
    Ok(())
}

fn election(p: &mut Printer, f: &mut Fields<'_>, size: usize, kind: u8) -> Done {
    write!(p, "\n\t  {},", tok(ELECTIONS, kind.into(), "Unknown"));
    p.text(" rpa=");
    address(p, f, Of::Router, size)?;
    write!(p, " sender pref={}", f.be32()?);
    write!(p, " sender metric={}", f.be32()?);
    if matches!(kind, 3 | 4) {
        let who = if kind == 3 { "offer" } else { "new winner" };
        write!(p, "\n\t  {who} addr=");
        address(p, f, Of::Router, size)?;
        write!(p, " {who} pref={}", f.be32()?);
        write!(p, " {who} metric={}", f.be32()?);
        if kind == 3 {
            write!(p, " interval {}ms", f.be16()?);
        }
    }
    Ok(())
}
