//! Queries in wire format.

use crate::edns::code;
use crate::kind::rtype;
use crate::lookup::{Lookup, Subnet};
use crate::name::{self, Name};
use crate::reply::flag;

/// What varies from one query of a lookup to the next.
pub(crate) struct Parts<'a> {
    pub(crate) name: &'a Name,
    pub(crate) rtype: u16,
    pub(crate) id: u16,
    pub(crate) edns: Option<u8>,
    /// The server knows no EDNS, whatever the lookup wants of it.
    pub(crate) plain: bool,
    /// Our own, or what the server gave us with it.
    pub(crate) cookie: &'a [u8],
    pub(crate) recurse: bool,
    /// What TSIG will add behind it.
    pub(crate) signature: usize,
}

/// Builds a query.
pub(crate) fn build(lookup: &Lookup, parts: &Parts<'_>) -> Vec<u8> {
    let transfer = [rtype::AXFR, rtype::IXFR].contains(&parts.rtype);
    let flags = [
        (parts.recurse && !transfer, flag::RD),
        (lookup.aa, flag::AA),
        (lookup.ad, flag::AD),
        (lookup.cd, flag::CD),
        (lookup.ra, flag::RA),
        (lookup.tc, flag::TC),
        (lookup.z, flag::Z),
    ];
    let flags = flags
        .iter()
        .filter(|(set, _)| *set)
        .fold(u16::from(lookup.opcode) << 11, |sum, (_, bit)| sum | bit);
    let wanted = parts.edns.is_some()
        || lookup.udp_size.is_some()
        || lookup.dnssec
        || lookup.subnet.is_some();
    let edns = wanted && !parts.plain;
    let mut message = Vec::with_capacity(128);
    for number in [
        parts.id,
        flags,
        u16::from(!lookup.header_only),
        0,
        u16::from(parts.rtype == rtype::IXFR),
        u16::from(edns),
    ] {
        put(&mut message, number);
    }
    if !lookup.header_only {
        message.extend_from_slice(&name::wire(parts.name));
        put(&mut message, parts.rtype);
        put(&mut message, lookup.class);
    }
    if parts.rtype == rtype::IXFR {
        start_of_authority(&mut message, parts.name, lookup);
    }
    if edns {
        opt(&mut message, lookup, parts);
    }
    message
}

fn put(message: &mut Vec<u8>, number: u16) {
    message.extend_from_slice(&number.to_be_bytes());
}

/// The serial that an incremental transfer starts from (RFC 1995 section 3).
fn start_of_authority(message: &mut Vec<u8>, name: &Name, lookup: &Lookup) {
    message.extend_from_slice(&name::wire(name));
    put(message, rtype::SOA);
    put(message, lookup.class);
    message.extend_from_slice(&[0; 4]);
    put(message, 22);
    // The names of the primary and of the mailbox are the root.
    message.extend_from_slice(&[0, 0]);
    message.extend_from_slice(&lookup.ixfr_serial.to_be_bytes());
    message.extend_from_slice(&[0; 16]);
}

fn opt(message: &mut Vec<u8>, lookup: &Lookup, parts: &Parts<'_>) {
    message.push(0);
    put(message, rtype::OPT);
    put(message, lookup.udp_size.unwrap_or(crate::lookup::UDP_SIZE));
    message.push(0);
    message.push(parts.edns.unwrap_or(0));
    let mut flags = lookup.edns_flags & 0x3fff;
    if lookup.dnssec {
        flags |= 0x8000;
    }
    if lookup.compact {
        flags |= 0x4000;
    }
    put(message, flags);
    let length_at = message.len();
    put(message, 0);
    if lookup.nsid {
        option(message, code::NSID, &[]);
    }
    if let Some(subnet) = lookup.subnet {
        option(message, code::CLIENT_SUBNET, &client_subnet(subnet));
    }
    if lookup.send_cookie {
        option(message, code::COOKIE, parts.cookie);
    }
    if lookup.expire {
        option(message, code::EXPIRE, &[]);
    }
    if lookup.keepalive {
        option(message, code::KEEPALIVE, &[]);
    }
    for (code, value) in &lookup.edns_options {
        option(message, *code, value);
    }
    if lookup.padding > 0 {
        let block = usize::from(lookup.padding);
        let bare = message.len() + 4 + parts.signature;
        let zeros = vec![0; bare.next_multiple_of(block) - bare];
        option(message, code::PADDING, &zeros);
    }
    let length = message.len() - length_at - 2;
    if let Some(place) = message.get_mut(length_at..length_at + 2) {
        place.copy_from_slice(&(length as u16).to_be_bytes());
    }
}

fn option(message: &mut Vec<u8>, code: u16, value: &[u8]) {
    put(message, code);
    put(message, value.len() as u16);
    message.extend_from_slice(value);
}

/// RFC 7871 section 6: only as many octets as the prefix needs, and no bits beyond it.
fn client_subnet(subnet: Subnet) -> Vec<u8> {
    let (family, octets) = match subnet.address {
        Some(std::net::IpAddr::V6(v6)) => (2, v6.octets().to_vec()),
        Some(std::net::IpAddr::V4(v4)) => (1, v4.octets().to_vec()),
        None => (1, Vec::new()),
    };
    let mut value = vec![0, family, subnet.prefix, 0];
    let whole = usize::from(subnet.prefix.div_ceil(8));
    value.extend(octets.into_iter().take(whole));
    let spare = (8 - subnet.prefix % 8) % 8;
    if spare > 0
        && let Some(last) = value.last_mut()
    {
        *last &= 0xff << spare;
    }
    value
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::reply::Reply;

    fn built(lookup: &Lookup, edns: Option<u8>) -> Vec<u8> {
        let name = crate::name::parse("example.com", None).unwrap().name;
        build(
            lookup,
            &Parts {
                name: &name,
                rtype: lookup.rtype,
                id: 0x1234,
                edns,
                plain: false,
                cookie: &[7; 8],
                recurse: lookup.recurse,
                signature: 0,
            },
        )
    }

    #[test]
    fn a_plain_query_has_digs_bytes() {
        let query = built(&Lookup::default(), Some(0));
        let expected = b"\x12\x34\x01\x20\0\x01\0\0\0\0\0\x01\x07example\x03com\0\0\x01\0\x01\
            \0\0\x29\x04\xd0\0\0\0\0\0\x0c\0\x0a\0\x08\x07\x07\x07\x07\x07\x07\x07\x07";
        assert_eq!(query, expected);
        assert_eq!(built(&Lookup::default(), None).len(), 29);
    }

    #[test]
    fn padding_fills_the_last_block() {
        let lookup = Lookup {
            padding: 64,
            ..Lookup::default()
        };
        assert_eq!(built(&lookup, Some(0)).len(), 64);
    }

    #[test]
    fn what_is_built_is_read_back() {
        let lookup = Lookup {
            rtype: rtype::IXFR,
            ixfr_serial: 9,
            dnssec: true,
            subnet: Some(Subnet {
                address: Some("192.0.2.255".parse().unwrap()),
                prefix: 25,
            }),
            ..Lookup::default()
        };
        let query = built(&lookup, Some(0));
        let reply = Reply::parse(&query, false).unwrap();
        assert!(!reply.malformed && reply.extra == 0);
        let options = crate::edns::options(&reply.opt.unwrap());
        assert_eq!(options.first().unwrap().1, [0, 1, 25, 0, 192, 0, 2, 0x80]);
    }
}
