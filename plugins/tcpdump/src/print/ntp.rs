//! NTP (RFC 5905).

use super::prelude::*;
use super::time;

const MODES: &Table = &[
    (0, "unspecified"),
    (1, "symmetric active"),
    (2, "symmetric passive"),
    (3, "Client"),
    (4, "Server"),
    (5, "Broadcast"),
    (6, "Control Message"),
    (7, "Reserved"),
];
const LEAPS: &Table = &[
    (0, ""),
    (0x40, "+1s"),
    (0x80, "-1s"),
    (0xc0, "clock unsynchronized"),
];
const EXTENSIONS: &Table = &[
    (0x0104, "Unique Identifier"),
    (0x0204, "NTS Cookie"),
    (0x0304, "NTS Cookie Placeholder"),
    (0x0404, "NTS Authenticator and Encrypted Extension Fields"),
    (0x2005, "Checksum Complement"),
];
/// Octets of the fields that each message has.
const FIXED: usize = 48;

/// Prints a message.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "ntp";
    p.text("NTP");
    let status = b.u8(0)?;
    let version = status >> 3 & 7;
    let mode = status & 7;
    write!(
        p,
        "v{version}, {}, length {length}",
        tok(MODES, mode.into(), "Unknown mode")
    );
    if !p.v(1) {
        return Ok(());
    }
    let leap = status & 0xc0;
    write!(
        p,
        "\n\tLeap indicator: {} ({leap})",
        tok(LEAPS, leap.into(), "Unknown")
    );
    match mode {
        0..=5 => times(p, b, length, version),
        6 => control(p, b, length),
        _ => Ok(()),
    }
}

fn times(p: &mut Printer, b: &[u8], length: usize, version: u8) -> Done {
    if length < FIXED {
        p.bad("length", length, "<", FIXED);
        b.octets(0, length)?;
        return Ok(());
    }
    let stratum = b.u8(1)?;
    let kind = match stratum {
        0 => "unspecified",
        1 => "primary reference",
        2..=15 => "secondary reference",
        _ => "reserved",
    };
    let poll = b.u8(2)?.cast_signed();
    write!(p, ", Stratum {stratum} ({kind}), poll {poll}");
    match poll {
        0..=31 => write!(p, " ({}s)", 1u32 << poll),
        -31..=-1 => write!(p, " (1/{}s)", 1u32 << -poll),
        _ => {}
    }
    write!(p, ", precision {}\n\tRoot Delay: ", b.u8(3)?.cast_signed());
    short(p, b, 4)?;
    p.text(", Root dispersion: ");
    short(p, b, 8)?;
    p.text(", Reference-ID: ");
    match stratum {
        0 if !(0x20..0x7f).contains(&b.u8(12)?) => {
            p.text("(unspec)");
            b.be32(12)?;
        }
        0 | 1 => p.string_at(b, 12, 4)?,
        62 | 63 => {
            p.v4_at(b, 12)?;
            p.text(if stratum == 62 {
                " INFO_QUERY"
            } else {
                " INFO_REPLY"
            });
            return Ok(());
        }
        _ => write!(p, "0x{:08x}", b.be32(12)?),
    }
    for (name, at) in [
        ("Reference Timestamp:  ", 16),
        ("Origin Timestamp:     ", 24),
        ("Receive Timestamp:    ", 32),
        ("Transmit Timestamp:   ", 40),
    ] {
        write!(p, "\n\t  {name}");
        timestamp(p, b, at)?;
    }
    p.text("\n\t    Originator - Receive Timestamp:  ");
    difference(p, b, 24, 32)?;
    p.text("\n\t    Originator - Transmit Timestamp: ");
    difference(p, b, 24, 40)?;
    let mut at = FIXED;
    if version == 4 {
        at += extensions(p, b.tail(FIXED), length - FIXED)?;
    }
    match length - at {
        0 => {}
        rest @ (4 | 20 | 24) => {
            write!(p, "\n\tKey id: {}", b.be32(at)?);
            if rest > 4 {
                p.text("\n\tAuthentication: ");
                for word in 1..rest / 4 {
                    write!(p, "{:08x}", b.be32(at + word * 4)?);
                }
            }
        }
        rest => write!(
            p,
            "\n\t({rest} more bytes after the header and extension fields)"
        ),
    }
    Ok(())
}

fn extensions(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    let mut at = 0;
    while length - at >= 28 {
        let (kind, size) = (b.be16(at)?, usize::from(b.be16(at + 2)?));
        if at + size > length || size < 4 || size % 4 != 0 {
            p.invalid();
            break;
        }
        if at == 0 {
            p.text("\n\tExtension fields:");
        }
        let name = tok(EXTENSIONS, kind.into(), "Unknown type");
        write!(p, "\n\t  {name} (0x{kind:04x}), length {size}");
        let captured = b.tail(at + 4).upto(size - 4);
        if p.v(3) {
            super::dump::hex(p, "\n\t    ", captured);
        }
        b.octets(at + 4, size - 4)?;
        at += size;
    }
    Ok(at)
}

fn control(p: &mut Printer, b: &[u8], length: usize) -> Done {
    if length < 12 {
        p.bad("length", length, "<", 12);
        b.octets(0, length)?;
        return Ok(());
    }
    let control = b.u8(1)?;
    let side = if control & 0x80 != 0 {
        "Response"
    } else {
        "Request"
    };
    let state = if control & 0x40 != 0 { "Error" } else { "OK" };
    let more = if control & 0x20 != 0 { "More" } else { "Last" };
    writeln!(p, ", {side}, {state}, {more}, OpCode={}", control & 0x1f);
    write!(p, "\tSequence={}", b.be16(2)?);
    match b.be16(4)? {
        0 => p.text(", Status=0"),
        status => write!(p, ", Status=0x{status:x}"),
    }
    write!(p, ", Assoc.={}", b.be16(6)?);
    write!(p, ", Offset={}", b.be16(8)?);
    let count = usize::from(b.be16(10)?);
    write!(p, ", Count={count}");
    if length < 12 + count {
        p.bad("length", length, "<", 12 + count);
        b.octets(0, length)?;
        return Ok(());
    }
    if count != 0 {
        b.octets(12, count)?;
        p.text("\n\tTO-BE-DONE: data not interpreted");
    }
    Ok(())
}

/// Seconds in sixteen bits with a fraction in sixteen.
fn short(p: &mut Printer, b: &[u8], at: usize) -> Done {
    let fraction = u64::from(b.be16(at + 2)?) * 1_000_000 / 65536;
    write!(p, "{}.{fraction:06}", b.be16(at)?);
    Ok(())
}

/// Nanoseconds of a fraction in 32 bits.
fn nanoseconds(fraction: u32) -> u32 {
    (f64::from(fraction) / 4_294_967_296.0 * 1e9) as u32
}

/// A time stamp, and what it is in UTC.
///
/// # Errors
/// [`Cut`]
pub(crate) fn timestamp(p: &mut Printer, b: &[u8], at: usize) -> Done {
    timestamp_with(p, b, at, time::iso)
}

/// A time stamp, and what it is in UTC in some form.
///
/// # Errors
/// [`Cut`]
pub(crate) fn timestamp_with(
    p: &mut Printer,
    b: &[u8],
    at: usize,
    form: fn(i64) -> String,
) -> Done {
    let (seconds, fraction) = (b.be32(at)?, b.be32(at + 4)?);
    write!(p, "{seconds}.{:09}", nanoseconds(fraction));
    if seconds != 0 {
        // 1900 before 2036, 2036 behind it.
        let unix = match seconds & 0x8000_0000 {
            0 => i64::from(seconds) + 2_085_978_496,
            _ => i64::from(seconds) - 2_208_988_800,
        };
        write!(p, " ({})", form(unix));
    }
    Ok(())
}

fn difference(p: &mut Printer, b: &[u8], from: usize, to: usize) -> Done {
    let (seconds, fraction) = (b.be32(to)?, b.be32(to + 4)?);
    let (earlier, earlier_fraction) = (b.be32(from)?, b.be32(from + 4)?);
    if earlier == 0 && earlier_fraction == 0 {
        return timestamp(p, b, to);
    }
    let (sign, whole, part) = if seconds > earlier {
        let borrow = u32::from(earlier_fraction > fraction);
        (
            "+",
            seconds - earlier - borrow,
            fraction.wrapping_sub(earlier_fraction),
        )
    } else if seconds < earlier {
        let borrow = u32::from(fraction > earlier_fraction);
        (
            "-",
            earlier - seconds - borrow,
            earlier_fraction.wrapping_sub(fraction),
        )
    } else if fraction > earlier_fraction {
        ("+", 0, fraction - earlier_fraction)
    } else {
        ("-", 0, earlier_fraction - fraction)
    };
    write!(p, "{sign}{whole}.{:09}", nanoseconds(part));
    Ok(())
}
