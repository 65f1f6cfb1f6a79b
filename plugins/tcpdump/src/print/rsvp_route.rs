//! RSVP: the objects about routes and labels.

use super::prelude::*;
use super::rsvp_names as names;
use super::rsvp_object::{Stop, alternate, need};
use super::significant::significant;

/// Hops of a route, wanted or recorded.
///
/// # Errors
/// [`Stop`]
pub(crate) fn route(p: &mut Printer, v: &[u8], indent: &str) -> Result<(), Stop> {
    let mut v = v;
    while v.len() >= 4 {
        let (first, size) = (v.u8(0)?, usize::from(v.u8(1)?));
        let kind = first & 0x7f;
        let name = tok(names::ROUTE_PARTS, kind.into(), "Unknown %u");
        write!(p, "{indent}  Subobject Type: {name}, length {size}");
        if v.len() < size {
            write!(p, "{indent}  ERROR: ERO subobject length > object length");
            break;
        }
        if size == 0 {
            write!(p, "{indent}  ERROR: zero length ERO subtype");
            break;
        }
        if matches!(kind, 1 | 3) && size != 8 {
            p.text(" ERROR: length != 8");
            return Err(Stop::Invalid);
        }
        match kind {
            1 => {
                let prefix = v.u8(6)?;
                if prefix != 32 {
                    write!(p, " ERROR: Prefix length {prefix} != 32");
                    return Err(Stop::Invalid);
                }
                p.text(if first & 0x80 != 0 {
                    ", Loose, "
                } else {
                    ", Strict, "
                });
                p.v4_at(v, 2)?;
                let flags = bits(names::ROUTE_FLAGS, v.u8(7)?.into(), "none", ", ");
                write!(p, "/{prefix}, Flags: [{flags}]");
            }
            3 => {
                let (flags, kind) = (v.u8(2)?, v.u8(3)?);
                let set = bits(names::LABEL_FLAGS, flags.into(), "none", ", ");
                let name = tok(names::TYPES, u32::from(kind) + 256 * 21, "Unknown");
                write!(
                    p,
                    ", Flags: [{set}] ({}), Class-Type: {name} ({kind})",
                    alternate(flags)
                );
                write!(p, ", {}", v.be32(4)?);
            }
            _ => {}
        }
        v = v.tail(size);
    }
    Ok(())
}

/// Prints it.
///
/// # Errors
/// [`Stop`]
pub(crate) fn label_set(p: &mut Printer, v: &[u8], indent: &str) -> Result<(), Stop> {
    need(v, 4)?;
    let action = v.u8(0)?;
    let name = tok(names::LABEL_SETS, action.into(), "Unknown");
    write!(
        p,
        "{indent}  Action: {name} ({action}), Label type: {}",
        v.u8(3)? & 0x7f
    );
    if matches!(action, 2 | 3) {
        need(v, 12)?;
        write!(
            p,
            "{indent}  Start range: {}, End range: {}",
            v.be32(4)?,
            v.be32(8)?
        );
        return Ok(());
    }
    for (number, channel) in v.tail(4).chunks_exact(4).enumerate() {
        write!(
            p,
            "{indent}  Subchannel #{}: {}",
            number + 1,
            channel.be32(0)?
        );
    }
    Ok(())
}

/// Prints it.
///
/// # Errors
/// [`Stop`]
pub(crate) fn properties(p: &mut Printer, v: &[u8], indent: &str) -> Result<(), Stop> {
    need(v, 4)?;
    let padding = usize::from(v.be16(2)?);
    write!(
        p,
        "{indent}  TLV count: {}, padding bytes: {padding}",
        v.be16(0)?
    );
    let mut v = v.tail(4);
    while v.len() >= 2 + padding {
        let (kind, size) = (v.u8(0)?, usize::from(v.u8(1)?));
        let name = tok(names::PROPERTIES, kind.into(), "unknown");
        write!(p, "{indent}    {name} TLV (0x{kind:02x}), length: {size}");
        need(v, size)?;
        if size < 2 {
            write!(p, "{indent}ERROR: property TLV is too short");
            return Err(Stop::Said);
        }
        p.unknown(v.tail(2), "\n\t\t", size - 2);
        v = v.tail(size);
    }
    Ok(())
}

/// Prints it.
///
/// # Errors
/// [`Stop`]
pub(crate) fn fast_reroute(p: &mut Printer, kind: u8, v: &[u8], indent: &str) -> Result<(), Stop> {
    need(v, if kind == 1 { 20 } else { 16 })?;
    let rate = f32::from_bits(v.be32(4)?) * 8.0 / 1_000_000.0;
    let rate = significant(rate.into(), 10);
    write!(
        p,
        "{indent}  Setup Priority: {}, Holding Priority: {}",
        v.u8(0)?,
        v.u8(1)?
    );
    write!(p, ", Hop-limit: {}, Bandwidth: {rate} Mbps", v.u8(2)?);
    let (any, exclude) = (v.be32(8)?, v.be32(12)?);
    if kind == 1 {
        write!(
            p,
            "{indent}  Include-any: 0x{any:08x}, Exclude-any: 0x{exclude:08x}"
        );
        write!(p, ", Include-all: 0x{:08x}", v.be32(16)?);
    } else {
        write!(
            p,
            "{indent}  Include Colors: 0x{any:08x}, Exclude Colors: 0x{exclude:08x}"
        );
    }
    Ok(())
}
