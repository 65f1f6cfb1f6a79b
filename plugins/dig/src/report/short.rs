//! `+short`: the data of the answers and nothing else; and the prefixes of DNS64.

use std::fmt::Write as _;

use super::Shown;
use crate::kind::{self, rtype};
use crate::lookup::Purpose;
use crate::rdata::{self, Style};
use crate::reply::Section;

pub(super) fn answer(out: &mut String, shown: &Shown<'_>) {
    let lookup = shown.lookup;
    if shown.is_query || !lookup.answer {
        return;
    }
    let split = lookup.globals.split;
    let style = Style {
        comments: lookup.record_comments > 0,
        crypto: lookup.crypto,
        unknown_format: lookup.unknown_format,
        expand_aaaa: lookup.expand_aaaa,
        idn: lookup.idn_out,
        width: match split {
            None => Some(60),
            Some(0) => None,
            width => width,
        },
        ..Style::default()
    };
    for record in shown.message.section(Section::Answer) {
        if matches!(lookup.purpose, Purpose::Trace | Purpose::NsSearch) {
            kind::write_type(out, record.rtype);
            out.push(' ');
        }
        let _ = rdata::present(out, &style, record.rtype, record.class, record.data);
        if lookup.identify {
            let took = shown.microseconds();
            let address = shown.server.address.ip();
            let _ = if lookup.microseconds {
                write!(out, " from server {address} in {took} us.")
            } else {
                write!(out, " from server {address} in {} ms.", took / 1000)
            };
        }
        out.push('\n');
    }
}

/// RFC 7050: where 192.0.0.170 and 192.0.0.171 stand in the addresses of ipv4only.arpa.
pub(super) fn prefixes(out: &mut String, shown: &Shown<'_>) {
    const LENGTHS: [usize; 6] = [32, 40, 48, 56, 64, 96];
    let mut seen = Vec::new();
    for record in shown.message.section(Section::Answer) {
        let Ok(octets) = <[u8; 16]>::try_from(record.data.bytes()) else {
            continue;
        };
        if record.rtype != rtype::AAAA {
            continue;
        }
        for length in LENGTHS {
            // Bits 64 to 71 are not part of the address (RFC 6052 section 2.2).
            let places = (length / 8..16).filter(|place| *place != 8 || length == 96);
            let embedded: Vec<u8> = places
                .take(4)
                .filter_map(|place| octets.get(place).copied())
                .collect();
            if !matches!(embedded.as_slice(), [192, 0, 0, 170 | 171]) {
                continue;
            }
            let mut prefix = octets;
            prefix
                .iter_mut()
                .skip(length / 8)
                .for_each(|octet| *octet = 0);
            let entry = (std::net::Ipv6Addr::from(prefix), length);
            if !seen.contains(&entry) && seen.len() < 10 {
                seen.push(entry);
            }
        }
    }
    for (prefix, length) in seen {
        let _ = writeln!(out, "{prefix}/{length}");
    }
}
