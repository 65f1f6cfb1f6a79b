//! Options of neighbor discovery (RFC 4861, 6275, 4191, 8106, 8781).

use super::domain;
use super::prelude::*;

const NAMES: &Table = &[
    (1, "source link-address"),
    (2, "destination link-address"),
    (3, "prefix info"),
    (4, "redirected header"),
    (5, "mtu"),
    (25, "rdnss"),
    (31, "dnssl"),
    (7, "advertisement interval"),
    (8, "homeagent information"),
    (14, "nonce"),
    (24, "route info"),
    (38, "pref64"),
];
const PREFIX_FLAGS: &Table = &[(0x80, "onlink"), (0x40, "auto"), (0x20, "router")];

/// The preference of a router or a route (RFC 4191).
#[must_use]
pub(crate) fn preference(flags: u8) -> &'static str {
    match flags >> 3 & 3 {
        0 => "medium",
        1 => "high",
        2 => "rsv",
        _ => "low",
    }
}

fn lifetime(seconds: u32) -> String {
    match seconds {
        u32::MAX => "infinity".into(),
        _ => format!("{seconds}s"),
    }
}

/// Prints options; false when one is cut off or malformed.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let whole = b;
    let (mut b, mut left) = (b, length);
    while !b.is_empty() {
        b.u8(1)?;
        if left == 0 {
            return Ok(true);
        }
        let kind = b.u8(0)?;
        let units = usize::from(b.u8(1)?);
        let size = units * 8;
        if units == 0 || size > b.len() {
            return Ok(false);
        }
        let name = tok(NAMES, kind.into(), "unknown");
        write!(p, "\n\t  {name} option ({kind}), length {size} ({units}): ");
        let option = b.upto(size);
        match kind {
            1 | 2 => p.hex(option.tail(2), ":"),
            3 => {
                p.v6_at(b, 16)?;
                let bad = if units == 4 { "" } else { "badlen" };
                let flags = bits(PREFIX_FLAGS, b.u8(3)?.into(), "none", ", ");
                write!(
                    p,
                    "/{}{bad}, Flags [{flags}], valid time {}",
                    b.u8(2)?,
                    lifetime(b.be32(4)?)
                );
                write!(p, ", pref. time {}", lifetime(b.be32(8)?));
            }
            4 => p.unknown(whole, "\n\t    ", size),
            5 => {
                let bad = if units == 1 { "" } else { "bad option length" };
                write!(p, " {}{bad}", b.be32(4)?);
            }
            25 => {
                write!(p, " lifetime {}s,", b.be32(4)?);
                for number in 0..(units - 1) / 2 {
                    p.text(" addr: ");
                    p.v6_at(b, 8 + number * 16)?;
                }
            }
            31 => {
                write!(p, " lifetime {}s, domain(s):", b.be32(4)?);
                let mut at = 8;
                while at < size && b.u8(at)? != 0 {
                    p.text(" ");
                    match domain::name(p, b, at, b.len()) {
                        Some(next) => at = next,
                        None => return Ok(false),
                    }
                }
            }
            7 => write!(p, " {}ms", b.be32(4)?),
            8 => write!(p, " preference {}, lifetime {}", b.be16(4)?, b.be16(6)?),
            14 => p.hex(option.tail(2), " "),
            24 => {
                b.be32(4)?;
                let mut prefix = [0u8; 16];
                match units {
                    1..=3 => {
                        for (to, from) in prefix.iter_mut().zip(b.octets(8, size - 8)?) {
                            *to = *from;
                        }
                    }
                    _ => return Ok(false),
                }
                p.text(" ");
                p.v6(prefix);
                write!(
                    p,
                    "/{}, pref={}, lifetime={}",
                    b.u8(2)?,
                    preference(b.u8(3)?),
                    lifetime(b.be32(4)?)
                );
            }
            38 => {
                if units != 2 {
                    p.text("bad option length! ");
                }
                let scaled = b.be16(2)?;
                let mut prefix = [0u8; 16];
                for (to, from) in prefix.iter_mut().zip(b.octets(4, 12)?) {
                    *to = *from;
                }
                p.v6(prefix);
                let lengths = ["96", "64", "56", "48", "40", "32"];
                let code = scaled & 7;
                let long = lengths.get(usize::from(code)).copied().unwrap_or("??");
                write!(p, "/{long} (plc {code}), lifetime {}s", scaled & 0xfff8);
            }
            _ if !p.v(2) => {
                p.unknown(b.tail(2), "\n\t  ", size - 2);
                return Ok(true);
            }
            _ => {}
        }
        if p.v(2) {
            p.unknown(b.tail(2), "\n\t    ", size - 2);
        }
        b = b.tail(size);
        left = left.saturating_sub(size);
    }
    Ok(true)
}
