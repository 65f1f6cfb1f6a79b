//! RSVP: what is asked of the network, and what it has (RFC 2210).

use super::prelude::*;
use super::rsvp_names as names;
use super::rsvp_object::Stop;
use super::significant::significant;

/// Prints the services of an object.
///
/// # Errors
/// [`Stop`]
pub(crate) fn print(p: &mut Printer, v: &[u8], indent: &str) -> Result<(), Stop> {
    if v.len() < 4 {
        return Err(Stop::Short);
    }
    write!(p, "{indent}  Msg-Version: {}", v.u8(0)? >> 4);
    write!(p, ", length: {}", u32::from(v.be16(2)?) << 2);
    let mut v = v.tail(4);
    while v.len() >= 4 {
        let mut left = usize::from(v.be16(2)?) << 2;
        let kind = v.u8(0)?;
        let name = tok(names::SERVICES, kind.into(), "unknown");
        let not = if v.u8(1)? & 0x80 != 0 { "" } else { "not " };
        write!(
            p,
            "{indent}  Service Type: {name} ({kind}), break bit {not}set"
        );
        write!(p, ", Service length: {left}");
        v = v.tail(4);
        while left >= 4 {
            match parameter(p, v)? {
                0 => break,
                size => {
                    v = v.tail(size);
                    left = left.wrapping_sub(size);
                }
            }
        }
    }
    Ok(())
}

fn float(v: &[u8], at: usize, divisor: f32) -> Done<String> {
    Ok(significant(
        (f32::from_bits(v.be32(at)?) / divisor).into(),
        10,
    ))
}

/// Prints a parameter; how many octets it takes, none when there are too few.
fn parameter(p: &mut Printer, v: &[u8]) -> Done<usize> {
    if v.len() < 4 {
        p.bad("obj_tlen", v.len(), "<", 4);
        return Ok(0);
    }
    let (kind, size) = (v.u8(0)?, usize::from(v.be16(2)?) << 2);
    let name = tok(names::PARAMETERS, kind.into(), "unknown");
    write!(p, "\n\t      Parameter ID: {name} ({kind}), length: {size}");
    write!(p, ", Flags: [0x{:02x}]", v.u8(1)?);
    if v.len() < size + 4 {
        p.bad("obj_tlen", v.len(), "<", size + 4);
        return Ok(0);
    }
    match (kind, size) {
        (4, 4) => write!(p, "\n\t\tIS hop count: {}", v.be32(4)?),
        (6, 4) => write!(
            p,
            "\n\t\tPath b/w estimate: {} Mbps",
            float(v, 4, 125_000.0)?
        ),
        (8, 4) => {
            p.text("\n\t\tMinimum path latency: ");
            match v.be32(4)? {
                u32::MAX => p.text("don't care"),
                latency => write!(p, "{latency}"),
            }
        }
        (10, 4) => write!(p, "\n\t\tComposed MTU: {} bytes", v.be32(4)?),
        (127, 20) => {
            write!(
                p,
                "\n\t\tToken Bucket Rate: {} Mbps",
                float(v, 4, 125_000.0)?
            );
            write!(p, "\n\t\tToken Bucket Size: {} bytes", float(v, 8, 1.0)?);
            write!(p, "\n\t\tPeak Data Rate: {} Mbps", float(v, 12, 125_000.0)?);
            write!(p, "\n\t\tMinimum Policed Unit: {} bytes", v.be32(16)?);
            write!(p, "\n\t\tMaximum Packet Size: {} bytes", v.be32(20)?);
        }
        (130, 8) => {
            write!(p, "\n\t\tRate: {} Mbps", float(v, 4, 125_000.0)?);
            write!(p, "\n\t\tSlack Term: {}", v.be32(8)?);
        }
        (133..=136, 4) => write!(p, "\n\t\tValue: {}", v.be32(4)?),
        (4 | 6 | 8 | 10 | 127 | 130 | 133..=136, _) => {}
        _ if !p.v(2) => p.unknown(v.tail(4), "\n\t\t", size),
        _ => {}
    }
    Ok(size + 4)
}
