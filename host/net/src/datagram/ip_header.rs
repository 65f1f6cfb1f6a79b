//! Reads the IP header of a packet (RFC 791, RFC 8200): its destination, its source, and whether it has a source route,
//! by which it goes on to another host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// IPPROTO_… of the IPv6 extension headers.
const HOP_BY_HOP: u8 = 0;
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;
const DESTINATION_OPTIONS: u8 = 60;
const MOBILITY: u8 = 135;
const HOST_IDENTITY: u8 = 139;
const SHIM6: u8 = 140;
const AUTHENTICATION: u8 = 51;

/// IPv4 options: end of list, no operation, loose and strict source route.
const END: u8 = 0;
const NO_OPERATION: u8 = 1;
const LOOSE_ROUTE: u8 = 131;
const STRICT_ROUTE: u8 = 137;

/// The packet does not match its socket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It has no header, or a header of the other family.
    #[error("the packet does not begin with an IP header of its remote's family ({0})")]
    Family(IpAddr),
    /// It has another destination.
    #[error("the destination in the packet's header is not its remote, {0}")]
    Destination(IpAddr),
    /// Its length is not the length in the header.
    #[error("the packet's header says {declared} bytes, the packet has {actual}")]
    Length {
        /// The length in the header.
        declared: usize,
        /// The actual length.
        actual: usize,
    },
}

/// Checks that the header matches what the gate has decided about.
pub fn check(packet: &[u8], remote: IpAddr) -> Result<(), Malformed> {
    let shortest = if remote.is_ipv6() { 40 } else { 20 };
    let version = packet.first().map(|byte| byte >> 4);
    if packet.len() < shortest || version != Some(if remote.is_ipv6() { 6 } else { 4 }) {
        return Err(Malformed::Family(remote));
    }
    let (destination, declared) = match remote {
        IpAddr::V4(address) => (
            packet[16..20] == address.octets(),
            usize::from(u16::from_be_bytes([packet[2], packet[3]])),
        ),
        IpAddr::V6(address) => (
            packet[24..40] == address.octets(),
            40 + usize::from(u16::from_be_bytes([packet[4], packet[5]])),
        ),
    };
    if !destination {
        return Err(Malformed::Destination(remote));
    }
    // The kernel writes the total length of an IPv4 packet itself (raw(7)), so 0 is allowed.
    if declared != packet.len() && !(remote.is_ipv4() && declared == 0) {
        return Err(Malformed::Length {
            declared,
            actual: packet.len(),
        });
    }
    Ok(())
}

/// The source address of a packet; unspecified if the kernel sets it. The packet must have been checked.
pub fn source(packet: &[u8], remote: IpAddr) -> IpAddr {
    if remote.is_ipv6() {
        let octets = packet.get(8..24).and_then(|octets| octets.try_into().ok());
        octets
            .map_or(Ipv6Addr::UNSPECIFIED, |octets: [u8; 16]| octets.into())
            .into()
    } else {
        let octets = packet.get(12..16).and_then(|octets| octets.try_into().ok());
        octets
            .map_or(Ipv4Addr::UNSPECIFIED, |octets: [u8; 4]| octets.into())
            .into()
    }
}

/// Whether a packet has a source route. The packet must have been checked. If it cannot be determined, the answer is
/// true.
pub fn is_source_routed(packet: &[u8], remote: IpAddr) -> bool {
    match (packet.first(), remote) {
        (Some(first), IpAddr::V4(_)) => {
            let length = usize::from(first & 0x0f) * 4;
            packet.get(20..length.max(20)).is_none_or(has_route_option)
        }
        (Some(_), IpAddr::V6(_)) => {
            let next = packet.get(6).copied().unwrap_or(ROUTING);
            has_routing_header(next, packet.get(40..).unwrap_or_default())
        }
        (None, _) => true,
    }
}

fn has_route_option(mut options: &[u8]) -> bool {
    while let [kind, rest @ ..] = options {
        match *kind {
            END => return false,
            NO_OPERATION => options = rest,
            LOOSE_ROUTE | STRICT_ROUTE => return true,
            _ => match rest.first().map(|length| usize::from(*length)) {
                Some(length @ 2..) if length <= options.len() => options = &options[length..],
                _ => return true,
            },
        }
    }
    false
}

/// Whether this IPv6 protocol is an extension header, after which a routing header may follow.
pub fn is_extension(protocol: u8) -> bool {
    matches!(
        protocol,
        HOP_BY_HOP
            | ROUTING
            | FRAGMENT
            | DESTINATION_OPTIONS
            | MOBILITY
            | HOST_IDENTITY
            | SHIM6
            | AUTHENTICATION
    )
}

/// Whether a routing header is among the extension headers that begin here; `protocol` is the protocol of the first
/// one. If it cannot be determined, the answer is true: a later fragment can contain anything.
pub fn has_routing_header(mut protocol: u8, mut headers: &[u8]) -> bool {
    while is_extension(protocol) {
        if protocol == ROUTING {
            return true;
        }
        let [next, length, ..] = *headers else {
            return true;
        };
        let size = match protocol {
            FRAGMENT => {
                let offset = headers
                    .get(2..4)
                    .map(|field| u16::from_be_bytes([field[0], field[1]]) >> 3);
                if offset != Some(0) {
                    return true;
                }
                8
            }
            AUTHENTICATION => (usize::from(length) + 2) * 4,
            _ => (usize::from(length) + 1) * 8,
        };
        let Some(rest) = headers.get(size..) else {
            return true;
        };
        (protocol, headers) = (next, rest);
    }
    false
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const V4: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

    fn v4(options: &[u8]) -> Vec<u8> {
        let mut packet = vec![0x45 + (options.len() / 4) as u8, 0, 0, 0];
        packet.extend([0; 8]);
        packet.extend([0, 0, 0, 0, 192, 0, 2, 1]);
        packet.extend(options);
        packet
    }

    #[test]
    fn a_source_route_is_found_behind_whatever_options() {
        for (options, routed) in [
            (&[][..], false),
            (&[1, 1, 1, 0], false),
            // Record route, time stamp, router alert.
            (&[7, 4, 4, 0], false),
            (&[68, 4, 5, 0, 148, 4, 0, 0], false),
            (&[131, 7, 4, 10, 0, 0, 1, 0], true),
            (&[137, 7, 4, 10, 0, 0, 1, 0], true),
            (&[1, 131, 7, 4, 10, 0, 0, 1], true),
            (&[7, 3, 4, 131, 7, 4, 10, 0, 0, 1, 0, 0], true),
            // What follows the end of the list is not read.
            (&[0, 131, 7, 4], false),
            // An option with an impossible length.
            (&[7, 0, 131, 7], true),
            (&[7, 1, 131, 7], true),
            (&[7, 40, 0, 0], true),
            (&[1, 1, 1, 7], true),
        ] {
            assert_eq!(is_source_routed(&v4(options), V4), routed, "{options:?}");
        }
        // A header that claims to be longer than the packet.
        let mut cut = v4(&[]);
        cut[0] = 0x4f;
        assert!(is_source_routed(&cut, V4));
    }

    #[test]
    fn a_routing_header_is_found_behind_whatever_headers() {
        let plain = [17, 0, 0, 0, 0, 0, 0, 0];
        let before = |next: u8| [next, 0, 0, 0, 0, 0, 0, 0];
        assert!(!has_routing_header(17, &plain));
        assert!(has_routing_header(43, &plain));
        for kind in [0, 60, 44, 135, 139, 140] {
            assert!(!has_routing_header(kind, &before(17)), "{kind}");
            assert!(
                has_routing_header(kind, &[before(43), plain].concat()),
                "{kind}"
            );
            assert!(has_routing_header(kind, &[60]), "{kind}: cut");
        }
        let twice = [before(60), before(43), plain].concat();
        assert!(has_routing_header(0, &twice));
        // The length of AH is in words of four octets.
        let authentication = [[43, 1, 0, 0].as_slice(), &[0; 8], &plain].concat();
        assert!(has_routing_header(51, &authentication));
        // The contents of a later fragment are unknown.
        assert!(has_routing_header(44, &[17, 0, 0, 8, 0, 0, 0, 0]));
        assert!(
            has_routing_header(0, &[17, 9, 0, 0, 0, 0, 0, 0]),
            "longer than the packet"
        );
    }

    #[test]
    fn a_header_says_what_the_gate_was_told() {
        let packet = v4(&[]);
        assert_eq!(check(&packet, V4), Ok(()));
        assert_eq!(source(&packet, V4), IpAddr::from([0, 0, 0, 0]));
        let other: IpAddr = "192.0.2.2".parse().unwrap();
        assert_eq!(check(&packet, other), Err(Malformed::Destination(other)));
        assert!(check(&packet[..19], V4).is_err());
        let six: IpAddr = "2001:db8::1".parse().unwrap();
        assert_eq!(check(&packet, six), Err(Malformed::Family(six)));
    }
}
