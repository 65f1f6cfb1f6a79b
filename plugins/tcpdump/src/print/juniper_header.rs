//! The headers that Juniper's routers put before what they capture.

use super::juniper::{ATM2, MFR, MLFR, MLPPP, guess_ip};
use super::juniper_names as names;
use super::prelude::*;

/// What was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header {
    /// Octets before the packet.
    pub(crate) size: usize,
    /// The octets that a card put before the packet, padded with zeros.
    pub(crate) cookie: [u8; 8],
    /// How many there are.
    pub(crate) cookie_size: usize,
    /// Which links belong together.
    pub(crate) bundle: u16,
    /// What the card says that it carries.
    pub(crate) protocol: u16,
    /// Whether the packet came in.
    pub(crate) incoming: bool,
}

/// What was read, and whether a packet follows that has not been printed.
pub(crate) struct Parsed {
    /// Octets before the packet.
    pub(crate) size: usize,
    /// The header of a packet that is to be printed.
    pub(crate) going_on: Option<Header>,
}

/// The cards: their link, the octets of their cookie, their name.
const CARDS: &[(u32, usize, &str)] = &[
    (137, 4, "ATM1"),
    (ATM2, 8, "ATM2"),
    (MLPPP, 2, "MLPPP"),
    (MLFR, 2, "MLFR"),
    (MFR, 4, "MFR"),
    (167, 0, "PPPoE"),
    (168, 0, "PPPoE ATM"),
    (133, 8, "GGSN"),
    (164, 8, "MONITOR"),
    (136, 8, "AS"),
    (132, 0, "ES"),
];
const LINK_SERVICES: u8 = 0x54;
const ADAPTIVE_SERVICES: u8 = 0x47;

fn stop(size: usize) -> Done<Parsed> {
    Ok(Parsed {
        size,
        going_on: None,
    })
}

/// Reads the header.
///
/// # Errors
/// [`Cut`]
pub(crate) fn parse(p: &mut Printer, link: u32, b: &[u8], length: usize) -> Done<Parsed> {
    let flags = b.u8(3)?;
    if b.be24(0)? != 0x004d_4743 {
        p.text("no magic-number found!");
        return stop(0);
    }
    let incoming = flags & 1;
    if p.set.link {
        let direction = tok(names::DIRECTIONS, incoming.into(), "---");
        write!(p, "{direction:>3} ");
    }
    let mut size = 4;
    if p.v(2) {
        let set = bits(names::FLAGS, flags.into(), "none", ", ");
        write!(p, "\n\tJuniper PCAP Flags [{set}]");
    }
    if flags & 0x80 != 0 {
        let more = usize::from(b.be16(size)?);
        if p.v(2) {
            write!(p, ", PCAP Extension(s) total length {more}");
        }
        let extensions = b.octets(size + 2, more)?;
        if !elements(p, extensions)? {
            p.invalid();
            return stop(0);
        }
        size += 2 + more;
        if p.v(2) {
            p.text("\n\t-----original packet-----\n\t");
        }
    }
    if flags & 2 != 0 {
        if p.set.link {
            p.text("no-L2-hdr, ");
        }
        size += 4;
        b.u8(size)?;
        if !guess_ip(p, b.tail(size), length.saturating_sub(size))? {
            p.text("no IP-hdr found!");
        }
        return stop(size);
    }
    let mut header = Header {
        size,
        incoming: incoming != 0,
        ..Header::default()
    };
    let card = CARDS.iter().find(|(known, ..)| *known == link);
    let mut kind = 0;
    if let Some((_, cookie, name)) = card {
        kind = b.u8(size)?;
        header.cookie_size = match kind {
            LINK_SERVICES => cookie + 2,
            ADAPTIVE_SERVICES => 8,
            _ => *cookie,
        };
        if link == MFR && kind & 0xc0 == 0xc0 {
            header.cookie_size = 0;
        }
        header.size += header.cookie_size;
        if p.set.link {
            write!(p, "{name}-PIC, cookie-len {}", header.cookie_size);
        }
        if header.cookie_size > 8 {
            p.bad("cookie length", header.cookie_size, ">", 8);
            return stop(0);
        }
        if header.cookie_size > 0 {
            let cookie = b.octets(size, header.cookie_size)?;
            for (to, from) in header.cookie.iter_mut().zip(cookie) {
                *to = *from;
            }
            if p.set.link {
                p.text(", cookie 0x");
                p.hex(cookie, "");
            }
        }
        if p.set.link {
            p.text(": ");
        }
        header.protocol = b.be16(header.size)?;
    }
    by_card(p, link, b, kind, &mut header)?;
    if p.set.link {
        write!(p, "hlen {}, proto 0x{:04x}, ", header.size, header.protocol);
    }
    Ok(Parsed {
        size: header.size,
        going_on: Some(header),
    })
}

/// What depends on the card.
fn by_card(p: &mut Printer, link: u32, b: &[u8], kind: u8, header: &mut Header) -> Done {
    let behind = b.tail(header.size);
    let [first, second, .., sixth, _, _]: [u8; 8] = header.cookie;
    match (link, kind) {
        (MLPPP | MLFR | MFR, ADAPTIVE_SERVICES) => {
            header.bundle = header.cookie.be16(6)? >> 3 & 0xfff;
            header.protocol = u16::from(sixth) & 0x170;
        }
        (MLPPP, LINK_SERVICES) => header.bundle = second.into(),
        (MLFR | MFR, LINK_SERVICES) => {
            header.bundle = second.into();
            header.protocol = behind.be16(0)?;
            header.size += 2;
        }
        (MLPPP | MFR, _) => header.bundle = first.into(),
        (MLFR, _) => {
            header.bundle = first.into();
            header.size += 2;
        }
        (ATM2, _) => {
            let word = behind.be32(0)?;
            if header.cookie.u8(7)? & 0x70 != 0 {
                if matches!(word, 0 | 0x0800_0000 | 0x0838_0000) {
                    header.size += 4;
                }
                if p.set.link {
                    write!(p, "control-word 0x{word:08x} ");
                }
            }
        }
        _ => {}
    }
    Ok(())
}

/// Prints what extends the header; false when it is invalid.
fn elements(p: &mut Printer, b: &[u8]) -> Done<bool> {
    let mut b = b;
    while b.len() > 2 {
        let (kind, size) = (b.u8(0)?, usize::from(b.u8(1)?));
        if kind == 0 || size == 0 {
            break;
        }
        if b.len() < size + 2 {
            write!(p, " [extension_length {} < {}]", b.len(), size + 2);
            return Ok(false);
        }
        let v = b.octets(2, size)?;
        if p.v(2) {
            let name = tok(names::ELEMENTS, kind.into(), "Unknown");
            write!(
                p,
                "\n\t  {name} Extension TLV #{kind}, length {size}, value "
            );
            // Those below 128 have their lowest octet first.
            let add = |sum: u32, octet: &u8| sum << 8 | u32::from(*octet);
            let value = match (size, kind) {
                (1..=4, 0..128) => Some(v.iter().rev().fold(0, add)),
                (1..=4, _) => Some(v.iter().fold(0, add)),
                _ => None,
            };
            if let Some(value) = value {
                match kind {
                    2 => {}
                    3 | 7 => write!(p, "{} ({value})", tok(names::MEDIA, value, "Unknown")),
                    6 | 8 => {
                        let name = tok(names::ENCAPSULATIONS, value, "Unknown");
                        write!(p, "{name} ({value})");
                    }
                    _ => write!(p, "{value}"),
                }
            }
        }
        b = b.tail(size + 2);
    }
    Ok(true)
}
