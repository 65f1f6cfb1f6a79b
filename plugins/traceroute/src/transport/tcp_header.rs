//! TCP segments of probes (RFC 9293 section 3.1): the SYN that goes out, and what an answer says.

use std::net::SocketAddr;

use nethost_sdk::wire::tcp::{self, Header, View};

use crate::probe::TcpFlags;

/// Options of an ordinary connection attempt: MSS 1460, SACK permitted, timestamps, window scale 7.
const OPTIONS: [u8; 20] = [
    2, 4, 0x05, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7,
];

/// Length of a probe's TCP header, which has no payload.
pub(crate) const SYN_LENGTH: usize = Header::MIN_LEN + OPTIONS.len();

/// A SYN from `local` to `remote`, with its checksum; none when they are of two families.
pub(super) fn syn(local: SocketAddr, remote: SocketAddr, sequence: u32) -> Option<Vec<u8>> {
    let mut header = Header::new(local.port(), remote.port(), sequence, 64_240);
    header.syn = true;
    header.set_options_raw(&OPTIONS).ok()?;
    tcp::emit(header, local.ip(), remote.ip(), &[])
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
    let segment = View::from_slice(segment).ok()?;
    if segment.source_port() != remote_port {
        return None;
    }
    let flags = match (segment.syn(), segment.rst(), segment.ack()) {
        (true, false, true) => TcpFlags::SynAck,
        (false, true, true) => TcpFlags::Reset,
        _ => return None,
    };
    Some(Reply {
        sequence: segment.acknowledgment_number().wrapping_sub(1),
        local_port: segment.destination_port(),
        flags,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use nethost_sdk::wire::{IpNumber, checksum, tcp};

    use super::*;

    #[test]
    fn a_syn_is_that_of_an_ordinary_connection() {
        let local = "10.77.0.1:40000".parse().unwrap();
        let remote = "10.77.3.2:443".parse().unwrap();
        let expected = [
            0x9c, 0x40, 0x01, 0xbb, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 0, 0xa0, 0x02, 0xfa, 0xf0,
        ];
        let segment = syn(local, remote, 0xdead_beef).unwrap();
        assert_eq!(segment[..16], expected);
        assert_eq!(segment[18..20], [0, 0]);
        assert_eq!(segment[20..], OPTIONS);
    }

    #[test]
    fn a_syn_checks_out_and_reads_back() {
        for (local, remote) in [
            ("10.77.0.1:40000", "10.77.3.2:443"),
            ("[fd77::1]:40000", "[fd77:3::2]:443"),
        ] {
            let local: SocketAddr = local.parse().unwrap();
            let remote: SocketAddr = remote.parse().unwrap();
            let segment = syn(local, remote, 0xdead_beef).unwrap();
            assert_eq!(segment.len(), SYN_LENGTH);
            let quoted = tcp::quoted(&segment[..8]).unwrap();
            assert_eq!(
                (quoted.source_port, quoted.sequence_number),
                (40_000, 0xdead_beef)
            );
            let sum = checksum::transport(local.ip(), remote.ip(), IpNumber::TCP, &segment);
            assert_eq!(sum, Some(0));
        }
    }

    #[test]
    fn replies_name_their_probe() {
        let reply = |flags: u8, length: usize| {
            let mut segment = [0; 20];
            segment[..4].copy_from_slice(&[0x01, 0xbb, 0x9c, 0x40]);
            segment[8..12].copy_from_slice(&0xdead_bef0u32.to_be_bytes());
            segment[12..14].copy_from_slice(&[0x50, flags]);
            parse_reply(&segment[..length], 443)
        };
        let expected = Reply {
            sequence: 0xdead_beef,
            local_port: 40_000,
            flags: TcpFlags::SynAck,
        };
        assert_eq!(reply(0x12, 20), Some(expected));
        assert_eq!(reply(0x14, 20).unwrap().flags, TcpFlags::Reset);
        assert_eq!(reply(0x10, 20), None);
        assert_eq!(reply(0x16, 20), None);
        assert_eq!(reply(0x12, 19), None);
        assert_eq!(parse_reply(&[0; 20], 443), None);
    }
}
