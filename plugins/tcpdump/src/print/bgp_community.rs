//! BGP: communities, plain and extended (RFC 1997, RFC 4360).

use super::bgp_names as names;
use super::bgp_nlri::as_number;
use super::prelude::*;
use super::pseudowire;

/// Prints communities; how many octets there are, none when they end too early.
///
/// # Errors
/// [`Cut`]
pub(crate) fn plain(p: &mut Printer, b: &[u8], length: usize) -> Done<Option<usize>> {
    for at in (0..length).step_by(4) {
        let Ok(community) = b.be32(at) else {
            return Ok(None);
        };
        match community {
            0xffff_ff01 => p.text(" NO_EXPORT"),
            0xffff_ff02 => p.text(" NO_ADVERTISE"),
            0xffff_ff03 => p.text(" NO_EXPORT_SUBCONFED"),
            _ => {
                write!(p, "{}:{}", community >> 16, community & 0xffff);
                p.text(if at + 4 < length { ", " } else { "" });
            }
        }
    }
    Ok(Some(length))
}

/// Prints extended communities; false when they end too early.
///
/// # Errors
/// [`Cut`]
pub(crate) fn extended(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    for at in (0..length).step_by(8) {
        let Ok(kind) = b.be16(at) else {
            return Ok(false);
        };
        let name = tok(
            names::COMMUNITIES,
            kind.into(),
            "unknown extd community typecode",
        );
        let flags = bits(names::COMMUNITY_FLAGS, kind.into(), "none", ", ");
        write!(p, "\n\t    {name} (0x{kind:04x}), Flags [{flags}]");
        let Ok(value) = b.octets(at, 8) else {
            return Ok(false);
        };
        p.text(": ");
        community(p, kind, value)?;
    }
    Ok(true)
}

fn community(p: &mut Printer, kind: u16, v: &[u8]) -> Done {
    match kind {
        0x0002 | 0x0003 | 0x000a => {
            write!(p, "{}:{} (= ", v.be16(2)?, v.be32(4)?);
            p.v4_at(v, 4)?;
            p.text(")");
        }
        0x0102 | 0x0103 | 0xf10a | 0x010b => {
            p.v4_at(v, 2)?;
            write!(p, ":{}", v.be16(6)?);
        }
        0x0202 | 0x0203 => {
            let system = as_number(p, v.be32(2)?);
            write!(p, "{system}:{}", v.be16(6)?);
        }
        0x4004 => {
            let rate = f64::from(f32::from_bits(v.be32(4)?) * 8.0 / 1_000_000.0);
            write!(p, "bandwidth: {rate:.3} Mbps");
        }
        0x4300 => {
            let reserved = v.be64(0)? >> 8 & 0x00ff_ffff_ffff;
            if reserved != 0 {
                write!(p, "[the reserved field 0x{reserved:x} MUST be 0] ");
            }
            p.text("ovs: ");
            p.name(
                names::VALIDATION,
                v.u8(7)?,
                "unknown origin validation state",
            );
        }
        0x0005 | 0x0105 | 0x0205 | 0x8005 | 0x0107 | 0x8001 => p.v4_at(v, 2)?,
        0x0306 | 0x8000 => {
            p.text("area:");
            p.v4_at(v, 2)?;
            let kind = v.u8(6)?;
            let name = tok(names::OSPF_ROUTES, kind.into(), "unknown (0x%02x)");
            write!(p, ", router-type:{name}, metric-type:");
            p.text(if v.u8(7)? & 1 != 0 { "E2" } else { "" });
            p.text(if matches!(kind, 5 | 7) { "E1" } else { "" });
        }
        0x800a => {
            let name = tok(
                pseudowire::ENCAPSULATIONS,
                v.u8(2)?.into(),
                "unknown encaps",
            );
            write!(
                p,
                "{name} Control Flags [0x{:02x}]:MTU {}",
                v.u8(3)?,
                v.be16(4)?
            );
        }
        0x0009 => write!(p, "AS {}", v.be16(2)?),
        0x030c => {
            let name = tok(names::ENCAPSULATIONS, v.be16(6)?.into(), "unknown encaps");
            write!(p, "Tunnel type: {name}");
        }
        _ => p.hex(v.tail(2), ""),
    }
    Ok(())
}
