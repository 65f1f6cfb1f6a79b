//! Records of DNS.

use super::domain::{self, Message};
use super::prelude::*;

/// Types by number.
pub(crate) const TYPES: &Table = &[
    (1, "A"),
    (2, "NS"),
    (3, "MD"),
    (4, "MF"),
    (5, "CNAME"),
    (6, "SOA"),
    (7, "MB"),
    (8, "MG"),
    (9, "MR"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (22, "NSAP"),
    (23, "NSAP_PTR"),
    (24, "SIG"),
    (25, "KEY"),
    (26, "PX"),
    (27, "GPOS"),
    (28, "AAAA"),
    (29, "LOC"),
    (30, "NXT"),
    (31, "EID"),
    (32, "NIMLOC"),
    (33, "SRV"),
    (34, "ATMA"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (38, "A6"),
    (39, "DNAME"),
    (40, "SINK"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (56, "NINFO"),
    (57, "RKEY"),
    (58, "TALINK"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (99, "SPF"),
    (100, "UINFO"),
    (101, "UID"),
    (102, "GID"),
    (103, "UNSPEC"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (253, "MAILB"),
    (254, "MAILA"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
    (258, "AVC"),
    (259, "DOA"),
    (260, "AMTRELAY"),
    (32768, "TA"),
    (32769, "DLV"),
];
/// Classes by number.
pub(crate) const CLASSES: &Table = &[(1, "IN"), (3, "CHAOS"), (4, "HS"), (255, "ANY")];
const OPT: u16 = 41;

/// Prints a class other than the Internet's.
pub(crate) fn class(p: &mut Printer, class: u16) {
    if class != 1 {
        p.text(" ");
        p.name(CLASSES, class, "(Class %u)");
    }
}

/// Prints a record; where it ends, none when it is malformed or cut off.
///
/// # Errors
/// [`Cut`]
pub(crate) fn print(p: &mut Printer, message: Message<'_>, at: usize) -> Done<Option<usize>> {
    let b = message.b;
    let end = if p.v(1) {
        p.text(" ");
        match domain::name(p, b, at, b.len()) {
            Some(end) => end,
            None => return Ok(None),
        }
    } else {
        match domain::skip_name(b, at) {
            Some(end) => end,
            None => return Ok(Some(b.len())),
        }
    };
    let Ok(fixed) = b.octets(end, 10) else {
        return Ok(Some(b.len()));
    };
    let (kind, written) = (fixed.be16(0)?, fixed.be16(2)?);
    let number = if message.multicast {
        written & 0x7fff
    } else {
        written
    };
    if kind != OPT {
        class(p, number);
    }
    if message.multicast && written & 0x8000 != 0 {
        p.text(" (Cache flush)");
    }
    if kind != OPT && p.v(3) {
        p.text(" [");
        p.span(fixed.be32(4)?);
        p.text("]");
    }
    let length = usize::from(fixed.be16(8)?);
    p.text(" ");
    p.name(TYPES, kind, "Type%u");
    let data = end + 10;
    if b.octets(data, length).is_err() {
        return Ok(None);
    }
    let after = data + length;
    Ok(self::data(p, b, data, length, kind, (number, fixed.be16(6)?)).map(|()| after))
}

/// None when it is malformed or cut off.
fn data(
    p: &mut Printer,
    b: &[u8],
    at: usize,
    length: usize,
    kind: u16,
    (size, flags): (u16, u16),
) -> Option<()> {
    let end = at + length;
    let name = |p: &mut Printer, at: usize| domain::name(p, b, at, b.len());
    match kind {
        1 => {
            let [a, b, c, d] = b.array(at).ok()?;
            write!(p, " {a}.{b}.{c}.{d}");
        }
        2 | 5 | 12 | 39 => {
            p.text(" ");
            name(p, at)?;
        }
        6 if p.v(1) => {
            p.text(" ");
            let at = name(p, at)?;
            p.text(" ");
            let at = name(p, at)?;
            b.octets(at, 20).ok()?;
            for number in 0..5 {
                write!(p, " {}", b.be32(at + number * 4).ok()?);
            }
        }
        15 => {
            p.text(" ");
            let preference = b.be16(at).ok()?;
            name(p, at + 2)?;
            write!(p, " {preference}");
        }
        16 => {
            let mut at = at;
            while at < end {
                p.text(" \"");
                let count = usize::from(b.u8(at).ok()?);
                p.string_at(b, at + 1, count).ok()?;
                at += 1 + count;
                p.text("\"");
            }
        }
        33 => {
            p.text(" ");
            b.octets(at, 6).ok()?;
            name(p, at + 6)?;
            write!(
                p,
                ":{} {} {}",
                b.be16(at + 4).ok()?,
                b.be16(at).ok()?,
                b.be16(at + 2).ok()?
            );
        }
        28 => {
            let address: [u8; 16] = b.array(at).ok()?;
            let text = super::printer::v6(address.into());
            write!(p, " {text}");
        }
        38 => {
            let prefix = usize::from(b.u8(at).ok()?);
            let skipped = prefix / 8;
            if prefix > 128 {
                write!(p, " {prefix}(bad plen)");
                return Some(());
            }
            if prefix < 128 {
                let mut address = [0u8; 16];
                let suffix = b.octets(at + 1, 16 - skipped).ok()?;
                for (to, from) in address.iter_mut().skip(skipped).zip(suffix) {
                    *to = *from;
                }
                write!(p, " {prefix} {}", super::printer::v6(address.into()));
            }
            if prefix > 0 {
                p.text(" ");
                name(p, at + 1 + 16 - skipped)?;
            }
        }
        256 => {
            if length < 4 {
                write!(p, " len {length} is too short (< 4)");
                return Some(());
            }
            write!(p, " {} {} ", b.be16(at).ok()?, b.be16(at + 2).ok()?);
            p.string_at(b, at + 4, length - 4).ok()?;
        }
        OPT => {
            write!(p, " UDPsize={size}");
            if flags & 0x8000 != 0 {
                p.text(" DO");
            }
            if length > 0 {
                p.text(" [");
                let mut at = at;
                while at < end {
                    at = domain::print_option(p, b, at)?;
                    if at < end {
                        p.text(",");
                    }
                }
                p.text("]");
            }
        }
        250 if p.v(1) => {
            p.text(" ");
            let at = name(p, at)? + 6;
            write!(p, " fudge={}", b.be16(at).ok()?);
            let code = b.be16(at + 2).ok()?;
            write!(p, " maclen={code}");
            let at = at + 4 + usize::from(code);
            write!(p, " origid={}", b.be16(at).ok()?);
            write!(p, " error={}", b.be16(at + 2).ok()?);
            write!(p, " otherlen={}", b.be16(at + 4).ok()?);
        }
        _ => {}
    }
    Some(())
}
