//! Options of Multipath TCP (RFC 8684).

use super::prelude::*;

const NAMES: [&str; 10] = [
    "capable",
    "join",
    "dss",
    "add-addr",
    "rem-addr",
    "prio",
    "fail",
    "fast-close",
    "tcprst",
    "unknown",
];
const CAPABLE_FLAGS: &Table = &[
    (0x80, "A"),
    (0x40, "B"),
    (0x20, "C"),
    (0x10, "D"),
    (0x08, "E"),
    (0x04, "F"),
    (0x02, "G"),
    (0x01, "H"),
];
const RESET_FLAGS: &Table = &[(8, "U"), (4, "V"), (2, "W"), (1, "T")];
const RESET_REASONS: &Table = &[
    (6, "Middlebox interference"),
    (5, "Unacceptable performance"),
    (4, "Too much outstanding data"),
    (3, "Administratively prohibited"),
    (2, "Lack of resources"),
    (1, "MPTCP-specific error"),
    (0, "Unspecified error"),
];
const ADDRESS_KINDS: &Table = &[(6, "v0-ip6"), (4, "v0-ip4"), (1, "v1-echo"), (0, "v1")];
const SYN: u16 = 0x02;
const ACK: u16 = 0x10;

/// Prints the data of an option whose whole length is `size`; false when it is malformed.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], size: usize, flags: u16) -> Done<bool> {
    p.protocol = "mptcp";
    if size < 3 {
        return Ok(false);
    }
    let subtype = usize::from(b.u8(0)? >> 4).min(9);
    write!(
        p,
        " {size} {}",
        NAMES.get(subtype).copied().unwrap_or_default()
    );
    match subtype {
        0 => capable(p, b, size, flags),
        1 => join(p, b, size, flags),
        2 => data_sequence(p, b, size, flags),
        3 => add_address(p, b, size),
        4 => {
            if size < 4 {
                return Ok(false);
            }
            p.text(" id");
            for at in 1..size - 2 {
                write!(p, " {}", b.u8(at)?);
            }
            Ok(true)
        }
        5 => {
            if size != 3 && size != 4 {
                return Ok(false);
            }
            p.text(if b.u8(0)? & 1 != 0 {
                " backup"
            } else {
                " non-backup"
            });
            if size == 4 {
                write!(p, " id {}", b.u8(1)?);
            }
            Ok(true)
        }
        6 if size == 12 => {
            write!(p, " seq {}", b.be64(2)?);
            Ok(true)
        }
        7 if size == 12 => {
            write!(p, " key 0x{:x}", b.be64(2)?);
            Ok(true)
        }
        8 if size == 4 => {
            let flags = bits(RESET_FLAGS, b.u8(0)?.into(), "none", "");
            write!(p, " flags [{flags}] reason ");
            p.name(RESET_REASONS, b.u8(1)?, "unknown (0x%02x)");
            Ok(true)
        }
        6..=8 => Ok(false),
        _ => Ok(true),
    }
}

fn capable(p: &mut Printer, b: &[u8], size: usize, flags: u16) -> Done<bool> {
    let opening = matches!(size, 4 | 12) && flags & SYN != 0;
    let opened = matches!(size, 20 | 22 | 24) && flags & (SYN | ACK) == ACK;
    if !opening && !opened {
        return Ok(false);
    }
    match b.u8(0)? & 15 {
        version @ 0..=1 => write!(p, " v{version}"),
        version => {
            write!(p, " Unknown Version ({version})");
            return Ok(true);
        }
    }
    let set = b.u8(1)?;
    write!(
        p,
        " flags [{}]",
        bits(CAPABLE_FLAGS, set.into(), "none", "")
    );
    let checksum = set & 0x80 != 0;
    if checksum {
        p.text(" csum");
    }
    if size >= 12 {
        write!(p, " {{0x{:x}", b.be64(2)?);
        if size >= 20 {
            write!(p, ",0x{:x}", b.be64(10)?);
        }
        if size == 22 && !checksum || size == 24 {
            write!(p, ",data_len={}", b.be16(18)?);
        }
        p.text("}");
    }
    Ok(true)
}

fn join(p: &mut Printer, b: &[u8], size: usize, flags: u16) -> Done<bool> {
    let fits = match size {
        12 => flags & SYN != 0,
        16 => flags & (SYN | ACK) == SYN | ACK,
        24 => flags & ACK != 0,
        _ => false,
    };
    if !fits {
        return Ok(false);
    }
    if size != 24 {
        if b.u8(0)? & 1 != 0 {
            p.text(" backup");
        }
        write!(p, " id {}", b.u8(1)?);
    }
    match size {
        12 => write!(p, " token 0x{:x} nonce 0x{:x}", b.be32(2)?, b.be32(6)?),
        16 => write!(p, " hmac 0x{:x} nonce 0x{:x}", b.be64(2)?, b.be32(10)?),
        _ => {
            p.text(" hmac 0x");
            p.hex(b.octets(2, 20)?, "");
        }
    }
    Ok(true)
}

fn data_sequence(p: &mut Printer, b: &[u8], size: usize, flags: u16) -> Done<bool> {
    if size < 4 || flags & SYN != 0 {
        return Ok(false);
    }
    let set = b.u8(1)?;
    if set & 0x10 != 0 {
        p.text(" fin");
    }
    let mut at = 2;
    let mut left = size - 4;
    let mut number = |p: &mut Printer, wide: bool, left: &mut usize| -> Done<bool> {
        let need = if wide { 8 } else { 4 };
        if *left < need {
            return Ok(false);
        }
        match wide {
            true => write!(p, "{}", b.be64(at)?),
            false => write!(p, "{}", b.be32(at)?),
        }
        at += need;
        *left -= need;
        Ok(true)
    };
    if set & 1 != 0 {
        p.text(" ack ");
        if !number(p, set & 2 != 0, &mut left)? {
            return Ok(false);
        }
    }
    if set & 4 != 0 {
        p.text(" seq ");
        if !number(p, set & 8 != 0, &mut left)? {
            return Ok(false);
        }
        if left < 4 {
            return Ok(false);
        }
        write!(p, " subseq {}", b.be32(at)?);
        if left < 6 {
            return Ok(false);
        }
        write!(p, " len {}", b.be16(at + 4)?);
        left -= 6;
        if left >= 2 {
            write!(p, " csum 0x{:x}", b.be16(at + 6)?);
            left -= 2;
        }
    }
    Ok(left == 0)
}

fn add_address(p: &mut Printer, b: &[u8], size: usize) -> Done<bool> {
    if !matches!(size, 8 | 10 | 16 | 18 | 20 | 22 | 28 | 30) {
        return Ok(false);
    }
    p.text(" ");
    p.name(ADDRESS_KINDS, b.u8(0)? & 15, "[bad version/echo]");
    write!(p, " id {} ", b.u8(1)?);
    let mut at = 2;
    if size < 20 {
        p.v4_at(b, at)?;
        at += 4;
    } else {
        p.v6_at(b, at)?;
        at += 16;
    }
    if matches!(size, 10 | 18 | 22 | 30) {
        write!(p, ":{}", b.be16(at)?);
        at += 2;
    }
    if matches!(size, 16 | 18 | 28 | 30) {
        write!(p, " hmac 0x{:x}", b.be64(at)?);
    }
    Ok(true)
}
