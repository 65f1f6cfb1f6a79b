//! Radiotap: how a frame of IEEE 802.11 was received, before it.

use super::ieee80211;
use super::prelude::*;

/// Fields at places that are multiples of their sizes.
struct Packed<'a> {
    b: &'a [u8],
    at: usize,
}

impl Packed<'_> {
    fn take(&mut self, size: usize) -> Done<usize> {
        let at = self.at.next_multiple_of(size);
        self.b.octets(at, size)?;
        self.at = at + size;
        Ok(at)
    }

    fn skip(&mut self, count: usize) -> Done {
        self.b.octets(self.at, count)?;
        self.at += count;
        Ok(())
    }

    fn u8(&mut self) -> Done<u8> {
        let at = self.take(1)?;
        self.b.u8(at)
    }

    fn i8(&mut self) -> Done<i8> {
        Ok(self.u8()?.cast_signed())
    }

    fn le16(&mut self) -> Done<u16> {
        let at = self.take(2)?;
        self.b.le16(at)
    }

    fn le32(&mut self) -> Done<u32> {
        let at = self.take(4)?;
        self.b.le32(at)
    }

    fn le64(&mut self) -> Done<u64> {
        let at = self.take(8)?;
        self.b.le64(at)
    }
}

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn link(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.link_header += print(p, b, length)?;
    Ok(())
}

/// Prints a packet; the length of its headers.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done<usize> {
    p.protocol = "802.11_radio";
    let size = b.le16(2).map_or(0, usize::from);
    if !b.has(8) || size < 8 || !b.has(size) {
        p.truncated();
        return Ok(b.len());
    }
    let header = b.upto(size);
    let mut maps = Vec::new();
    loop {
        let Ok(map) = header.le32(4 + maps.len() * 4) else {
            p.truncated();
            return Ok(b.len());
        };
        maps.push(map);
        if map >> 31 == 0 {
            break;
        }
    }
    let mut fields = Packed {
        b: header,
        at: 4 + maps.len() * 4,
    };
    let flags = namespaces(p, &mut fields, &maps);
    let check = if flags & 0x10 != 0 { 4 } else { 0 };
    let rest = length.saturating_sub(size);
    Ok(size + ieee80211::print(p, b.tail(size), rest, flags & 0x20 != 0, check)?)
}

/// Prints the fields that maps tell of; the flags of the frame.
fn namespaces(p: &mut Printer, fields: &mut Packed<'_>, maps: &[u32]) -> u8 {
    let (mut flags, mut first) = (0, 0);
    let mut vendor = None;
    for map in maps {
        let fits = match vendor {
            Some(size) => fields.skip(size).is_ok(),
            None => standard(p, fields, *map, first, &mut flags),
        };
        if !fits {
            break;
        }
        vendor = vendor.map(|_| 0);
        match map >> 29 & 3 {
            0 => first += 32,
            1 => (first, vendor) = (0, None),
            2 => {
                first = 0;
                let size = (|| {
                    fields.at = fields.at.next_multiple_of(2);
                    fields.skip(4)?;
                    fields.le16()
                })();
                if size.is_err() {
                    p.truncated();
                }
                vendor = Some(size.map_or(0, usize::from));
            }
            _ => {}
        }
    }
    flags
}

fn standard(
    p: &mut Printer,
    fields: &mut Packed<'_>,
    map: u32,
    first: u32,
    flags: &mut u8,
) -> bool {
    for bit in (0..29).filter(|bit| map & 1 << bit != 0) {
        match field(p, fields, first + bit, map, flags) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(Cut) => {
                p.truncated();
                return false;
            }
        }
    }
    true
}

fn field(p: &mut Printer, f: &mut Packed<'_>, bit: u32, map: u32, flags: &mut u8) -> Done<bool> {
    match bit {
        0 => write!(p, "{}us tsft ", f.le64()?),
        1 => {
            *flags = f.u8()?;
            for (bit, name) in [
                (0x01, "cfp "),
                (0x02, "short preamble "),
                (0x04, "wep "),
                (0x08, "fragmented "),
                (0x40, "bad-fcs "),
            ] {
                p.text(if *flags & bit != 0 { name } else { "" });
            }
        }
        2 => {
            let rate = f.u8()?;
            match rate {
                0x80..=0x8f => write!(p, "MCS {} ", rate & 0x7f),
                _ => write!(p, "{:.1} Mb/s ", f64::from(rate) / 2.0),
            }
        }
        3 => {
            let (frequency, kind) = (f.le16()?, f.le16()?);
            if map & 1 << 18 == 0 {
                channel(p, frequency, kind.into(), map);
            }
        }
        4 => write!(p, "fhset {} fhpat {} ", f.u8()?, f.u8()?),
        5 => write!(p, "{}dBm signal ", f.i8()?),
        6 => write!(p, "{}dBm noise ", f.i8()?),
        7 => write!(p, "{} sq ", f.le16()?),
        8 => write!(p, "{} tx power ", -i32::from(f.le16()?.cast_signed())),
        9 => write!(p, "{}dB tx attenuation ", -i32::from(f.i8()?)),
        10 => write!(p, "{}dBm tx power ", f.i8()?),
        11 => write!(p, "antenna {} ", f.u8()?),
        12 => write!(p, "{}dB signal ", f.u8()?),
        13 => write!(p, "{}dB noise ", f.u8()?),
        14 => _ = f.le16()?,
        18 => {
            let (kind, frequency) = (f.le32()?, f.le16()?);
            f.skip(2)?;
            channel(p, frequency, kind, map);
        }
        19 => high_throughput(p, f.u8()?, f.u8()?, f.u8()?),
        20 => {
            f.le32()?;
            f.skip(4)?;
        }
        21 => very_high_throughput(p, f)?,
        _ => {
            write!(p, "[bit {bit}] ");
            return Ok(false);
        }
    }
    Ok(true)
}

fn channel(p: &mut Printer, frequency: u16, kind: u32, map: u32) {
    write!(p, "{frequency} MHz");
    let is = |bits: u32| kind & bits == bits;
    let width = match kind & 0xc000 {
        0 => "",
        0x8000 => "/5Mhz",
        _ => "/10Mhz",
    };
    if map & 1 << 19 != 0 {
        p.text(" 11n");
    } else {
        p.text(if is(0x880) { " FHSS" } else { "" });
        if is(0x140) {
            write!(p, " 11a{width}");
        }
        if is(0xc0) || is(0x480) {
            write!(p, " 11g{width}");
        } else if is(0xa0) {
            p.text(" 11b");
        }
        p.text(if is(0x10) { " Turbo" } else { "" });
    }
    p.text(match kind {
        _ if is(0x1_0000) => " ht/20 ",
        _ if is(0x4_0000) => " ht/40- ",
        _ if is(0x2_0000) => " ht/40+ ",
        _ => " ",
    });
}

/// The rates with unequal modulation, from index 33, in steps of 6.5 Mb/s.
const UNEQUAL: [u8; 44] = [
    6, 8, 10, 9, 12, 15, 8, 10, 10, 12, 14, 14, 16, 12, 15, 15, 18, 21, 21, 24, 10, 12, 14, 12, 14,
    16, 18, 16, 18, 20, 20, 22, 15, 18, 21, 18, 21, 24, 27, 24, 27, 30, 30, 33,
];

/// The rate of a scheme of modulation and coding (IEEE 802.11n).
fn rate(scheme: u8, wide: bool, short: bool) -> Option<f64> {
    let steps = match scheme {
        0..=31 => {
            let one = [1, 2, 3, 4, 6, 8, 9, 10].get(usize::from(scheme % 8));
            (scheme / 8 + 1) * one.copied().unwrap_or(1)
        }
        32 => 0,
        _ => *UNEQUAL.get(usize::from(scheme - 33))?,
    };
    let long = match (scheme, wide) {
        (32, true) => 6.0,
        (32, false) => return None,
        (_, true) => f64::from(steps) * 13.5,
        (_, false) => f64::from(steps) * 6.5,
    };
    Some(if short { long / 0.9 } else { long })
}

fn high_throughput(p: &mut Printer, known: u8, flags: u8, scheme: u8) {
    if known & 2 != 0 {
        let rate = rate(scheme, flags & 3 == 1, flags & 4 != 0).filter(|_| known & 5 != 0);
        if let Some(rate) = rate {
            write!(p, "{rate:.1} Mb/s ");
        }
        write!(p, "MCS {scheme} ");
    }
    if known & 1 != 0 {
        p.text(match flags & 3 {
            0 => "20 MHz ",
            1 => "40 MHz ",
            2 => "20 MHz (L) ",
            _ => "20 MHz (U) ",
        });
    }
    for (bit, flag, yes, no) in [
        (4, 4, "short GI ", "long GI "),
        (8, 8, "greenfield ", "mixed "),
        (0x10, 0x10, "LDPC FEC ", "BCC FEC "),
    ] {
        if known & bit != 0 {
            p.text(if flags & flag != 0 { yes } else { no });
        }
    }
    if known & 0x20 != 0 {
        write!(p, "RX-STBC{} ", flags >> 5 & 3);
    }
}

const BANDWIDTHS: [&str; 26] = [
    "20 MHz",
    "40 MHz",
    "20 MHz (L)",
    "20 MHz (U)",
    "80 MHz",
    "80 MHz (L)",
    "80 MHz (U)",
    "80 MHz (LL)",
    "80 MHz (LU)",
    "80 MHz (UL)",
    "80 MHz (UU)",
    "160 MHz",
    "160 MHz (L)",
    "160 MHz (U)",
    "160 MHz (LL)",
    "160 MHz (LU)",
    "160 MHz (UL)",
    "160 MHz (UU)",
    "160 MHz (LLL)",
    "160 MHz (LLU)",
    "160 MHz (LUL)",
    "160 MHz (UUU)",
    "160 MHz (ULL)",
    "160 MHz (ULU)",
    "160 MHz (UUL)",
    "160 MHz (UUU)",
];

fn very_high_throughput(p: &mut Printer, f: &mut Packed<'_>) -> Done {
    let (known, flags, bandwidth) = (f.le16()?, f.u8()?, f.u8()? & 0x1f);
    let users = [f.u8()?, f.u8()?, f.u8()?, f.u8()?];
    let coding = f.u8()?;
    f.u8()?;
    f.le16()?;
    for (place, user) in users.into_iter().enumerate() {
        if user & 15 != 0 {
            let code = if coding & 1 << place != 0 {
                "LDPC"
            } else {
                "BCC"
            };
            write!(p, "User {place} MCS {} {code} FEC ", user >> 4);
        }
    }
    if known & 0x40 != 0 {
        match BANDWIDTHS.get(usize::from(bandwidth)) {
            Some(name) => write!(p, "{name} "),
            None => write!(p, "unknown ({bandwidth}) "),
        }
    }
    if known & 4 != 0 {
        p.text(if flags & 4 != 0 {
            "short GI "
        } else {
            "long GI "
        });
    }
    Ok(())
}
