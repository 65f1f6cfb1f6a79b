//! ICMP errors that arrive as packets: the same facts that the kernel puts into an error queue.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::received::{Datagram, ErrorOrigin, QueuedError};

/// The header of an ICMP error; the quoted packet follows it.
const HEADER: usize = 8;
const IPV6_HEADER: usize = 40;
/// The shortest quoted packet that extensions can follow (RFC 4884 section 3).
const SHORTEST_BEFORE_EXTENSIONS: usize = 128;

const UNREACHABLE: u8 = 3;
const SOURCE_QUENCH: u8 = 4;
const TIME_EXCEEDED: u8 = 11;
const PARAMETER_PROBLEM: u8 = 12;
const FRAGMENTATION_NEEDED: u8 = 4;

const UNREACHABLE_6: u8 = 1;
const PACKET_TOO_BIG_6: u8 = 2;
const TIME_EXCEEDED_6: u8 = 3;
const PARAMETER_PROBLEM_6: u8 = 4;

/// The types of messages that are errors. A redirect is none: the packet was forwarded.
pub(super) fn types(ipv6: bool) -> &'static [u8] {
    match ipv6 {
        true => &[
            UNREACHABLE_6,
            PACKET_TOO_BIG_6,
            TIME_EXCEEDED_6,
            PARAMETER_PROBLEM_6,
        ],
        false => &[UNREACHABLE, SOURCE_QUENCH, TIME_EXCEEDED, PARAMETER_PROBLEM],
    }
}

impl<'a> QueuedError<'a> {
    /// Reads an ICMP error that a raw socket received, from the ICMP header on.
    pub fn from_packet(message: &'a [u8], datagram: &Datagram<'_>) -> Option<Self> {
        let ipv6 = datagram.source.is_ipv6();
        let (header, packet) = message.split_first_chunk::<HEADER>()?;
        let &[icmp_type, icmp_code, _, _, fifth, _, mtu_high, mtu_low] = header;
        if !types(ipv6).contains(&icmp_type) {
            return None;
        }
        let rest = u32::from_be_bytes([header[4], header[5], mtu_high, mtu_low]);
        let info = match (ipv6, icmp_type) {
            (false, UNREACHABLE) if icmp_code == FRAGMENTATION_NEEDED => rest & 0xffff,
            (false, PARAMETER_PROBLEM) => fifth.into(),
            (true, PACKET_TOO_BIG_6 | PARAMETER_PROBLEM_6) => rest,
            _ => 0,
        };
        // The length of the quoted packet, in words of 32 bits of IPv4 and of 64 bits of IPv6.
        let length = match (ipv6, icmp_type) {
            (false, UNREACHABLE | TIME_EXCEEDED | PARAMETER_PROBLEM) => 4 * usize::from(header[5]),
            (true, UNREACHABLE_6 | TIME_EXCEEDED_6) => 8 * usize::from(header[4]),
            _ => 0,
        };
        let (packet, extensions) = match length {
            SHORTEST_BEFORE_EXTENSIONS.. if length < packet.len() => packet.split_at(length),
            _ => (packet, &[][..]),
        };
        let (remote, quoted) = without_ip_header(packet, ipv6)?;
        Some(Self {
            origin: match ipv6 {
                true => ErrorOrigin::Icmp6,
                false => ErrorOrigin::Icmp,
            },
            errno: errno(ipv6, icmp_type, icmp_code),
            icmp_type,
            icmp_code,
            info,
            offender: Some(datagram.source),
            remote: SocketAddr::new(remote, 0),
            timestamp: datagram.timestamp,
            hop_limit: datagram.hop_limit,
            quoted,
            extensions,
        })
    }
}

/// The destination of a quoted packet, and what follows its IP header.
fn without_ip_header(packet: &[u8], ipv6: bool) -> Option<(IpAddr, &[u8])> {
    if ipv6 {
        let (header, quoted) = packet.split_first_chunk::<IPV6_HEADER>()?;
        let destination: [u8; 16] = *header.last_chunk()?;
        return Some((Ipv6Addr::from(destination).into(), quoted));
    }
    let length = 4 * usize::from(packet.first()? & 0xf);
    let destination: [u8; 4] = *packet.get(16..)?.first_chunk()?;
    (length >= 20).then_some(())?;
    Some((Ipv4Addr::from(destination).into(), packet.get(length..)?))
}

/// What the kernel's `icmp_err_convert` and `icmpv6_err_convert` make of a message.
fn errno(ipv6: bool, icmp_type: u8, icmp_code: u8) -> i32 {
    match (ipv6, icmp_type, icmp_code) {
        (true, UNREACHABLE_6, 0) => libc::ENETUNREACH,
        (true, UNREACHABLE_6, 1 | 5 | 6) => libc::EACCES,
        (true, UNREACHABLE_6, 4) => libc::ECONNREFUSED,
        (true, PACKET_TOO_BIG_6, _) => libc::EMSGSIZE,
        (true, UNREACHABLE_6 | TIME_EXCEEDED_6, _) => libc::EHOSTUNREACH,
        (true, ..) => libc::EPROTO,
        (false, UNREACHABLE, 0 | 6 | 9 | 11) => libc::ENETUNREACH,
        (false, UNREACHABLE, 2) => libc::ENOPROTOOPT,
        (false, UNREACHABLE, 3) => libc::ECONNREFUSED,
        (false, UNREACHABLE, FRAGMENTATION_NEEDED) => libc::EMSGSIZE,
        (false, UNREACHABLE, 5) => libc::EOPNOTSUPP,
        (false, UNREACHABLE, 7) => libc::EHOSTDOWN,
        (false, UNREACHABLE, 8) => libc::ENONET,
        (false, PARAMETER_PROBLEM, _) => libc::EPROTO,
        (false, ..) => libc::EHOSTUNREACH,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn from<'a>(message: &'a [u8], source: &str) -> Option<QueuedError<'a>> {
        let datagram = Datagram {
            bytes: &[],
            source: SocketAddr::new(source.parse().unwrap(), 0),
            timestamp: 7,
            hop_limit: Some(63),
            truncated: false,
        };
        QueuedError::from_packet(message, &datagram)
    }

    fn quoted_ipv4(options: u8, length: usize) -> Vec<u8> {
        let mut packet = vec![0; length];
        packet[0] = 0x45 + options;
        packet[16..20].copy_from_slice(&[192, 0, 2, 9]);
        packet[20 + 4 * usize::from(options)] = 8;
        packet
    }

    #[test]
    fn an_error_names_destination_offender_and_what_follows_the_ip_header() {
        for options in [0, 2, 10] {
            let header = 20 + 4 * usize::from(options);
            let message = [
                &[3, 4, 0, 0, 0, 0, 5, 220][..],
                &quoted_ipv4(options, header + 8),
            ]
            .concat();
            let error = from(&message, "198.51.100.1").unwrap();
            assert_eq!(error.remote.to_string(), "192.0.2.9:0");
            assert_eq!(error.offender.unwrap().to_string(), "198.51.100.1:0");
            assert_eq!((error.errno, error.info), (libc::EMSGSIZE, 1500));
            assert_eq!(error.quoted, [8, 0, 0, 0, 0, 0, 0, 0]);
            assert_eq!((error.timestamp, error.hop_limit), (7, Some(63)));
        }
    }

    #[test]
    fn extensions_follow_a_quoted_packet_of_the_length_that_is_stated() {
        let extension = [0x20, 0, 0, 0, 0, 8, 1, 1, 0, 1, 2, 3];
        let message = [
            &[11, 0, 0, 0, 0, 32, 0, 0][..],
            &quoted_ipv4(0, 128),
            &extension,
        ]
        .concat();
        let error = from(&message, "198.51.100.1").unwrap();
        assert_eq!(
            (error.quoted.len(), error.extensions),
            (108, &extension[..])
        );
    }

    #[test]
    fn no_prefix_of_an_error_is_read_beyond_its_end() {
        let ipv4 = [&[11, 0, 0, 0, 0, 32, 0, 0][..], &quoted_ipv4(3, 140)].concat();
        let ipv6 = [&[2, 0, 0, 0, 0, 0, 5, 0][..], &[0x60; 60]].concat();
        for (message, source) in [(ipv4, "192.0.2.1"), (ipv6, "2001:db8::1")] {
            for end in 0..message.len() {
                from(&message[..end], source);
            }
            let error = from(&message, source).unwrap();
            assert!(error.quoted.len() < message.len());
        }
        assert!(from(&[0; 60], "192.0.2.1").is_none());
        assert!(from(&[129; 60], "2001:db8::1").is_none());
    }
}
