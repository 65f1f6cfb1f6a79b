//! Values of a route that have names or units: tables, DSCP, realms, times.

use crate::ip::Ip;
use crate::words::{Done, trimmed, unsigned, wrong};

/// `200ms`, `1.5s`, or the kernel's own number.
pub(super) fn milliseconds(text: &str, unit: u32) -> Done<u32> {
    let invalid = || trimmed(wrong(text, "\"rtt\" value is invalid\n"));
    let time = |digits: &str, factor: f64| {
        digits
            .parse::<f64>()
            .map(|time| (time * factor).ceil() as u32 * unit)
            .map_err(|_| invalid())
    };
    if let Some(digits) = text
        .strip_suffix("msec")
        .or_else(|| text.strip_suffix("msecs"))
        .or_else(|| text.strip_suffix("ms"))
    {
        time(digits, 1.0)
    } else if let Some(digits) = text
        .strip_suffix("sec")
        .or_else(|| text.strip_suffix("secs"))
        .or_else(|| text.strip_suffix('s'))
    {
        time(digits, 1000.0)
    } else {
        unsigned(text)
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(invalid)
    }
}

/// A table by name or number.
pub(crate) fn table(ip: &mut Ip, name: &str) -> Done<u32> {
    let number = ip
        .names
        .tables
        .number(name)
        .map(u64::from)
        .or_else(|| unsigned(name));
    number
        .and_then(|number| u32::try_from(number).ok())
        .ok_or_else(|| trimmed(wrong(name, "\"table\" value is invalid\n")))
}

/// DSCP and ECN bits by name or number.
pub(crate) fn tos(ip: &mut Ip, name: &str) -> Done<u8> {
    let hexadecimal = || u32::from_str_radix(name.trim_start_matches("0x"), 16).ok();
    let number = ip.names.fields.number(name).or_else(hexadecimal);
    number
        .and_then(|number| u8::try_from(number).ok())
        .ok_or_else(|| trimmed(wrong(name, "\"tos\" value is invalid\n")))
}

/// `[FROM/]TO`.
pub(crate) fn realms(ip: &mut Ip, text: &str) -> Done<u32> {
    let mut realm = |name: &str| {
        let number = ip
            .names
            .realms
            .number(name)
            .map(u64::from)
            .or_else(|| unsigned(name));
        number
            .filter(|number| *number < 1 << 16)
            .ok_or_else(|| trimmed(wrong(text, "\"realm\" value is invalid\n")))
    };
    let (from, to) = match text.split_once('/') {
        Some((from, to)) => (realm(from)?, realm(to)?),
        None => (0, realm(text)?),
    };
    Ok((from << 16 | to) as u32)
}
