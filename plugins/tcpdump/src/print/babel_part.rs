//! Babel: what may be within its messages.

use super::babel::Part;
use super::prelude::*;

const DIVERSITY: &Table = &[(0, "reserved"), (255, "all")];

/// Prints what is within a message.
///
/// # Errors
/// When it was not captured or does not fit.
pub(crate) fn parts(p: &mut Printer, v: &[u8], kind: u8) -> Part {
    let mut v = v;
    while !v.is_empty() {
        let part = v.u8(0)?;
        if part == 0 {
            p.text(" sub-pad1");
            v = v.tail(1);
            continue;
        }
        if part & 0x80 != 0 {
            p.text(" (M)");
        }
        let value = v.u8(1).and_then(|size| v.octets(2, size.into()));
        let Ok(value) = value else {
            p.invalid();
            return Ok(());
        };
        v = v.tail(2 + value.len());
        match part {
            1 => p.text(" sub-padn"),
            2 => {
                p.text(" sub-diversity");
                if value.is_empty() {
                    p.text(" empty");
                    continue;
                }
                for (place, channel) in value.iter().enumerate() {
                    p.text(if place == 0 { " " } else { "-" });
                    p.name(DIVERSITY, *channel, "%u");
                }
                if !matches!(kind, 8 | 13) {
                    p.text(" (bogus)");
                }
            }
            3 => {
                p.text(" sub-timestamp");
                let times = match kind {
                    4 => 1,
                    5 => 2,
                    _ => 0,
                };
                if times == 0 {
                    p.text(" (bogus)");
                }
                if value.len() < times * 4 {
                    p.invalid();
                    return Ok(());
                }
                for time in 0..times {
                    let micros = value.be32(time * 4)?;
                    p.text(if time == 0 { " " } else { "|" });
                    write!(p, "{}.{:06}s", micros / 1_000_000, micros % 1_000_000);
                }
            }
            _ => write!(p, " sub-unknown-0x{part:02x}"),
        }
    }
    Ok(())
}
