//! What a socket that scans needs besides itself: a local port that no other program can use, so that what comes to
//! it can only be an answer to a probe, and a second socket that receives the ICMP errors about the probes.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};

use socket2::{Domain, Protocol, Socket, Type};

use super::filter;
use super::scan_filter;
use super::socket::{self, SocketSpec};
use nethost_core::SocketKind;
use nethost_net::datagram;

/// A protocol of probes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ScanProtocol {
    Tcp,
    Udp,
    Sctp,
    /// ICMP or ICMPv6.
    Icmp,
}

/// The protocol of a socket that scans. None for sockets of another kind.
pub(super) fn protocol_of(kind: SocketKind) -> Option<ScanProtocol> {
    let SocketKind::Raw {
        protocol,
        header_included: false,
        receive: true,
    } = kind
    else {
        return None;
    };
    Some(match i32::from(protocol) {
        libc::IPPROTO_TCP => ScanProtocol::Tcp,
        libc::IPPROTO_UDP => ScanProtocol::Udp,
        libc::IPPROTO_SCTP => ScanProtocol::Sctp,
        libc::IPPROTO_ICMP | libc::IPPROTO_ICMPV6 => ScanProtocol::Icmp,
        _ => return None,
    })
}

impl ScanProtocol {
    /// Whether its remotes have ports.
    pub(super) fn has_ports(self) -> bool {
        self != Self::Icmp
    }

    /// The number in an IP header.
    pub(super) fn number(self, ipv6: bool) -> u8 {
        let number = match self {
            Self::Tcp => libc::IPPROTO_TCP,
            Self::Udp => libc::IPPROTO_UDP,
            Self::Sctp => libc::IPPROTO_SCTP,
            Self::Icmp if ipv6 => libc::IPPROTO_ICMPV6,
            Self::Icmp => libc::IPPROTO_ICMP,
        };
        number as u8
    }

    /// The shortest header.
    fn header(self) -> usize {
        match self {
            Self::Tcp => 20,
            Self::Sctp => 12,
            Self::Udp | Self::Icmp => 8,
        }
    }

    /// Whether a packet is a probe from this local port, or with this identifier, to this port.
    pub(super) fn is_probe(self, packet: &[u8], identifier: u16, port: u16, ipv6: bool) -> bool {
        let word = |at| {
            let word = packet.get(at..at + 2);
            word.map(|word| u16::from_be_bytes([word[0], word[1]]))
        };
        let begins = packet.len() >= self.header();
        begins
            && match self {
                Self::Icmp => {
                    let kinds = scan_filter::requests(ipv6);
                    let kind = packet.first().map(|kind| u32::from(*kind));
                    kind.is_some_and(|kind| kinds.contains(&kind)) && word(4) == Some(identifier)
                }
                _ => word(0) == Some(identifier) && word(2) == Some(port),
            }
    }

    /// A socket that holds a local port, so that the kernel gives it to nobody else. It receives nothing.
    fn reserve(self, source: Option<SocketAddr>, ipv6: bool) -> io::Result<Option<Socket>> {
        let (kind, protocol) = match self {
            Self::Tcp => (Type::STREAM, Protocol::TCP),
            Self::Udp => (Type::DGRAM, Protocol::UDP),
            Self::Sctp => (Type::STREAM, Protocol::from(libc::IPPROTO_SCTP)),
            Self::Icmp => return Ok(None),
        };
        let domain = if ipv6 { Domain::IPV6 } else { Domain::IPV4 };
        let socket = match Socket::new(domain, kind.nonblocking(), Some(protocol)) {
            // A kernel without SCTP gives ports of SCTP to nobody.
            Err(error)
                if self == Self::Sctp && error.raw_os_error() == Some(libc::EPROTONOSUPPORT) =>
            {
                return Ok(None);
            }
            socket => socket?,
        };
        if self == Self::Udp {
            datagram::attach_filter(socket.as_fd(), filter::NOTHING)?;
        }
        let any: SocketAddr = match ipv6 {
            true => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
            false => (std::net::Ipv4Addr::UNSPECIFIED, 0).into(),
        };
        let port = source.map_or(0, |source| source.port());
        let mut local = source.unwrap_or(any);
        local.set_port(port);
        if ipv6 {
            socket.set_only_v6(true)?;
        }
        socket.bind(&local.into())?;
        Ok(Some(socket))
    }
}

/// The other sockets of a socket that scans.
#[derive(Debug)]
pub(super) struct ScanSockets {
    /// Holds the local port.
    _reserved: Option<Socket>,
    /// Receives the errors, until the runner has it.
    pub(super) errors: Option<OwnedFd>,
}

impl ScanSockets {
    /// Reserves the local port, which becomes the identifier of the socket to open, and opens the socket for errors.
    /// None for sockets that do not scan.
    pub(super) fn open(spec: &mut SocketSpec) -> io::Result<Option<Self>> {
        let Some(protocol) = protocol_of(spec.socket.kind) else {
            return Ok(None);
        };
        let ipv6 = spec.remote.is_ipv6();
        let mut source = spec.socket.source;
        if let Some(source) = &mut source {
            source.set_port(spec.local_port);
        }
        let reserved = protocol.reserve(source, ipv6)?;
        spec.identifier = match &reserved {
            Some(reserved) => datagram::local_address(reserved.as_fd())?.port(),
            // A plugin cannot choose the identifier of ICMP, which could be that of another program.
            None if spec.local_port != 0 && protocol.has_ports() => spec.local_port,
            // High, as the ports are that a kernel chooses.
            None => spec.identifier | 0x8000,
        };
        let errors = errors(protocol, spec, ipv6)?;
        Ok(Some(Self {
            _reserved: reserved,
            errors: Some(errors),
        }))
    }
}

/// A raw ICMP socket that receives only errors that quote a probe.
fn errors(protocol: ScanProtocol, spec: &SocketSpec, ipv6: bool) -> io::Result<OwnedFd> {
    let (domain, icmp) = match ipv6 {
        true => (Domain::IPV6, Protocol::ICMPV6),
        false => (Domain::IPV4, Protocol::ICMPV4),
    };
    let socket = Socket::new(domain, Type::RAW.nonblocking(), Some(icmp))?;
    let program = scan_filter::errors(protocol, spec.identifier, ipv6);
    datagram::attach_filter(socket.as_fd(), &program)?;
    socket::lock_filter(socket.as_fd())?;
    if let Some(interface) = &spec.interface {
        socket::bind_to(socket.as_fd(), interface)?;
    }
    datagram::observe(socket.as_fd(), ipv6)?;
    datagram::observe_no_errors(socket.as_fd(), ipv6)?;
    Ok(socket.into())
}
