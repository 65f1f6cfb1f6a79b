//! Protocols of OSI's network layer by the octet that they begin with, and ES-IS (ISO 9542).

use super::prelude::*;
use super::{clnp, ip, ip6, isis, osi, ppp, q933};

/// Prints a packet.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.nested(|p| packet(p, b, length))
}

fn packet(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "isoclns";
    let kind = b.u8(0)?;
    if p.set.link {
        let name = tok(osi::PROTOCOLS, kind.into(), "Unknown");
        write!(p, "OSI NLPID {name} (0x{kind:02x}): ");
    }
    let rest = length.saturating_sub(1);
    let separator = if p.set.link { "" } else { ", " };
    match kind {
        0x81 => {
            if !clnp::print(p, b, length)? {
                p.unknown(b, "\n\t", length);
            }
        }
        0x82 => end_system(p, b, length)?,
        0x83 => {
            if !isis::print(p, b, length)? {
                p.unknown(b, "\n\t", length);
            }
        }
        0x00 => write!(p, "{separator}length: {length}"),
        0x08 => q933::print(p, b.tail(1), rest)?,
        0xcc => ip::print(p, b.tail(1), rest)?,
        0x8e => ip6::print(p, b.tail(1), rest)?,
        0xcf => ppp::print(p, b.tail(1), rest).map(|_| ())?,
        _ => {
            if !p.set.link {
                write!(p, "OSI NLPID 0x{kind:02x} unknown");
            }
            write!(p, "{separator}length: {length}");
            if length > 1 {
                p.unknown(b, "\n\t", length);
            }
        }
    }
    Ok(())
}

const KINDS: &Table = &[(6, "redirect"), (2, "ESH"), (4, "ISH")];
const OPTIONS: &Table = &[
    (129, "Protocols supported"),
    (195, "QoS Maintenance"),
    (197, "Security"),
    (198, "ES Configuration Time"),
    (205, "Priority"),
    (225, "Address Mask"),
    (226, "SNPA Mask"),
];

fn end_system(p: &mut Printer, b: &[u8], length: usize) -> Done {
    p.protocol = "esis";
    let separator = if p.set.link { "" } else { ", " };
    if !p.set.link {
        p.text("ES-IS");
    }
    if length <= 2 {
        p.text(if p.set.quiet > 0 {
            "bad pkt!"
        } else {
            "no header at all!"
        });
        return Ok(());
    }
    b.octets(0, 9)?;
    let indicator = usize::from(b.u8(1)?);
    let version = b.u8(2)?;
    if version != 1 {
        write!(p, " version {version} packet not supported");
        return Ok(());
    }
    if indicator > length {
        write!(p, " length indicator({indicator}) > PDU size ({length})!");
        return Ok(());
    }
    if indicator < 11 {
        write!(p, " length indicator {indicator} < min PDU size:");
        for octet in b {
            write!(p, "{octet:02X}");
        }
        return Ok(());
    }
    let kind = b.u8(4)? & 0x1f;
    if !p.v(1) {
        write!(
            p,
            "{separator}{}, length {length}",
            tok(KINDS, kind.into(), "unknown type (%u)")
        );
        return Ok(());
    }
    let name = tok(KINDS, kind.into(), "unknown type: %u");
    let sum = b.be16(7)?;
    write!(
        p,
        "{separator}length {length}\n\t{name} ({kind}), v: {version}, checksum: 0x{sum:04x}"
    );
    osi::checksum(p, b, sum, 7, indicator);
    write!(
        p,
        ", holding time: {}s, length indicator: {indicator}",
        b.be16(5)?
    );
    if p.v(2) {
        p.unknown(b, "\n\t", 9);
    }
    let mut field = Field {
        b,
        at: 9,
        left: indicator - 9,
    };
    match kind {
        6 => {
            let Some(destination) = field.counted(p, "redirect")? else {
                return Ok(());
            };
            p.text("\n\t  ");
            osi::address(p, destination);
            let Some(link) = field.counted(p, "redirect")? else {
                return Ok(());
            };
            let Some(count) = field.take(p, 1, "redirect")? else {
                return Ok(());
            };
            // The native tool does not count this octet.
            field.left += 1;
            let Some(network) = field.take(p, count.u8(0)?.into(), "redirect")? else {
                return Ok(());
            };
            write!(p, "\n\t  SNPA (length: {}): ", link.len());
            match link.len() {
                0 => p.text("<empty>"),
                _ => p.hex(link, ":"),
            }
            if !network.is_empty() {
                write!(p, "\n\t  NET (length: {}) ", network.len());
                osi::address(p, network);
            }
        }
        2 => {
            let Some(count) = field.take(p, 1, "esh")? else {
                return Ok(());
            };
            let count = count.u8(0)?;
            write!(p, "\n\t  Number of Source Addresses: {count}");
            for _ in 0..count {
                let Some(address) = field.counted(p, "esh")? else {
                    return Ok(());
                };
                write!(p, "\n\t  NET (length: {}): ", address.len());
                osi::address(p, address);
            }
        }
        4 => {
            let Some(address) = field.counted(p, "ish")? else {
                return Ok(());
            };
            write!(p, "\n\t  NET (length: {}): ", address.len());
            osi::address(p, address);
        }
        _ => {
            if !p.v(2) {
                let rest = b.tail(9);
                p.unknown(rest, "\n\t  ", rest.len());
            }
            return Ok(());
        }
    }
    options(p, field)
}

/// The fields of a header.
struct Field<'a> {
    b: &'a [u8],
    at: usize,
    left: usize,
}

impl<'a> Field<'a> {
    /// So many octets; none when the header is too short, after that was said.
    fn take(&mut self, p: &mut Printer, count: usize, what: &str) -> Done<Option<&'a [u8]>> {
        let octets = self.b.octets(self.at, count)?;
        if self.left < count {
            write!(p, ", bad {what}/li");
            return Ok(None);
        }
        self.at += count;
        self.left -= count;
        Ok(Some(octets))
    }

    /// As many as the octet before them says.
    fn counted(&mut self, p: &mut Printer, what: &str) -> Done<Option<&'a [u8]>> {
        match self.take(p, 1, what)? {
            Some(count) => self.take(p, count.u8(0)?.into(), what),
            None => Ok(None),
        }
    }
}

fn options(p: &mut Printer, field: Field<'_>) -> Done {
    let Field {
        b,
        mut at,
        mut left,
    } = field;
    while left > 0 {
        if left < 2 {
            p.text(", bad opts/li");
            return Ok(());
        }
        let (code, size) = (b.u8(at)?, usize::from(b.u8(at + 1)?));
        at += 2;
        left -= 2;
        if size > left {
            write!(p, ", opt ({code}) too long");
            return Ok(());
        }
        left -= size;
        let name = tok(OPTIONS, code.into(), "Unknown");
        write!(p, "\n\t  {name} Option #{code}, length {size}, value: ");
        match code {
            198 if size == 2 => write!(p, "{}s", b.be16(at)?),
            198 => p.text("(bad length)"),
            129 => {
                for place in 0..size {
                    let number = b.u8(at + place)?;
                    write!(
                        p,
                        "{} (0x{number:02x})",
                        tok(osi::PROTOCOLS, number.into(), "unknown")
                    );
                    if place + 1 < size {
                        p.text(", ");
                    }
                }
            }
            _ => p.unknown(b.tail(at), "\n\t  ", size),
        }
        if p.v(2) {
            p.unknown(b.tail(at), "\n\t  ", size);
        }
        at += size;
    }
    Ok(())
}
