//! Opening sockets: kind, protocol, device, mark, address, all before the first packet.

use std::io;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};

/// What kind of socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// ICMP or ICMPv6 echo without privilege (icmp(7)).
    PingIcmp,
    /// ICMP or ICMPv6 with CAP_NET_RAW (raw(7)).
    RawIcmp,
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// An IP protocol by number, with CAP_NET_RAW (raw(7)).
    Raw(u8),
}

/// Where a socket is bound.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Binding {
    /// Network interface: SO_BINDTODEVICE.
    pub interface: Option<String>,
    /// Local address.
    pub source: Option<SocketAddr>,
    /// SO_MARK.
    pub mark: Option<u32>,
}

/// A socket to open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SocketSpec {
    /// IPv6 or IPv4.
    pub ipv6: bool,
    /// What kind.
    pub protocol: Protocol,
    /// Where it is bound.
    pub binding: Binding,
}

/// Opens a non-blocking, close-on-exec socket.
pub(super) fn open(spec: &SocketSpec) -> io::Result<Socket> {
    let domain = if spec.ipv6 {
        Domain::IPV6
    } else {
        Domain::IPV4
    };
    let icmp = if spec.ipv6 {
        socket2::Protocol::ICMPV6
    } else {
        socket2::Protocol::ICMPV4
    };
    let (kind, protocol) = match spec.protocol {
        Protocol::PingIcmp => (Type::DGRAM, Some(icmp)),
        Protocol::RawIcmp => (Type::RAW, Some(icmp)),
        Protocol::Udp => (Type::DGRAM, Some(socket2::Protocol::UDP)),
        Protocol::Tcp => (Type::STREAM, Some(socket2::Protocol::TCP)),
        Protocol::Raw(number) => (Type::RAW, Some(i32::from(number).into())),
    };
    let socket = Socket::new(domain, kind.nonblocking(), protocol)?;
    let binding = &spec.binding;
    if let Some(interface) = &binding.interface {
        // Since Linux 5.7 this needs no privilege on a socket that is not yet bound to one.
        socket.bind_device(Some(interface.as_bytes()))?;
    }
    if let Some(mark) = binding.mark {
        socket.set_mark(mark)?;
    }
    if let Some(source) = binding.source {
        if spec.protocol == Protocol::Tcp && source.port() != 0 {
            socket.set_reuse_address(true)?;
        }
        socket.bind(&source.into())?;
    }
    Ok(socket)
}
