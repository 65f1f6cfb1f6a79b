//! RSVP: the object of the user's interface to optical networks.

use super::address_family::FAMILIES;
use super::prelude::*;
use super::rsvp_names::INTERFACE_PARTS;
use super::rsvp_object::Stop;

/// Prints the object; false when its octets are to be shown.
///
/// # Errors
/// [`Stop`]
pub(crate) fn print(p: &mut Printer, v: &[u8], indent: &str) -> Result<bool, Stop> {
    if v.len() < 4 {
        return Err(Stop::Short);
    }
    let mut known = true;
    let mut v = v;
    while !v.is_empty() {
        if v.len() < 4 {
            write!(p, " [total_subobj_len {} < 4]", v.len());
            return Err(Stop::Invalid);
        }
        let (size, kind, family) = (usize::from(v.be16(0)?), v.u8(2)?, v.u8(3)?);
        let name = tok(INTERFACE_PARTS, kind.into(), "Unknown");
        let family_name = tok(FAMILIES, family.into(), "Unknown");
        write!(
            p,
            "{indent}  Subobject Type: {name} ({kind}), AF: {family_name} ({family})"
        );
        write!(p, ", length: {size}");
        if size < 4 || size > v.len() {
            return Err(Stop::Invalid);
        }
        let part = v.upto(size);
        let least = match (kind, family) {
            (1 | 2, 1) | (5, _) => 8,
            (1 | 2, 2) => 20,
            (4, _) => 16,
            _ => 0,
        };
        if size < least {
            return Err(Stop::PartShort);
        }
        match (kind, family) {
            (1 | 2, 1) => {
                write!(p, "{indent}    UNI IPv4 TNA address: ");
                p.v4_at(part, 4)?;
            }
            (1 | 2, 2) => {
                write!(p, "{indent}    UNI IPv6 TNA address: ");
                p.v6_at(part, 4)?;
            }
            (1 | 2, 3) => known = false,
            (1 | 2, _) => {}
            (3, _) => known &= size <= 4,
            (4, _) => {
                let word = part.be32(4)?;
                write!(
                    p,
                    "{indent}    U-bit: {:x}, Label type: {}",
                    word >> 31,
                    word & 0xff
                );
                write!(
                    p,
                    ", Logical port id: {}, Label: {}",
                    part.be32(8)?,
                    part.be32(12)?
                );
            }
            (5, _) => write!(p, "{indent}    Service level: {}", part.u8(4)?),
            _ => known = false,
        }
        v = v.tail(size);
    }
    Ok(known)
}
