//! OSPF version 2: advertisements of link states.

use super::ospf_opaque::{self, Stop};
use super::prelude::*;

/// The options of routers.
pub(crate) const OPTIONS: &Table = &[
    (1, "MultiTopology"),
    (2, "External"),
    (4, "Multicast"),
    (8, "NSSA"),
    (16, "LLS"),
    (32, "Demand Circuit"),
    (64, "Opaque"),
    (128, "Up/Down"),
];
/// The kinds of advertisements.
pub(crate) const KINDS: &Table = &[
    (1, "Router"),
    (2, "Network"),
    (3, "Summary"),
    (4, "ASBR Summary"),
    (5, "External"),
    (6, "Multicast Group"),
    (7, "NSSA"),
    (9, "Link Local Opaque"),
    (10, "Area Local Opaque"),
    (11, "Domain Wide Opaque"),
];
const ROUTER_FLAGS: &Table = &[
    (1, "ABR"),
    (2, "ASBR"),
    (4, "Virtual"),
    (8, "Wildcard"),
    (16, "Nt"),
    (128, "Host"),
];
const OPAQUE_KINDS: &Table = &[
    (1, "Traffic Engineering"),
    (3, "Graceful restart"),
    (4, "Router Information"),
    (7, "Extended Prefix"),
    (8, "Extended Link"),
];
const TOPOLOGIES: &Table = &[(0, "default"), (1, "multicast"), (2, "management")];
const HEADER: usize = 20;

/// `, Opaque-Type TE LSA (1), Opaque-ID 0`
///
/// # Errors
/// [`Cut`]
pub(crate) fn opaque_id(p: &mut Printer, b: &[u8], kind: &str, id: &str) -> Done {
    let (number, opaque) = (b.u8(0)?, b.be24(1)?);
    let name = tok(OPAQUE_KINDS, number.into(), "unknown");
    write!(p, ", {kind} {name} LSA ({number}), {id} {opaque}");
    Ok(())
}

/// Prints the header of an advertisement; its length, none when that is too short.
///
/// # Errors
/// [`Cut`]
pub(crate) fn header(p: &mut Printer, b: &[u8]) -> Done<Option<usize>> {
    let length = usize::from(b.be16(18)?);
    if length < HEADER {
        write!(p, "\n\t    Bogus length {length} < header ({HEADER})");
        return Ok(None);
    }
    p.text("\n\t  Advertising Router ");
    p.v4_at(b, 8)?;
    write!(
        p,
        ", seq 0x{:08x}, age {}s, length {}",
        b.be32(12)?,
        b.be16(0)?,
        length - HEADER
    );
    let kind = b.u8(3)?;
    write!(
        p,
        "\n\t    {} LSA ({kind})",
        tok(KINDS, kind.into(), "unknown")
    );
    if matches!(kind, 9..=11) {
        opaque_id(p, b.tail(4), "Opaque-Type", "Opaque-ID")?;
    } else {
        p.text(", LSA-ID: ");
        p.v4_at(b, 4)?;
    }
    let options = bits(OPTIONS, b.u8(2)?.into(), "none", ", ");
    write!(p, "\n\t    Options: [{options}]");
    Ok(Some(length))
}

/// Prints an advertisement; its length, none when it ends too early.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done<Option<usize>> {
    let Some(length) = header(p, b)? else {
        return Ok(None);
    };
    let kind = b.u8(3)?;
    // What has to be there before anything of it is printed.
    let need = match kind {
        1 => 16,
        3 | 4 | 5 | 7 => 8,
        _ => 0,
    };
    if kind == 1 {
        let flags = bits(ROUTER_FLAGS, b.u8(HEADER)?.into(), "none", ", ");
        write!(p, "\n\t    Router LSA Options: [{flags}]");
        b.be16(22)?;
    }
    if matches!(kind, 3 | 5 | 7) && b.octets(HEADER, 4).is_ok() {
        p.text("\n\t    Mask ");
        p.v4_at(b, HEADER)?;
    }
    if b.octets(HEADER, need).is_err() {
        p.truncated();
        return Ok(None);
    }
    let whole = match kind {
        1 => match routers(p, b)? {
            Links::Printed => true,
            Links::Unknown => false,
            Links::Short => {
                p.truncated();
                return Ok(None);
            }
        },
        2 => {
            b.octets(HEADER, 4)?;
            p.text("\n\t    Mask ");
            p.v4_at(b, HEADER)?;
            p.text("\n\t    Connected Routers:");
            for at in (HEADER + 4..length).step_by(4) {
                b.octets(at, 4)?;
                p.text("\n\t      ");
                p.v4_at(b, at)?;
            }
            true
        }
        3 | 4 => {
            for at in (HEADER + 4..length).step_by(4) {
                let word = b.be32(at)?;
                let topology = word >> 24 & 0x7f;
                let name = tok(TOPOLOGIES, topology, "Unknown");
                write!(
                    p,
                    "\n\t\ttopology {name} ({topology}) metric {}",
                    word & 0x00ff_ffff
                );
            }
            true
        }
        5 | 7 => {
            for at in (HEADER + 4..length).step_by(12) {
                external(p, b, at)?;
            }
            true
        }
        6 => {
            for at in (HEADER..length).step_by(8) {
                match b.be32(at)? {
                    1 => p.text("\n\t    Router Router-ID "),
                    2 => p.text("\n\t    Network Designated Router "),
                    kind => {
                        write!(p, "\n\t    unknown VertexType ({kind})");
                        continue;
                    }
                }
                p.v4_at(b, at + 4)?;
            }
            true
        }
        9..=11 => {
            let value = b.tail(HEADER);
            match ospf_opaque::print(p, b.u8(4)?, value, length - HEADER) {
                Ok(()) => true,
                Err(Stop::Cut) => return Err(Cut),
                Err(Stop::Said) => false,
                Err(Stop::End) => return Ok(None),
            }
        }
        _ => true,
    };
    if whole && p.v(2) {
        p.unknown(b.tail(HEADER), "\n\t    ", length - HEADER);
    }
    Ok(Some(length))
}

enum Links {
    Printed,
    Unknown,
    Short,
}

fn routers(p: &mut Printer, b: &[u8]) -> Done<Links> {
    let mut at = HEADER + 4;
    for _ in 0..b.be16(22)? {
        if b.octets(at, 12).is_err() {
            return Ok(Links::Short);
        }
        let kind = b.u8(at + 8)?;
        let (first, second) = match kind {
            1 => ("Neighbor Router-ID", "Interface Address"),
            2 => ("Neighbor Network-ID", "Interface Address"),
            3 => ("Stub Network", "Mask"),
            4 => ("Virtual Link: Neighbor Router-ID", "Interface Address"),
            _ => {
                write!(p, "\n\t      Unknown Router Link Type ({kind})");
                return Ok(Links::Unknown);
            }
        };
        write!(p, "\n\t      {first}: ");
        p.v4_at(b, at)?;
        write!(p, ", {second}: ");
        p.v4_at(b, at + 4)?;
        let others = usize::from(b.u8(at + 9)?);
        for number in 0..=others {
            let entry = at + 8 + number * 4;
            let topology = if number == 0 { 0 } else { b.u8(entry)? };
            let name = tok(TOPOLOGIES, topology.into(), "Unknown");
            write!(
                p,
                "\n\t\ttopology {name} ({topology}), metric {}",
                b.be16(entry + 2)?
            );
        }
        at += 12 + others * 4;
    }
    Ok(Links::Printed)
}

fn external(p: &mut Printer, b: &[u8], at: usize) -> Done {
    let word = b.be32(at)?;
    let topology = word >> 24 & 0x7f;
    let name = tok(TOPOLOGIES, topology, "Unknown");
    write!(
        p,
        "\n\t\ttopology {name} ({topology}), type {}, metric",
        1 + (word >> 31)
    );
    match word & 0x00ff_ffff {
        0x00ff_ffff => p.text(" infinite"),
        metric => write!(p, " {metric}"),
    }
    for (name, at) in [("forward", at + 4), ("tag", at + 8)] {
        if b.be32(at)? != 0 {
            write!(p, ", {name} ");
            p.v4_at(b, at)?;
        }
    }
    Ok(())
}
