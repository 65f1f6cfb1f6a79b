//! The facts that probing deals in: what is sent, what comes back, what it means.
//!
//! Engines, transports and reports share these and nothing else; none of it waits or prints.

use std::fmt;
use std::net::IpAddr;

use nethost_sdk::wire::icmp::Label;
use nethost_sdk::wire::{icmp, icmpv6};

/// Nanoseconds on the host's monotonic clock: for pacing and timeouts.
pub(crate) type Mark = u64;

/// Nanoseconds since 1970 on the host's real-time clock: for round trips, whose both ends the host stamps.
pub(crate) type Stamp = u64;

/// One probe to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Probe {
    /// Comes back with the answer.
    pub(crate) id: u16,
    /// Time to live, or hop limit.
    pub(crate) hop: u8,
    /// Probes of one flow look alike to a load balancer.
    pub(crate) flow: u16,
    /// Bytes behind the transport header.
    pub(crate) payload: usize,
}

/// What came back for a probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The probe's number; none when the router quoted too little to tell.
    pub(crate) id: Option<u16>,
    /// Who answered; none for this machine's own stack.
    pub(crate) from: Option<IpAddr>,
    /// Send stamp, where the transport learns it only together with the answer.
    pub(crate) sent: Option<Stamp>,
    pub(crate) received: Stamp,
    pub(crate) meaning: Meaning,
    /// TTL or hop limit that the answer arrived with.
    pub(crate) hop_limit: Option<u8>,
    /// RFC 4884 objects in the order they came.
    pub(crate) extensions: Vec<Extension>,
}

impl Answer {
    /// The MTU that this answer tells, if it is about one.
    pub(crate) fn mtu(&self) -> Option<u32> {
        match self.meaning {
            Meaning::Unreachable(Icmp {
                version: IcmpVersion::V4,
                kind: icmp::TYPE_DEST_UNREACH,
                code: icmp::CODE_DST_UNREACH_NEED_FRAG,
                info,
            })
            | Meaning::Unreachable(Icmp {
                version: IcmpVersion::V6,
                kind: icmpv6::TYPE_PACKET_TOO_BIG,
                info,
                ..
            })
            | Meaning::TooLarge(info) => Some(info),
            _ => None,
        }
    }
}

/// What an answer says about the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A router on the way: hop limit exceeded in transit.
    Expired,
    /// The destination itself; with the TCP flags of its answer, where there are any.
    Reached(Option<TcpFlags>),
    /// The path ends here for a reason.
    Unreachable(Icmp),
    /// This machine may not send so much at once; the MTU.
    TooLarge(u32),
}

/// The flags of a TCP answer that matter to a tracer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TcpFlags {
    /// SYN and ACK: the port is open.
    SynAck,
    /// RST: the port is closed.
    Reset,
}

/// The code of an exceeded hop limit, in both.
const IN_TRANSIT: u8 = icmp::CODE_TIME_EXCEEDED_TTL_EXCEEDED_IN_TRANSIT;

/// ICMP for IPv4 (RFC 792) or for IPv6 (RFC 4443).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IcmpVersion {
    V4,
    V6,
}

/// An ICMP error message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Icmp {
    pub(crate) version: IcmpVersion,
    pub(crate) kind: u8,
    pub(crate) code: u8,
    /// The MTU where the message has one.
    pub(crate) info: u32,
}

impl Icmp {
    /// What the message means to a tracer; none for those that say nothing about a path (source
    /// quench, redirect).
    pub(crate) fn meaning(self) -> Option<Meaning> {
        match (self.version, self.kind, self.code) {
            (IcmpVersion::V4, icmp::TYPE_SOURCE_QUENCH | icmp::TYPE_REDIRECT, _) => None,
            (IcmpVersion::V4, icmp::TYPE_TIME_EXCEEDED, IN_TRANSIT)
            | (IcmpVersion::V6, icmpv6::TYPE_TIME_EXCEEDED, IN_TRANSIT) => Some(Meaning::Expired),
            (IcmpVersion::V4, icmp::TYPE_DEST_UNREACH, icmp::CODE_DST_UNREACH_PORT)
            | (IcmpVersion::V6, icmpv6::TYPE_DST_UNREACH, icmpv6::CODE_DST_UNREACH_PORT) => {
                Some(Meaning::Reached(None))
            }
            _ => Some(Meaning::Unreachable(self)),
        }
    }
}

/// traceroute(1)'s annotation, such as `!H`.
impl fmt::Display for Icmp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            IcmpVersion::V4 => self.annotate_v4(f),
            IcmpVersion::V6 => self.annotate_v6(f),
        }
    }
}

impl Icmp {
    fn annotate_v4(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use icmp::*;
        if self.kind != TYPE_DEST_UNREACH {
            return write!(f, "!<{}-{}>", self.kind, self.code);
        }
        f.write_str(match self.code {
            CODE_DST_UNREACH_NET
            | CODE_DST_UNREACH_NET_UNKNOWN
            | CODE_DST_UNREACH_ISOLATED
            | CODE_DST_UNREACH_TOS_NET => "!N",
            CODE_DST_UNREACH_HOST | CODE_DST_UNREACH_HOST_UNKNOWN | CODE_DST_UNREACH_TOS_HOST => {
                "!H"
            }
            CODE_DST_UNREACH_NET_PROHIB
            | CODE_DST_UNREACH_HOST_PROHIB
            | CODE_DST_UNREACH_FILTER_PROHIB => "!X",
            CODE_DST_UNREACH_PROTOCOL => "!P",
            CODE_DST_UNREACH_SOURCE_ROUTE_FAILED => "!S",
            CODE_DST_UNREACH_HOST_PRECEDENCE_VIOLATION => "!V",
            CODE_DST_UNREACH_PRECEDENCE_CUTOFF => "!C",
            CODE_DST_UNREACH_NEED_FRAG => return write!(f, "!F-{}", self.info),
            code => return write!(f, "!<{code}>"),
        })
    }

    fn annotate_v6(self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use icmpv6::*;
        f.write_str(match (self.kind, self.code) {
            (TYPE_DST_UNREACH, CODE_DST_UNREACH_NO_ROUTE) => "!N",
            (TYPE_DST_UNREACH, CODE_DST_UNREACH_PROHIBITED) => "!X",
            (TYPE_DST_UNREACH, CODE_DST_UNREACH_BEYOND_SCOPE | CODE_DST_UNREACH_ADDR) => "!H",
            // An unrecognized next header.
            (TYPE_PARAMETER_PROBLEM, 1) => "!P",
            (TYPE_PACKET_TOO_BIG, _) => return write!(f, "!F-{}", self.info),
            (TYPE_DST_UNREACH, code) => return write!(f, "!<{code}>"),
            (kind, code) => return write!(f, "!<{kind}-{code}>"),
        })
    }
}

/// One object of an ICMP extension structure (RFC 4884).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Extension {
    /// A label stack, top first (RFC 4950).
    Mpls(Vec<Label>),
    /// Any other object, as 32-bit words.
    Other {
        class: u8,
        kind: u8,
        words: Vec<u32>,
    },
}

/// As traceroute(1) shows it with `-e`.
impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mpls(labels) => {
                f.write_str("MPLS:")?;
                for (position, entry) in labels.iter().enumerate() {
                    let separator = if position == 0 { "" } else { "/" };
                    let bottom = u8::from(entry.bottom);
                    write!(
                        f,
                        "{separator}L={},E={},S={bottom},T={}",
                        entry.label, entry.experimental, entry.ttl
                    )?;
                }
            }
            Self::Other { class, kind, words } => {
                write!(f, "{class}/{kind}:")?;
                for (position, word) in words.iter().enumerate() {
                    let separator = if position == 0 { "" } else { "," };
                    write!(f, "{separator}{word:08x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_are_those_of_traceroute() {
        let v4 = |kind, code, info| {
            Icmp {
                version: IcmpVersion::V4,
                kind,
                code,
                info,
            }
            .to_string()
        };
        let v6 = |kind, code, info| {
            Icmp {
                version: IcmpVersion::V6,
                kind,
                code,
                info,
            }
            .to_string()
        };
        let shown: Vec<String> = (0..=16).map(|code| v4(3, code, 1400)).collect();
        let expected = "!N !H !P !<3> !F-1400 !S !N !H !N !X !X !N !H !X !V !C !<16>";
        assert_eq!(shown.join(" "), expected);
        assert_eq!(v4(11, 1, 0), "!<11-1>");
        assert_eq!(v4(12, 0, 0), "!<12-0>");
        let shown: Vec<String> = (0..=6).map(|code| v6(1, code, 0)).collect();
        assert_eq!(shown.join(" "), "!N !X !H !H !<4> !<5> !<6>");
        assert_eq!(v6(2, 0, 1280), "!F-1280");
        assert_eq!(v6(4, 1, 0), "!P");
    }

    #[test]
    fn a_port_unreachable_is_the_destination() {
        let icmp = Icmp {
            version: IcmpVersion::V4,
            kind: 3,
            code: 3,
            info: 0,
        };
        assert_eq!(icmp.meaning(), Some(Meaning::Reached(None)));
        let icmp = Icmp {
            version: IcmpVersion::V6,
            kind: 1,
            code: 4,
            info: 0,
        };
        assert_eq!(icmp.meaning(), Some(Meaning::Reached(None)));
        let redirect = Icmp {
            version: IcmpVersion::V4,
            kind: 5,
            code: 1,
            info: 0,
        };
        assert_eq!(redirect.meaning(), None);
    }
}
