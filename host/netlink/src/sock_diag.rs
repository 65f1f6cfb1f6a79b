//! Sockets of the machine: NETLINK_SOCK_DIAG (sock_diag(7)). Which are asked for, how one is ended, and what of the
//! answers is not for everybody.

mod filter;

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::message::{Attributes, HEADER, aligned, u16_at, u32_at};
use crate::message_builder::{ACKNOWLEDGE, DUMP, MessageBuilder};
use crate::{Error, INET, INET6, invalid};
use nethost_core::{Request, Target};

pub use filter::{LONGEST_FILTER, asks_for_marks, check_filter};

/// SOCK_DIAG_BY_FAMILY.
pub const SOCKETS: u16 = 20;
/// SOCK_DESTROY.
const DESTROY: u16 = 21;

/// INET_DIAG_REQ_BYTECODE and INET_DIAG_REQ_PROTOCOL.
const FILTER: u16 = 1;
const PROTOCOL: u16 = 3;

/// What sockets are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum SocketProtocol {
    Tcp,
    Udp,
    Udplite,
    Dccp,
    Sctp,
    Mptcp,
    Raw,
    Ping,
    Unix,
    Packet,
    Netlink,
    Vsock,
    Xdp,
    Tipc,
}

impl SocketProtocol {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Tcp,
        Self::Udp,
        Self::Udplite,
        Self::Dccp,
        Self::Sctp,
        Self::Mptcp,
        Self::Raw,
        Self::Ping,
        Self::Unix,
        Self::Packet,
        Self::Netlink,
        Self::Vsock,
        Self::Xdp,
        Self::Tipc,
    ];

    /// The name that policies and records have for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Udplite => "udplite",
            Self::Dccp => "dccp",
            Self::Sctp => "sctp",
            Self::Mptcp => "mptcp",
            Self::Raw => "raw",
            Self::Ping => "ping",
            Self::Unix => "unix",
            Self::Packet => "packet",
            Self::Netlink => "netlink",
            Self::Vsock => "vsock",
            Self::Xdp => "xdp",
            Self::Tipc => "tipc",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|protocol| protocol.name() == name)
    }

    /// Its number, if it is one of IP.
    fn of_ip(self, family: u8) -> Option<u32> {
        Some(match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Udplite => 136,
            Self::Dccp => 33,
            Self::Sctp => 132,
            Self::Mptcp => 262,
            Self::Raw => 255,
            Self::Ping if family == INET6 => 58,
            Self::Ping => 1,
            _ => return None,
        })
    }
}

/// Which sockets of a protocol, and what of each: as in wit/sock-diag.wit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketQuery {
    /// AF_INET or AF_INET6 for the protocols of IP.
    pub family: u8,
    /// 1 << TCP_….
    pub states: u32,
    /// Extensions, or what is shown.
    pub show: u32,
    /// A program of the kernel's filter language.
    #[serde(with = "serde_bytes")]
    pub filter: Vec<u8>,
}

/// The message that asks for these sockets.
pub fn query(protocol: SocketProtocol, query: &SocketQuery) -> Result<Vec<u8>, Error> {
    let SocketQuery {
        family,
        states,
        show,
        filter,
    } = query;
    let word = |word: u32| word.to_ne_bytes();
    let header = match protocol.of_ip(*family) {
        Some(number) => {
            if ![INET, INET6].contains(family) {
                return Err(invalid("a family that is neither AF_INET nor AF_INET6"));
            }
            let Ok(show) = u8::try_from(*show) else {
                return Err(invalid("there are eight extensions"));
            };
            let mut header = vec![*family, number as u8, show, 0];
            header.extend(word(*states));
            header.resize(INET_REQUEST, 0);
            header
        }
        None => {
            if !filter.is_empty() {
                return Err(invalid("only sockets of IP have a filter"));
            }
            match protocol {
                // Protocol, pad, (states,) inode, show, and a cookie.
                SocketProtocol::Unix => [
                    &[1, 0, 0, 0][..],
                    &word(*states),
                    &word(0),
                    &word(*show),
                    &[0; 8],
                ]
                .concat(),
                SocketProtocol::Vsock => [
                    &[40, 0, 0, 0][..],
                    &word(*states),
                    &word(0),
                    &word(*show),
                    &[0; 8],
                ]
                .concat(),
                SocketProtocol::Tipc => [&[30, 0, 0, 0][..], &word(*states)].concat(),
                SocketProtocol::Packet => {
                    [&[17, 0, 0, 0][..], &word(0), &word(*show), &[0; 8]].concat()
                }
                SocketProtocol::Xdp => {
                    [&[44, 0, 0, 0][..], &word(0), &word(*show), &[0; 8]].concat()
                }
                // NDIAG_PROTO_ALL.
                _ => [&[16, 255, 0, 0][..], &word(0), &word(*show), &[0; 8]].concat(),
            }
        }
    };
    let mut builder = MessageBuilder::new(SOCKETS, DUMP, &header);
    if !filter.is_empty() {
        check_filter(filter)?;
        builder.raw(FILTER, filter);
    }
    if let Some(number @ 256..) = protocol.of_ip(*family) {
        builder.raw(PROTOCOL, &number.to_ne_bytes());
    }
    Ok(builder.finish()?.0)
}

/// The groups SKNLGRP_… in which the kernel tells of sockets of a protocol as they close, for IPv4 and IPv6. None for a
/// protocol that has none.
pub fn closing_groups(protocol: SocketProtocol) -> Option<[u32; 2]> {
    match protocol {
        SocketProtocol::Tcp => Some([1, 3]),
        SocketProtocol::Udp => Some([2, 4]),
        _ => None,
    }
}

/// struct inet_diag_req_v2.
const INET_REQUEST: usize = 56;

/// INET_DIAG_NOCOOKIE: for the kernel, the cookie of any socket.
const ANY_SOCKET: u64 = u64::MAX;

/// One socket of IP: as in wit/sock-diag.wit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketId {
    /// What it is for.
    pub protocol: SocketProtocol,
    /// Its own address and port.
    pub local: SocketAddr,
    /// Whom it is connected to, or none.
    pub remote: SocketAddr,
    /// The interface that it is bound to, or 0.
    pub interface: u32,
    /// The kernel's cookie.
    pub cookie: u64,
}

/// How a socket is ended.
#[derive(Debug)]
pub struct Destruction {
    /// The message that asks which socket it would be.
    pub question: Vec<u8>,
    /// The message that ends it.
    pub message: Vec<u8>,
    /// The request that stands for it.
    pub request: Request,
}

/// The messages that end a socket, and the request that stands for them.
pub fn destroy(socket: &SocketId) -> Result<Destruction, Error> {
    let SocketId {
        protocol,
        local,
        remote,
        interface,
        cookie,
    } = socket;
    let family = match (local.ip(), remote.ip()) {
        (IpAddr::V4(_), IpAddr::V4(_)) => INET,
        (IpAddr::V6(_), IpAddr::V6(_)) => INET6,
        _ => return Err(invalid("the two addresses are of different families")),
    };
    if *cookie == ANY_SOCKET {
        return Err(invalid("a socket is named by its cookie"));
    }
    let number = protocol.of_ip(family);
    let Some(number @ ..256) = number else {
        return Err(invalid("only sockets of IP can be destroyed"));
    };
    let mut header = vec![family, number as u8, 0, 0, 0, 0, 0, 0];
    header.extend(local.port().to_be_bytes());
    header.extend(remote.port().to_be_bytes());
    for address in [local.ip(), remote.ip()] {
        let mut octets = crate::octets(address).to_vec();
        octets.resize(16, 0);
        header.extend(octets);
    }
    header.extend(interface.to_ne_bytes());
    // Two words, the lower one first.
    header.extend((*cookie as u32).to_ne_bytes());
    header.extend(((cookie >> 32) as u32).to_ne_bytes());
    let (question, _) = MessageBuilder::new(SOCKETS, 0, &header).finish()?;
    let (message, _) = MessageBuilder::new(DESTROY, ACKNOWLEDGE, &header).finish()?;
    let mut target = *remote;
    if target.ip().to_canonical().is_unspecified() {
        target = *local;
    }
    let target = match remote.ip().to_canonical().is_unspecified() {
        true => Target::listen((target.ip().to_canonical(), target.port()).into()),
        false => Target::remote(target.ip().to_canonical(), Some(target.port())),
    };
    let mut changes = vec![
        ("protocol", protocol.name().to_owned()),
        ("local", plain(local)),
        ("remote", plain(remote)),
        ("cookie", format!("{cookie:x}")),
    ];
    if *interface != 0 {
        changes.push(("interface", interface.to_string()));
    }
    Ok(Destruction {
        question,
        message,
        request: Request::new("namespace.destroy", target).changing(changes),
    })
}

/// The owner of the socket of a question, if the kernel's answer is about that very socket: both addresses and ports,
/// interface and cookie.
pub fn owner_of(answer: &[u8], question: &[u8]) -> Option<u32> {
    const USER: usize = 64;
    // struct inet_diag_sockid, behind the states of a request, and behind the timer of an answer.
    const ID: usize = 48;
    let asked = question.get(HEADER + 8..HEADER + 8 + ID);
    let found = answer.get(HEADER + 4..HEADER + 4 + ID);
    let is_the_socket = u16_at(answer, 4) == Some(SOCKETS)
        && asked.is_some()
        && asked == found
        && question.get(HEADER) == answer.get(HEADER);
    u32_at(answer, HEADER + USER).filter(|_| is_the_socket)
}

/// An address and port, without a scope.
fn plain(address: &SocketAddr) -> String {
    SocketAddr::new(address.ip(), address.port()).to_string()
}

/// struct inet_diag_msg, struct packet_diag_msg.
const INET_MESSAGE: usize = 72;
const PACKET_MESSAGE: usize = 16;
/// INET_DIAG_MARK, INET_DIAG_ULP_INFO and INET_DIAG_MD5SIG.
const MARK: u16 = 15;
const UPPER_LAYER: u16 = 19;
const KEYS: u16 = 18;
/// PACKET_DIAG_FILTER.
const PACKET_FILTER: u16 = 9;
/// struct tcp_diag_md5sig, and where its key begins.
const KEY_RECORD: usize = 100;
const KEY: usize = 20;

/// Makes zeroes of what a message about a socket has that is not for the plugin: keys; and for users that the kernel
/// would not tell, marks, programs of packet sockets, and what TLS and MPTCP tell of a connection (tokens among it).
pub fn withhold(message: &mut [u8], privileged: bool) {
    let Some(family) = message.get(HEADER).copied() else {
        return;
    };
    let begin = match family {
        INET | INET6 => INET_MESSAGE,
        17 => PACKET_MESSAGE,
        _ => return,
    };
    let mut rest = message.get_mut(HEADER + begin..).unwrap_or_default();
    while !rest.is_empty() {
        let length = u16_at(rest, 0).map_or(0, usize::from);
        if length < 4 || length > rest.len() {
            return rest.fill(0);
        }
        let next = aligned(length).min(rest.len());
        let (one, others) = rest.split_at_mut(next);
        let kind = u16_at(one, 2).map_or(0, |kind| kind & 0x3fff);
        match (family, kind) {
            (INET | INET6, KEYS) => {
                for record in one[4..].chunks_mut(KEY_RECORD) {
                    record.get_mut(KEY..).unwrap_or_default().fill(0);
                }
            }
            (INET | INET6, MARK | UPPER_LAYER) | (17, PACKET_FILTER) if !privileged => {
                one[2..].fill(0);
            }
            _ => {}
        }
        rest = others;
    }
}

/// What one recv(2) brought, taken apart.
#[derive(Debug, Default)]
pub struct Taken {
    /// There are no more.
    pub last: bool,
    /// The kernel refused.
    pub errno: Option<i32>,
    /// NLM_F_DUMP_INTR.
    pub interrupted: bool,
}

/// Whether a message is about one of these UNIX domain sockets, or one that is connected to it.
fn is_of(message: &[u8], own: &[u32]) -> bool {
    const UNIX_MESSAGE: usize = 16;
    const PEER: u16 = 2;
    if own.is_empty() || message.get(HEADER) != Some(&1) {
        return false;
    }
    let inode = u32_at(message, HEADER + 4);
    let attributes = message.get(HEADER + UNIX_MESSAGE..).unwrap_or_default();
    let mut peers = Attributes(attributes).filter(|(id, _)| *id == PEER);
    let peer = peers.next().and_then(|(_, value)| u32_at(value, 0));
    [inode, peer]
        .into_iter()
        .flatten()
        .any(|inode| own.contains(&inode))
}

/// Takes the messages about sockets out of what the kernel sent, without what is withheld, and without UNIX domain sockets
/// of these inodes and their peers.
pub fn take(bytes: &[u8], privileged: bool, own: &[u32], into: &mut Vec<u8>) -> Taken {
    const INTERRUPTED: u16 = 0x10;
    const ERROR: u16 = 2;
    const DONE: u16 = 3;
    let mut taken = Taken::default();
    let mut rest = bytes;
    while let (Some(length), Some(kind), Some(flags)) =
        (u32_at(rest, 0), u16_at(rest, 4), u16_at(rest, 6))
    {
        let length = length as usize;
        let Some(message) = rest.get(..length).filter(|_| length >= HEADER) else {
            break;
        };
        taken.interrupted |= flags & INTERRUPTED != 0;
        match kind {
            SOCKETS if is_of(message, own) => {}
            SOCKETS => {
                let begin = into.len();
                into.extend_from_slice(message);
                into.resize(aligned(into.len()), 0);
                withhold(&mut into[begin..begin + length], privileged);
            }
            ERROR | DONE => {
                taken.last = true;
                let errno = u32_at(message, HEADER).map_or(0, |errno| errno.cast_signed());
                taken.errno = Some(errno.wrapping_neg()).filter(|errno| *errno != 0);
            }
            _ => {}
        }
        rest = rest.get(aligned(length)..).unwrap_or_default();
    }
    taken.last |= bytes.is_empty();
    taken
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_marks_are_withheld() {
        let mut message = vec![0; HEADER + INET_MESSAGE];
        message[HEADER] = INET;
        message.extend(8_u16.to_ne_bytes());
        message.extend(MARK.to_ne_bytes());
        message.extend([7; 4]);
        message.extend(8_u16.to_ne_bytes());
        // A nested attribute.
        message.extend((UPPER_LAYER | 0x8000).to_ne_bytes());
        message.extend([8; 4]);
        message.extend(104_u16.to_ne_bytes());
        message.extend(KEYS.to_ne_bytes());
        message.extend([9; 100]);
        let length = message.len() as u32;
        message[..4].copy_from_slice(&length.to_ne_bytes());
        message[4..6].copy_from_slice(&SOCKETS.to_ne_bytes());
        let mut shown = Vec::new();
        assert!(!take(&message, true, &[], &mut shown).last);
        assert_eq!(shown[HEADER + INET_MESSAGE + 4..][..4], [7; 4]);
        assert_eq!(shown[HEADER + INET_MESSAGE + 12..][..4], [8; 4]);
        assert_eq!(shown[shown.len() - 81..], [&[9][..], &[0; 80]].concat());
        let mut other = Vec::new();
        take(&message, false, &[], &mut other);
        assert_eq!(other[HEADER + INET_MESSAGE + 2..][..6], [0; 6]);
        assert_eq!(other[HEADER + INET_MESSAGE + 10..][..6], [0; 6]);
    }

    #[test]
    fn the_request_names_whom_a_socket_is_connected_to() {
        let socket = |local: &str, remote: &str| SocketId {
            protocol: SocketProtocol::Tcp,
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            interface: 0,
            cookie: 5 << 32 | 4,
        };
        let connected = socket("10.0.0.1:80", "10.0.0.2:4000");
        let end = destroy(&connected).unwrap();
        assert_eq!(end.request.target.to_string(), "10.0.0.2:4000");
        assert_eq!(end.message.len(), HEADER + INET_REQUEST);
        let end = destroy(&socket("[::]:80", "[::]:0")).unwrap();
        assert_eq!(end.request.target.to_string(), "[::]:80");
        assert!(destroy(&socket("[::]:80", "0.0.0.0:0")).is_err());
        let any = SocketId {
            cookie: u64::MAX,
            ..connected
        };
        assert!(destroy(&any).is_err());
    }
}
