//! Probes: how they are built, and what answers them.

use std::net::IpAddr;

/// What kind of probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// TCP with these flags.
    Tcp(u8),
    Udp,
    SctpInit,
    SctpCookieEcho,
    Echo,
    Timestamp,
    Mask,
    /// A packet of an IP protocol, by its number.
    Protocol(u8),
}

/// The ports of probes that ask which protocols a host speaks.
pub(crate) const TCP_PORT: u16 = 80;
pub(crate) const UDP_PORT: u16 = 40125;
pub(crate) const SCTP_PORT: u16 = 80;

impl Kind {
    /// What is sent: a protocol is asked for by a packet of it that may be answered.
    pub(crate) fn sent(self, ipv6: bool) -> Self {
        match self {
            Self::Protocol(1) if !ipv6 => Self::Echo,
            Self::Protocol(58) if ipv6 => Self::Echo,
            Self::Protocol(6) => Self::Tcp(ACK),
            Self::Protocol(17) => Self::Udp,
            Self::Protocol(132) => Self::SctpInit,
            other => other,
        }
    }

    /// The number of the protocol that it asks for.
    pub(crate) fn number(self) -> Option<u16> {
        match self {
            Self::Protocol(number) => Some(number.into()),
            _ => None,
        }
    }
}

pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const PSH: u8 = 8;
pub(crate) const ACK: u8 = 16;
pub(crate) const URG: u8 = 32;

/// The first acknowledgement numbers that fall to one try of a probe. An answer acknowledges at most the data and two
/// flags.
pub(crate) const PER_TRY: u32 = 4;
/// The numbers of one probe: of 64 tries.
pub(crate) const PER_PROBE: u32 = 256;

/// What is the same in all probes of a scan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Form {
    pub(crate) data: Vec<u8>,
    pub(crate) badsum: bool,
    /// SCTP has the checksum of RFC 2960.
    pub(crate) adler: bool,
}

/// A probe to build.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outgoing {
    pub(crate) kind: Kind,
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) local: u16,
    pub(crate) port: u16,
    pub(crate) cookie: u32,
    pub(crate) payload: &'static [u8],
}

/// Appends a probe from its transport header on.
pub(crate) fn build(probe: &Outgoing, form: &Form, bytes: &mut Vec<u8>) {
    let begin = bytes.len();
    let ports = |bytes: &mut Vec<u8>| {
        bytes.extend_from_slice(&probe.local.to_be_bytes());
        bytes.extend_from_slice(&probe.port.to_be_bytes());
    };
    let data = match probe.payload {
        [] => form.data.as_slice(),
        payload => payload,
    };
    let (protocol, at) = match probe.kind {
        Kind::Tcp(flags) => {
            ports(bytes);
            bytes.extend_from_slice(&probe.cookie.to_be_bytes());
            let acknowledged = if flags & ACK != 0 { probe.cookie } else { 0 };
            bytes.extend_from_slice(&acknowledged.to_be_bytes());
            let syn = flags & SYN != 0;
            let words = if syn { 6 } else { 5 };
            bytes.extend_from_slice(&[words << 4, flags, 4, 0, 0, 0, 0, 0]);
            if syn {
                // The maximum segment size: 1460 octets, and 1440 over IPv6.
                let size: u16 = if probe.to.is_ipv6() { 1440 } else { 1460 };
                let [high, low] = size.to_be_bytes();
                bytes.extend_from_slice(&[2, 4, high, low]);
            }
            bytes.extend_from_slice(&form.data);
            (6, 16)
        }
        Kind::Udp => {
            ports(bytes);
            let length = (8 + data.len()).min(usize::from(u16::MAX)) as u16;
            bytes.extend_from_slice(&length.to_be_bytes());
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(data);
            (17, 6)
        }
        Kind::SctpInit => {
            ports(bytes);
            // Verification tag 0, checksum; INIT with its tag, window, streams and first number.
            bytes.extend_from_slice(&[0; 8]);
            bytes.extend_from_slice(&[1, 0, 0, 20]);
            bytes.extend_from_slice(&(probe.cookie | 1).to_be_bytes());
            bytes.extend_from_slice(&[0, 0, 0x80, 0, 0, 10, 8, 0]);
            bytes.extend_from_slice(&probe.cookie.to_be_bytes());
            let sum = sctp_sum(bytes.get(begin..).unwrap_or_default(), form);
            put(bytes, begin + 8, &sum);
            return;
        }
        Kind::SctpCookieEcho => {
            ports(bytes);
            // Verification tag, checksum; a cookie that the host has not given out.
            bytes.extend_from_slice(&probe.cookie.to_be_bytes());
            bytes.extend_from_slice(&[0, 0, 0, 0, 10, 0, 0, 8]);
            bytes.extend_from_slice(&(!probe.cookie).to_be_bytes());
            let sum = sctp_sum(bytes.get(begin..).unwrap_or_default(), form);
            put(bytes, begin + 8, &sum);
            return;
        }
        Kind::Protocol(number) => {
            protocol(number, probe.to.is_ipv6(), form, bytes);
            return;
        }
        Kind::Echo | Kind::Timestamp | Kind::Mask => {
            let ipv6 = probe.to.is_ipv6();
            let (kind, rest) = match probe.kind {
                Kind::Echo if ipv6 => (128, 0),
                Kind::Echo => (8, 0),
                Kind::Timestamp => (13, 12),
                _ => (17, 4),
            };
            bytes.extend_from_slice(&[kind, 0, 0, 0]);
            bytes.extend_from_slice(&probe.local.to_be_bytes());
            bytes.extend_from_slice(&(probe.cookie as u16).to_be_bytes());
            bytes.resize(bytes.len() + rest, 0);
            bytes.extend_from_slice(&form.data);
            // The kernel computes the checksum of ICMPv6 itself, except in packets with a header of ours.
            let message = bytes.get(begin..).unwrap_or_default();
            let pseudo = match ipv6 {
                true => pseudo_header(probe.from, probe.to, 58, message.len()),
                false => 0,
            };
            let sum = !folded(pseudo + words(message));
            let sum = if form.badsum {
                sum.wrapping_add(1)
            } else {
                sum
            };
            put(bytes, begin + 2, &sum.to_be_bytes());
            return;
        }
    };
    let segment = bytes.get(begin..).unwrap_or_default();
    let pseudo = pseudo_header(probe.from, probe.to, protocol, segment.len());
    let mut sum = !folded(pseudo + words(segment));
    if sum == 0 && protocol == 17 {
        sum = 0xffff;
    }
    if form.badsum {
        sum = sum.wrapping_add(1).max(1);
    }
    put(bytes, begin + at, &sum.to_be_bytes());
}

/// The octets behind the IP header that an error must quote.
const QUOTED: usize = 8;

/// What follows the IP header in a packet of a protocol that is not asked for in a way of its own.
fn protocol(number: u8, ipv6: bool, form: &Form, bytes: &mut Vec<u8>) {
    match number {
        // A membership query of IGMP (RFC 2236) to all groups, with its checksum.
        2 => bytes.extend_from_slice(&[0x11, 0, 0xee, 0xff, 0, 0, 0, 0]),
        // An extension header of IPv6, after which there is nothing.
        0 | 43 | 44 | 51 | 60 | 135 | 139 | 140 if ipv6 => {
            bytes.extend_from_slice(&[59, 0, 0, 0, 0, 0, 0, 0]);
        }
        // The kernel passes on only those errors that quote so many octets.
        _ => {
            bytes.extend_from_slice(&form.data);
            let padding = QUOTED.saturating_sub(form.data.len());
            bytes.extend(std::iter::repeat_n(0, padding));
        }
    }
}

/// The sum of the checksum of IP (RFC 1071), before it is inverted.
pub(crate) fn folded_sum(bytes: &[u8]) -> u16 {
    folded(words(bytes))
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    if let Some(place) = bytes.get_mut(at..at + value.len()) {
        place.copy_from_slice(value);
    }
}

fn words(bytes: &[u8]) -> u64 {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let sum: u64 = pairs
        .iter()
        .map(|pair| u64::from(u16::from_be_bytes(*pair)))
        .sum();
    sum + odd.first().map_or(0, |byte| u64::from(*byte) << 8)
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

fn pseudo_header(from: IpAddr, to: IpAddr, protocol: u8, length: usize) -> u64 {
    let addresses = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => words(&from.octets()) + words(&to.octets()),
        (IpAddr::V6(from), IpAddr::V6(to)) => words(&from.octets()) + words(&to.octets()),
        _ => 0,
    };
    addresses + u64::from(protocol) + length as u64
}

fn sctp_sum(packet: &[u8], form: &Form) -> [u8; 4] {
    let sum = match form.adler {
        true => adler32(packet).to_be_bytes(),
        false => crc32c(packet).to_le_bytes(),
    };
    match form.badsum {
        true => sum.map(|octet| !octet),
        false => sum,
    }
}

/// Adler-32 (RFC 2960 appendix B).
fn adler32(bytes: &[u8]) -> u32 {
    let (mut one, mut two) = (1_u32, 0_u32);
    for byte in bytes {
        one = (one + u32::from(*byte)) % 65521;
        two = (two + one) % 65521;
    }
    two << 16 | one
}

/// CRC-32C (RFC 9260 appendix A).
pub(crate) fn crc32c(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0x82f6_3b78 & 0_u32.wrapping_sub(crc & 1));
        }
    }
    !crc
}

/// The length of a probe with its IP header.
pub(crate) fn length(kind: Kind, port: u16, form: &Form, ipv6: bool) -> usize {
    let payload = crate::payloads::for_port(port).len();
    let transport = match kind {
        Kind::Tcp(flags) if flags & SYN != 0 => 24 + form.data.len(),
        Kind::Tcp(_) => 20 + form.data.len(),
        Kind::Udp if payload > 0 => 8 + payload,
        Kind::Udp | Kind::Echo => 8 + form.data.len(),
        Kind::SctpInit => 32,
        Kind::SctpCookieEcho => 20,
        Kind::Protocol(2) => 8,
        Kind::Protocol(0 | 43 | 44 | 51 | 60 | 135 | 139 | 140) if ipv6 => 8,
        Kind::Protocol(_) => form.data.len().max(QUOTED),
        Kind::Timestamp => 20 + form.data.len(),
        Kind::Mask => 12 + form.data.len(),
    };
    transport + if ipv6 { 40 } else { 20 }
}

/// An answer, from its transport header on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Tcp {
        port: u16,
        flags: u8,
        sequence: u32,
        acknowledged: u32,
        window: u16,
    },
    Udp {
        port: u16,
        length: usize,
    },
    SctpInitAck {
        port: u16,
    },
    SctpAbort {
        port: u16,
    },
    Icmp {
        kind: u8,
        sequence: u16,
    },
    /// A packet of another protocol.
    Other,
}

/// Reads an answer. None if it is malformed, or answers nothing.
pub(crate) fn read(protocol: u8, bytes: &[u8]) -> Option<Answer> {
    let word = |at: usize| {
        let word = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(u16::from_be_bytes(word))
    };
    let double = |at: usize| {
        let double = bytes.get(at..at + 4)?.try_into().ok()?;
        Some(u32::from_be_bytes(double))
    };
    match protocol {
        6 => Some(Answer::Tcp {
            port: word(0)?,
            flags: *bytes.get(13)?,
            sequence: double(4)?,
            acknowledged: double(8)?,
            window: word(14)?,
        }),
        17 => Some(Answer::Udp {
            port: word(0)?,
            length: bytes.len().checked_sub(8)?,
        }),
        132 => match bytes.get(12)? {
            2 => Some(Answer::SctpInitAck { port: word(0)? }),
            6 => Some(Answer::SctpAbort { port: word(0)? }),
            _ => None,
        },
        1 | 58 => Some(Answer::Icmp {
            kind: *bytes.first()?,
            sequence: word(6)?,
        }),
        _ => Some(Answer::Other),
    }
}

/// Where the transport header of a received packet begins, and the identification and length of its IP header.
pub(crate) fn transport(bytes: &[u8], ipv6: bool) -> &[u8] {
    if ipv6 {
        return bytes;
    }
    let header = usize::from(bytes.first().map_or(0, |byte| byte & 0x0f)) * 4;
    bytes.get(header..).unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn probe(kind: Kind, to: &str, from: &str) -> Vec<u8> {
        let mut bytes = vec![9];
        let probe = Outgoing {
            kind,
            from: from.parse().unwrap(),
            to: to.parse().unwrap(),
            local: 0xc123,
            port: 80,
            cookie: 0x0102_0304,
            payload: &[],
        };
        build(&probe, &Form::default(), &mut bytes);
        bytes.split_off(1)
    }

    #[test]
    fn checksums_are_right() {
        for (to, from) in [("10.0.0.2", "10.0.0.1"), ("fd00::2", "fd00::1")] {
            for (kind, protocol) in [(Kind::Tcp(SYN), 6), (Kind::Tcp(ACK), 6), (Kind::Udp, 17)] {
                let bytes = probe(kind, to, from);
                let pseudo = pseudo_header(
                    from.parse().unwrap(),
                    to.parse().unwrap(),
                    protocol,
                    bytes.len(),
                );
                assert_eq!(folded(pseudo + words(&bytes)), 0xffff, "{kind:?} {to}");
            }
        }
        let echo = probe(Kind::Timestamp, "10.0.0.2", "10.0.0.1");
        assert_eq!(echo.len(), 20);
        assert_eq!(folded(words(&echo)), 0xffff);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn answers_are_read() {
        let syn = probe(Kind::Tcp(SYN), "10.0.0.2", "10.0.0.1");
        assert_eq!(
            read(6, &syn),
            Some(Answer::Tcp {
                port: 0xc123,
                flags: SYN,
                sequence: 0x0102_0304,
                acknowledged: 0,
                window: 1024
            })
        );
        for protocol in [6, 17, 132, 1, 58, 99] {
            for length in 0..12 {
                let _ = read(protocol, syn.get(..length).unwrap());
            }
        }
        assert_eq!(transport(&[0x46, 0, 0], false), b"");
    }
}
