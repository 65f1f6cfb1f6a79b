//! Opening sockets: kind, device, mark, address, options, filter, remote, all before the first packet.
//! What leaves here can do no more than what was permitted, as far as the kernel can see to that.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use socket2::{Domain, Socket, Type};

use super::filter;
use crate::datagram::{self, FilterInstruction, Options};

/// What kind of socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Protocol {
    /// ICMP or ICMPv6 echo: a socket of icmp(7) where the kernel lets this user have one. Elsewhere one of
    /// raw(7), with CAP_NET_RAW, for replies with this identifier.
    Echo(u16),
    /// UDP.
    Udp,
    /// TCP, for a connection.
    Tcp,
    /// TCP, for an attempt that leaves nothing behind.
    TcpProbe,
    /// An IP protocol by number, with CAP_NET_RAW (raw(7)).
    Raw {
        /// Its number.
        protocol: u8,
        /// Packets bring their own IP header.
        header_included: bool,
        /// Packets are received too.
        receive: bool,
    },
}

/// Where a socket is bound.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Binding {
    /// Network interface: SO_BINDTODEVICE.
    pub interface: Option<String>,
    /// Local address.
    #[serde(with = "super::zoned::option")]
    pub source: Option<SocketAddr>,
    /// SO_MARK.
    pub mark: Option<u32>,
}

/// A socket to open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SocketSpec {
    /// What kind.
    pub protocol: Protocol,
    /// Whom it is for.
    #[serde(with = "super::zoned")]
    pub remote: SocketAddr,
    /// Where it is bound.
    pub binding: Binding,
    /// How it is set up.
    pub options: Options,
}

impl Protocol {
    /// It is for a connection, not for datagrams.
    pub(super) fn is_stream(self) -> bool {
        matches!(self, Self::Tcp | Self::TcpProbe)
    }

    /// Packets bring their own IP header, which says where they go.
    pub(super) fn brings_header(self) -> bool {
        matches!(
            self,
            Self::Raw {
                header_included: true,
                ..
            }
        )
    }
}

impl SocketSpec {
    /// Its remote may be many.
    pub fn is_for_group(&self) -> bool {
        self.remote.ip().is_multicast() || self.options.broadcast
    }
}

/// A socket and what is to know about it.
#[derive(Debug)]
pub struct OpenedSocket {
    /// The socket.
    pub fd: OwnedFd,
    /// Just before connect(2), in nanoseconds since 1970, if it connects.
    pub dialled: u64,
    /// It is one of raw(7).
    pub raw: bool,
    /// The address that packets to its remote leave with, where that was found out on the way.
    pub source: Option<IpAddr>,
}

/// A packet filter, and whether it stays for good.
pub(super) type Entrance = (Vec<FilterInstruction>, bool);

/// Opens a non-blocking, close-on-exec socket.
pub(super) fn open(spec: &SocketSpec) -> io::Result<OpenedSocket> {
    open_with(spec, |raw| entrance(spec, raw))
}

/// The same with this filter, which may depend on whether it is a raw one.
pub(super) fn open_with(
    spec: &SocketSpec,
    entrance: impl Fn(bool) -> Option<Entrance>,
) -> io::Result<OpenedSocket> {
    let create = |spec, raw| create_with(spec, raw, entrance(raw));
    match spec.protocol {
        Protocol::Echo(_) => match create(spec, false) {
            Err(error)
                if matches!(
                    error.raw_os_error(),
                    Some(libc::EACCES | libc::EPERM | libc::EPROTONOSUPPORT)
                ) =>
            {
                create(spec, true)
            }
            opened => opened,
        },
        Protocol::Raw { .. } => create(spec, true),
        Protocol::Udp | Protocol::Tcp | Protocol::TcpProbe => create(spec, false),
    }
}

/// The same, where it is known whether it must be a raw one.
pub(super) fn create(spec: &SocketSpec, raw: bool) -> io::Result<OpenedSocket> {
    create_with(spec, raw, entrance(spec, raw))
}

fn create_with(spec: &SocketSpec, raw: bool, filter: Option<Entrance>) -> io::Result<OpenedSocket> {
    let ipv6 = spec.remote.is_ipv6();
    let domain = if ipv6 { Domain::IPV6 } else { Domain::IPV4 };
    let icmp = if ipv6 {
        socket2::Protocol::ICMPV6
    } else {
        socket2::Protocol::ICMPV4
    };
    let (kind, protocol) = match spec.protocol {
        Protocol::Echo(_) if raw => (Type::RAW, icmp),
        Protocol::Echo(_) => (Type::DGRAM, icmp),
        Protocol::Udp => (Type::DGRAM, socket2::Protocol::UDP),
        Protocol::Tcp | Protocol::TcpProbe => (Type::STREAM, socket2::Protocol::TCP),
        Protocol::Raw { protocol, .. } => (Type::RAW, i32::from(protocol).into()),
    };
    let socket = Socket::new(domain, kind.nonblocking(), Some(protocol))?;
    if let Some((program, _)) = &filter {
        // First of all: a raw socket receives from its beginning.
        datagram::attach_filter(socket.as_fd(), program)?;
    }
    if raw && matches!(spec.protocol, Protocol::Echo(_)) {
        datagram::pass_replies(socket.as_fd(), ipv6)?;
    }
    bind(&socket, spec, raw)?;
    let dialled = if kind == Type::STREAM {
        set_up_stream(&socket, spec)?;
        dial(&socket, spec.remote)?
    } else {
        datagram::observe(socket.as_fd(), ipv6)?;
        spec.options.apply(socket.as_fd(), ipv6)?;
        spec.options.apply_to_groups(socket.as_fd(), ipv6)?;
        0
    };
    if let Protocol::Raw {
        header_included, ..
    } = spec.protocol
    {
        let (level, name) = if ipv6 {
            (libc::IPPROTO_IPV6, libc::IPV6_HDRINCL)
        } else {
            (libc::IPPROTO_IP, libc::IP_HDRINCL)
        };
        // Set either way: IPPROTO_RAW would otherwise imply it.
        datagram::set_option(socket.as_fd(), level, name, header_included.into())?;
    }
    if let Some((_, true)) = filter {
        lock_filter(socket.as_fd())?;
    }
    Ok(OpenedSocket {
        fd: socket.into(),
        dialled,
        raw,
        source: None,
    })
}

/// The filter of a new socket, and whether it stays for good: where remotes may be added, that is not said
/// yet.
fn entrance(spec: &SocketSpec, raw: bool) -> Option<Entrance> {
    let group = spec.is_for_group();
    match spec.protocol {
        Protocol::Echo(identifier) if raw => {
            Some((filter::replies(identifier, spec.remote.is_ipv6()), true))
        }
        Protocol::Udp if !group => Some((filter::from_port(spec.remote), false)),
        Protocol::Raw { receive: false, .. } => Some((filter::NOTHING.to_vec(), true)),
        Protocol::Raw { receive: true, .. } if !group => {
            Some((filter::from(spec.remote.ip()), false))
        }
        _ => None,
    }
}

/// Opens the entrance to further remotes; whose packets those are is for the room to check.
pub(super) fn widen(socket: BorrowedFd<'_>) -> io::Result<()> {
    datagram::attach_filter(socket, filter::ANYTHING)
}

pub(super) fn lock_filter(socket: BorrowedFd<'_>) -> io::Result<()> {
    datagram::set_option(socket, libc::SOL_SOCKET, libc::SO_LOCK_FILTER, 1)
}

fn bind(socket: &Socket, spec: &SocketSpec, raw: bool) -> io::Result<()> {
    let binding = &spec.binding;
    if let Some(interface) = &binding.interface {
        // Since Linux 5.7 this needs no privilege on a socket that is not yet bound to one.
        socket.bind_device(Some(interface.as_bytes()))?;
    }
    if let Some(mark) = binding.mark {
        socket.set_mark(mark)?;
    }
    let any = if spec.remote.is_ipv6() {
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
    } else {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    };
    // Binding is what makes the kernel choose the identifier of an echo socket.
    let chosen = matches!(spec.protocol, Protocol::Echo(_)) && !raw;
    if let Some(source) = binding.source.or(chosen.then_some(any)) {
        if spec.protocol.is_stream() && source.port() != 0 {
            socket.set_reuse_address(true)?;
        }
        socket.bind(&source.into())?;
    }
    Ok(())
}

fn set_up_stream(socket: &Socket, spec: &SocketSpec) -> io::Result<()> {
    spec.options.apply(socket.as_fd(), spec.remote.is_ipv6())?;
    if spec.protocol == Protocol::Tcp {
        // Whoever writes knows best when a message is complete.
        return socket.set_tcp_nodelay(true);
    }
    datagram::observe(socket.as_fd(), spec.remote.is_ipv6())?;
    // Closing resets at once instead of leaving TIME_WAIT behind, and one lost SYN is one lost probe.
    socket.set_linger(Some(Duration::ZERO))?;
    datagram::set_option(socket.as_fd(), libc::IPPROTO_TCP, libc::TCP_SYNCNT, 1)
}

/// Sends a SYN without waiting for what comes of it.
fn dial(socket: &Socket, remote: SocketAddr) -> io::Result<u64> {
    let dialled = datagram::realtime();
    match socket.connect(&remote.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(dialled),
    }
}

/// The address that packets to `remote` leave with, as the routing table has it now: a UDP socket
/// that is connected, and sends nothing (connect(2)).
pub(super) fn route_source(
    remote: SocketAddr,
    interface: Option<&str>,
    broadcast: bool,
) -> io::Result<IpAddr> {
    let socket = Socket::new(Domain::for_address(remote), Type::DGRAM, None)?;
    if let Some(interface) = interface {
        socket.bind_device(Some(interface.as_bytes()))?;
    }
    let mut probe = remote;
    if probe.port() == 0 {
        // Port 0 is refused; which port it is plays no part in routing here.
        probe.set_port(9);
    }
    socket.set_broadcast(broadcast)?;
    socket.connect(&probe.into())?;
    let local = socket.local_addr()?.as_socket();
    local
        .map(|local| local.ip())
        .ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
}

/// A socket to a name server, connected to it.
pub(super) fn open_to_server(server: SocketAddr, stream: bool) -> io::Result<OwnedFd> {
    let kind = if stream { Type::STREAM } else { Type::DGRAM };
    let socket = Socket::new(Domain::for_address(server), kind.nonblocking(), None)?;
    if stream {
        socket.set_tcp_nodelay(true)?;
    }
    dial(&socket, server)?;
    Ok(socket.into())
}
