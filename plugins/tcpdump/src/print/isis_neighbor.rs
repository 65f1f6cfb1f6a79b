//! The fields of IS-IS that describe a neighbor.

use super::isis_reach as reach;
use super::isis_tlv::{INDENT, Stop, need};
use super::osi::{self, identifier};
use super::prelude::*;

/// The state of an adjacency between two systems.
///
/// # Errors
/// [`Stop`]
pub(crate) fn adjacency(p: &mut Printer, v: &[u8], size: usize) -> Result<(), Stop> {
    let mut left = size;
    if left >= 1 {
        let state = v.u8(0)?;
        let names = [(0, "Up"), (1, "Initializing"), (2, "Down")];
        write!(
            p,
            "{INDENT}Adjacency State: {} ({state})",
            tok(&names, state.into(), "unknown")
        );
        left -= 1;
    }
    if left > 4 {
        write!(p, "{INDENT}Extended Local circuit-ID: 0x{:08x}", v.be32(1)?);
        left -= 4;
    }
    if left >= 6 {
        write!(p, "{INDENT}Neighbor System-ID: {}", identifier(v, 5, 6)?);
        left -= 6;
    }
    if left >= 4 {
        write!(
            p,
            "{INDENT}Neighbor Extended Local circuit-ID: 0x{:08x}",
            v.be32(11)?
        );
    }
    Ok(())
}

/// The links that fail together.
///
/// # Errors
/// [`Stop`]
pub(crate) fn shared_risk(p: &mut Printer, v: &[u8], size: usize) -> Result<(), Stop> {
    need(size, 0, 7)?;
    write!(p, "{INDENT}IS Neighbor: {}", identifier(v, 0, 7)?);
    need(size, 7, 1)?;
    let flags = if v.u8(7)? & 1 != 0 {
        "numbered"
    } else {
        "unnumbered"
    };
    write!(p, ", Flags: [{flags}]");
    for (name, at) in [("interface", 8), ("neighbor", 12)] {
        need(size, at, 4)?;
        write!(p, "{INDENT}IPv4 {name} address: ");
        p.v4_at(v, at)?;
    }
    let mut at = 16;
    while at < size {
        need(size, at, 4)?;
        write!(p, "{INDENT}Link-ID: 0x{:08x}", v.be32(at)?);
        at += 4;
    }
    Ok(())
}

/// The prefixes that neighbors reach.
///
/// # Errors
/// [`Stop`]
pub(crate) fn prefixes(p: &mut Printer, v: &[u8], size: usize) -> Result<(), Stop> {
    need(size, 0, 4)?;
    v.octets(0, 4)?;
    write!(p, "{INDENT}Metric Block");
    reach::metrics(p, v)?;
    let mut at = 4;
    while at < size {
        let half_octets = usize::from(v.u8(at)?);
        at += 1;
        if half_octets < 2 {
            write!(p, "\n\t\tAddress: prefix length {half_octets} < 2");
            break;
        }
        need(size, at, half_octets / 2)?;
        p.text("\n\t\tAddress: ");
        osi::address(p, v.octets(at, half_octets / 2)?);
        write!(p, "/{}", half_octets * 4);
        at += half_octets / 2;
    }
    Ok(())
}
