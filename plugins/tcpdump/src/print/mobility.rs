//! Mobility for IPv6 (RFC 6275).

use super::prelude::*;

const MESSAGES: &Table = &[
    (0, "BRR"),
    (1, "HoTI"),
    (2, "CoTI"),
    (3, "HoT"),
    (4, "CoT"),
    (5, "BU"),
    (6, "BA"),
    (7, "BE"),
];
const UPDATE_BITS: &Table = &[(8, "A"), (4, "H"), (2, "L"), (1, "K")];
/// The least length of each message.
const LEAST: [usize; 8] = [8, 16, 16, 24, 24, 16, 16, 24];

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8]) -> Done {
    p.protocol = "mobility";
    p.text("mobility: ");
    let next = b.u8(0)?;
    if next != 59 {
        write!(p, "(payload protocol {next} should be 59) ");
    }
    let length = (usize::from(b.u8(1)?) + 1) * 8;
    let kind = b.u8(2)?;
    p.name(MESSAGES, kind, "type-#%u");
    if let Some(least) = LEAST.get(usize::from(kind))
        && length < *least
    {
        write!(p, " (header length {length} < {least})");
        p.invalid();
        return Ok(());
    }
    let cookie = |p: &mut Printer, what: &str, at: usize| -> Done {
        if p.v(1) {
            write!(p, " {what}={:08x}:{:08x}", b.be32(at)?, b.be32(at + 4)?);
        }
        Ok(())
    };
    let side = if matches!(kind, 1 | 3) {
        "Home"
    } else {
        "Care-of"
    };
    let options = match kind {
        0 => 8,
        1 | 2 => {
            cookie(p, &format!("{side} Init Cookie"), 8)?;
            16
        }
        3 | 4 => {
            write!(p, " nonce id=0x{:x}", b.be16(6)?);
            cookie(p, &format!("{side} Init Cookie"), 8)?;
            cookie(p, &format!("{side} Keygen Token"), 16)?;
            24
        }
        5 => {
            write!(p, " seq#={}", b.be16(6)?);
            let flags = b.u8(8)? >> 4;
            if flags != 0 {
                write!(p, " {}", bits(UPDATE_BITS, flags.into(), "bits-#0x%x", ""));
            }
            write!(p, " lifetime={}", u32::from(b.be16(10)?) << 2);
            12
        }
        6 => {
            write!(p, " status={}", b.u8(6)?);
            if b.u8(7)? & 0x80 != 0 {
                p.text(" K");
            }
            write!(
                p,
                " seq#={} lifetime={}",
                b.be16(8)?,
                u32::from(b.be16(10)?) << 2
            );
            12
        }
        7 => {
            write!(p, " status={} homeaddr ", b.u8(6)?);
            p.v6_at(b, 8)?;
            24
        }
        _ => {
            write!(p, " len={}", b.u8(1)?);
            return Ok(());
        }
    };
    if p.v(1) && !print_options(p, b.tail(options), length - options)? {
        p.invalid();
    }
    Ok(())
}

/// False for what is invalid.
fn print_options(p: &mut Printer, b: &[u8], length: usize) -> Done<bool> {
    let mut at = 0;
    while at < length {
        let kind = b.u8(at)?;
        let left = length - at;
        let short = |p: &mut Printer, least: usize| {
            let short = left < least;
            if short {
                write!(p, " [remaining length {left} < {least}]");
            }
            short
        };
        let mut size = 1;
        if kind != 0 {
            if short(p, 2) {
                return Ok(false);
            }
            size = usize::from(b.u8(at + 1)?) + 2;
        }
        if short(p, size) {
            return Ok(false);
        }
        b.octets(at, size)?;
        match kind {
            0 => p.text("(pad1)"),
            1 => p.text("(padn)"),
            2 => {
                p.text("(refresh: ");
                if short(p, 4) {
                    return Ok(false);
                }
                write!(p, "{})", u32::from(b.be16(at + 2)?) << 2);
            }
            3 => {
                p.text("(alt-CoA: ");
                if short(p, 18) {
                    return Ok(false);
                }
                p.v6_at(b, at + 2)?;
                p.text(")");
            }
            4 => {
                p.text("(ni: ");
                if short(p, 6) {
                    return Ok(false);
                }
                write!(
                    p,
                    "ho=0x{:04x} co=0x{:04x})",
                    b.be16(at + 2)?,
                    b.be16(at + 4)?
                );
            }
            5 => {
                p.text("(auth)");
                if short(p, 12) {
                    return Ok(false);
                }
            }
            _ => write!(p, "(unknown: type-#{kind} len={})", size - 2),
        }
        at += size;
    }
    Ok(true)
}
