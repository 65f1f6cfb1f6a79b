//! TCP segments of probes (RFC 9293 section 3.1): the SYN that goes out, and what an answer says.

use std::net::{IpAddr, SocketAddr};

use crate::probe::TcpFlags;

const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;
const PROTOCOL: u8 = 6;

/// Options of an ordinary connection attempt: MSS 1460, SACK permitted, timestamps, window scale 7.
const OPTIONS: [u8; 20] = [
    2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
];

/// Length of a probe's TCP header, which has no payload.
pub(crate) const SYN_LENGTH: usize = 20 + OPTIONS.len();

/// A SYN from `local` to `remote`, with its checksum.
pub(super) fn syn(local: SocketAddr, remote: SocketAddr, sequence: u32) -> Vec<u8> {
    let mut segment = Vec::with_capacity(SYN_LENGTH);
    segment.extend(local.port().to_be_bytes());
    segment.extend(remote.port().to_be_bytes());
    segment.extend(sequence.to_be_bytes());
    segment.extend([0; 4]);
    segment.extend([0xa0, SYN]);
    segment.extend(64_240u16.to_be_bytes());
    segment.extend([0; 4]);
    segment.extend(OPTIONS);
    let length = [0, 0, 0, SYN_LENGTH as u8, 0, 0, 0, PROTOCOL];
    let sum = match (local.ip(), remote.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            internet_checksum(&[&from.octets(), &to.octets(), &length, &segment])
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            internet_checksum(&[&from.octets(), &to.octets(), &length, &segment])
        }
        _ => 0,
    };
    segment[16..18].copy_from_slice(&sum.to_be_bytes());
    segment
}

/// What a segment that came back says about a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The probe's sequence number.
    pub(super) sequence: u32,
    /// The port that the probe left from.
    pub(super) local_port: u16,
    pub(super) flags: TcpFlags,
}

/// Reads a segment sent by `remote_port`; none when it cannot answer a SYN.
pub(super) fn parse_reply(segment: &[u8], remote_port: u16) -> Option<Reply> {
    let header = segment.first_chunk::<20>()?;
    if word(header, 0) != remote_port {
        return None;
    }
    let flags = match header[13] & (SYN | RST | ACK) {
        set if set == SYN | ACK => TcpFlags::SynAck,
        set if set == RST | ACK => TcpFlags::Reset,
        _ => return None,
    };
    let acknowledged = u32::from(word(header, 8)) << 16 | u32::from(word(header, 10));
    Some(Reply {
        sequence: acknowledged.wrapping_sub(1),
        local_port: word(header, 2),
        flags,
    })
}

/// Source port and sequence number of a probe that a router quoted: RFC 792 promises that much.
pub(super) fn parse_quoted(segment: &[u8]) -> Option<(u16, u32)> {
    let header = segment.first_chunk::<8>()?;
    Some((
        word(header, 0),
        u32::from(word(header, 4)) << 16 | u32::from(word(header, 6)),
    ))
}

/// What follows the IPv4 header (RFC 791).
pub(super) fn behind_ipv4_header(packet: &[u8]) -> Option<&[u8]> {
    let length = usize::from(packet.first()? & 0x0f) * 4;
    packet.get(length..)
}

fn word(bytes: &[u8], at: usize) -> u16 {
    match bytes.get(at..at + 2) {
        Some(&[high, low]) => u16::from_be_bytes([high, low]),
        _ => 0,
    }
}

/// The Internet checksum (RFC 1071) over parts of even length, the last of any.
pub(super) fn internet_checksum(parts: &[&[u8]]) -> u16 {
    let mut sum: u32 = 0;
    for part in parts {
        for pair in part.chunks(2) {
            let low = pair.get(1).copied().unwrap_or(0);
            sum += u32::from(u16::from_be_bytes([pair[0], low]));
        }
        sum = (sum & 0xffff) + (sum >> 16);
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_syn_checks_out_and_reads_back() {
        for (local, remote) in [
            ("10.77.0.1:40000", "10.77.3.2:443"),
            ("[fd77::1]:40000", "[fd77:3::2]:443"),
        ] {
            let local: SocketAddr = local.parse().unwrap();
            let remote: SocketAddr = remote.parse().unwrap();
            let segment = syn(local, remote, 0xdead_beef);
            assert_eq!(segment.len(), SYN_LENGTH);
            assert_eq!(parse_quoted(&segment), Some((40_000, 0xdead_beef)));
            assert_eq!(parse_quoted(&segment[..8]), Some((40_000, 0xdead_beef)));
            assert_eq!(parse_quoted(&segment[..7]), None);
            let pseudo = [0, 0, 0, 40, 0, 0, 0, 6];
            let check = match (local.ip(), remote.ip()) {
                (IpAddr::V4(a), IpAddr::V4(b)) => {
                    internet_checksum(&[&a.octets(), &b.octets(), &pseudo, &segment])
                }
                (IpAddr::V6(a), IpAddr::V6(b)) => {
                    internet_checksum(&[&a.octets(), &b.octets(), &pseudo, &segment])
                }
                _ => unreachable!(),
            };
            assert_eq!(check, 0);
        }
    }

    #[test]
    fn replies_name_their_probe() {
        let mut segment = [0; 20];
        segment[..4].copy_from_slice(&[0x01, 0xbb, 0x9c, 0x40]);
        segment[8..12].copy_from_slice(&0xdead_bef0u32.to_be_bytes());
        segment[13] = SYN | ACK;
        let reply = Reply {
            sequence: 0xdead_beef,
            local_port: 40_000,
            flags: TcpFlags::SynAck,
        };
        assert_eq!(parse_reply(&segment, 443), Some(reply));
        segment[13] = RST | ACK;
        assert_eq!(parse_reply(&segment, 443).unwrap().flags, TcpFlags::Reset);
        assert_eq!(parse_reply(&segment, 80), None);
        segment[13] = ACK;
        assert_eq!(parse_reply(&segment, 443), None);
        assert_eq!(parse_reply(&segment[..19], 443), None);
    }

    #[test]
    fn the_ipv4_header_may_have_options() {
        let mut packet = vec![0x46; 24];
        packet.push(9);
        assert_eq!(behind_ipv4_header(&packet), Some(&[9][..]));
        assert_eq!(behind_ipv4_header(&packet[..10]), None);
        assert_eq!(behind_ipv4_header(&[]), None);
    }
}
