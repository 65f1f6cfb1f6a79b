//! Options of EDNS (RFC 6891).

use super::domain;
use super::prelude::*;

const OPTIONS: &Table = &[
    (1, "LLQ"),
    (2, "UL"),
    (3, "NSID"),
    (5, "DAU"),
    (6, "DHU"),
    (7, "N3U"),
    (8, "ECS"),
    (9, "EXPIRE"),
    (10, "COOKIE"),
    (11, "KEEPALIVE"),
    (12, "PADDING"),
    (13, "CHAIN"),
    (14, "KEY-TAG"),
    (16, "CLIENT-TAG"),
    (17, "SERVER-TAG"),
];
/// Algorithms of DNSSEC. "DS" for DSA is the native tool's.
const ALGORITHMS: &Table = &[
    (0, "DELETE"),
    (1, "RSAMD5"),
    (2, "DH"),
    (3, "DS"),
    (5, "RSASHA1"),
    (6, "DSA-NSEC3-SHA1"),
    (7, "RSASHA1-NSEC3-SHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (12, "ECC-GOST"),
    (13, "ECDSAP256SHA256"),
    (14, "ECDSAP384SHA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (252, "INDIRECT"),
    (253, "PRIVATEDNS"),
    (254, "PRIVATEOID"),
];
const DIGESTS: &Table = &[
    (1, "SHA-1"),
    (2, "SHA-256"),
    (3, "GOST_R_34.11-94"),
    (4, "SHA-384"),
];
const HASHES: &Table = &[(1, "SHA-1")];

/// Prints an option; where it ends, none when it is cut off.
pub(crate) fn print(p: &mut Printer, b: &[u8], at: usize) -> Option<usize> {
    let kind = b.be16(at).ok()?;
    p.name(OPTIONS, kind, "Opt%u");
    let length = usize::from(b.be16(at + 2).ok()?);
    let at = at + 4;
    let data = b.octets(at, length).ok()?;
    if length == 0 {
        return Some(at);
    }
    p.text(" ");
    match kind {
        8 => subnet(p, data),
        10 if length < 8 || length > 8 && length < 16 || length > 40 => p.invalid(),
        10 => {
            p.hex(data.upto(8), "");
            if length > 8 {
                p.text(" ");
                p.hex(data.tail(8), "");
            }
        }
        11 => match data.be16(0) {
            Ok(tenths) if length == 2 => write!(p, "{:.1} sec", f64::from(tenths) / 10.0),
            _ => p.invalid(),
        },
        9 => match data.be32(0) {
            Ok(seconds) if length == 4 => write!(p, "{seconds} sec"),
            _ => p.invalid(),
        },
        12 => write!(p, "({length})"),
        14 if length % 2 != 0 => p.invalid(),
        14 => {
            for (place, tag) in data.chunks(2).enumerate() {
                if place > 0 {
                    p.text(" ");
                }
                write!(p, "{}", tag.be16(0).ok()?);
            }
        }
        5..=7 => {
            let table = match kind {
                5 => ALGORITHMS,
                6 => DIGESTS,
                _ => HASHES,
            };
            for (place, algorithm) in data.iter().enumerate() {
                if place > 0 {
                    p.text(" ");
                }
                p.name(table, *algorithm, "Alg_%u");
            }
        }
        13 => {
            domain::name(p, b, at, b.len());
        }
        _ => p.hex(data, ""),
    }
    Some(at + length)
}

fn subnet(p: &mut Printer, data: &[u8]) {
    let (Ok(family), Ok(source), Ok(scope)) = (data.be16(0), data.u8(2), data.u8(3)) else {
        return p.invalid();
    };
    let widest = match family {
        1 => 32,
        2 => 128,
        _ => return p.invalid(),
    };
    let octets = data.tail(4);
    if octets.len() > widest / 8
        || usize::from(source.max(scope)) > widest
        || usize::from(source).div_ceil(8) != octets.len()
    {
        return p.invalid();
    }
    let mut address = [0u8; 16];
    for (to, from) in address.iter_mut().zip(octets) {
        *to = *from;
    }
    let [a, b, c, d, ..] = address;
    let text = match family {
        1 => format!("{a}.{b}.{c}.{d}"),
        _ => super::printer::v6(address.into()),
    };
    write!(p, "{text}/{source}/{scope}");
}
