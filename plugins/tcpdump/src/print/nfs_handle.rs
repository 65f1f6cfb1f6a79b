//! The handles of files on NFS, whose form tells the server's system.

use super::prelude::*;

/// The number of a device, and of a file on it.
struct File {
    major: u32,
    minor: u32,
    number: u32,
}

fn file(major: impl Into<u32>, minor: impl Into<u32>, number: u32) -> Option<File> {
    Some(File {
        major: major.into(),
        minor: minor.into(),
        number,
    })
}

/// Prints a handle of so many words.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], words: usize) -> Done {
    if p.set.raw_handles {
        p.text(" fh[");
        for place in 0..words {
            p.text(if place == 0 { "" } else { ":" });
            write!(p, "{:x}", b.be32(place * 4)?);
        }
        p.text("]");
        return Ok(());
    }
    p.text(" fh ");
    if words >= 7 && opaque(b)? && named(b)? {
        let name = b.tail(1).upto(words.min(64));
        let end = |octet: &u8| matches!(octet, 0 | b' ');
        let name = name.split(end).next().unwrap_or_default();
        let number = u32::from(b.u8(26)?) << 24 | u32::from(b.u8(27)?) << 16;
        p.string(name);
        write!(p, "/{}", number | u32::from(b.le16(22)?));
        return Ok(());
    }
    let known = if words < 4 { None } else { parts(b, words)? };
    match known {
        Some(file) => write!(p, "{},{}/{}", file.major, file.minor, file.number),
        None => {
            let name = "Unknown";
            p.text(name.get(..words).unwrap_or(name));
            p.text("/");
            for octet in b.octets(0, words * 4)?.upto(32) {
                write!(p, "{octet:02X}");
            }
        }
    }
    Ok(())
}

/// Whether neither half of the first word nor a number of a file system's kind says more.
fn opaque(b: &[u8]) -> Done<bool> {
    Ok(b.be16(0)? != 0 && b.be16(2)? != 0 && b.be16(8)? != 0x0c00 && b.be16(8)? != 0x000a)
}

/// Whether a name padded with zeros follows the first octet, as VMS has it.
fn named(b: &[u8]) -> Done<bool> {
    let name = b.octets(1, 13)?;
    let end = name.iter().position(|octet| *octet == 0).unwrap_or(13);
    let printable = |octet: &u8| (0x20..0x7f).contains(octet);
    Ok(name.upto(end).iter().all(printable) && name.tail(end).iter().all(|octet| *octet == 0))
}

fn parts(b: &[u8], words: usize) -> Done<Option<File>> {
    let (first, second) = (b.be16(0)?, b.be16(2)?);
    let number = b.be32(12)?;
    let (zero, one) = (b.u8(0)?, b.u8(1)?);
    let osf = |b: &[u8]| {
        let device = b.le32(0)?;
        Ok(file(device >> 20, device & 0xf_ffff, b.le32(12)?))
    };
    let sun = |b: &[u8]| {
        let device = b.be24(1)? & 0x3_ffff;
        Ok(file(b.be16(0)? >> 2, device, number))
    };
    Ok(match (first, second) {
        (0, 0) => file(b.u8(6)?, b.u8(7)?, number),
        (0, _) if b.u8(4)? != 0 && b.u8(5)? == 0 && b.be16(8)? == 0x0c00 => return osf(b),
        (0, _) if b.be32(4)? == 0x0008_0000 => file(b.u8(2)?, b.u8(3)?, b.be32(8)?),
        (0, _) => file(b.u8(2)?, b.u8(3)?, number),
        (_, 0) if b.be16(6)? == 0 => file(one, zero, b.le32(12)?),
        (_, 0) if words >= 6 && b.u8(21)? == 0 && b.u8(23)? == 0 => file(one, zero, b.le32(4)?),
        (_, 0) if b.u8(9)? == 10 => return sun(b),
        (_, 0) => None,
        _ if b.be16(8)? == 0x0c00 => return osf(b),
        _ if b.be16(8)? == 0x000a && b.be32(4)? == 0 => file(zero, b.be24(1)?, number),
        _ if b.be16(8)? == 0x000a => return sun(b),
        _ => None,
    })
}
