//! LOC: a place on earth (RFC 1876).

use super::{Presenter, Problem};

pub(crate) fn present(p: &mut Presenter<'_, '_>) -> Result<(), Problem> {
    if p.u8()? != 0 {
        return Err(Problem::NotImplemented);
    }
    let sizes = [p.u8()?, p.u8()?, p.u8()?];
    let latitude = p.u32()?;
    angle(p, latitude, 90, "N", "S")?;
    p.push(" ");
    let longitude = p.u32()?;
    angle(p, longitude, 180, "E", "W")?;
    // Centimetres above a reference 100 km below the spheroid.
    let altitude = i64::from(p.u32()?) - 10_000_000;
    let sign = if altitude < 0 { "-" } else { "" };
    let altitude = altitude.unsigned_abs();
    p.number(format_args!(
        " {sign}{}.{:02}m",
        altitude / 100,
        altitude % 100
    ));
    for size in sizes {
        centimetres(p, size)?;
    }
    Ok(())
}

/// Thousandths of an arc second from the equator or the prime meridian, at 2^31.
fn angle(
    p: &mut Presenter<'_, '_>,
    value: u32,
    most: u32,
    positive: &str,
    negative: &str,
) -> Result<(), Problem> {
    let (distance, side) = match value.checked_sub(1 << 31) {
        Some(distance) => (distance, positive),
        None => ((1 << 31) - value, negative),
    };
    let (seconds, thousandths) = (distance / 1000, distance % 1000);
    let (degrees, minutes) = (seconds / 3600, seconds / 60 % 60);
    if degrees > most {
        return Err(Problem::Malformed);
    }
    p.number(format_args!(
        "{degrees} {minutes} {}.{thousandths:03} {side}",
        seconds % 60
    ));
    Ok(())
}

/// A digit and a power of ten.
fn centimetres(p: &mut Presenter<'_, '_>, value: u8) -> Result<(), Problem> {
    let (base, exponent) = (u64::from(value >> 4), u32::from(value & 15));
    if base > 9 || exponent > 9 {
        return Err(Problem::Malformed);
    }
    match exponent.checked_sub(2) {
        Some(metres) => p.number(format_args!(" {}m", base * 10u64.pow(metres))),
        None => p.number(format_args!(" 0.{:02}m", base * 10u64.pow(exponent))),
    }
    Ok(())
}
