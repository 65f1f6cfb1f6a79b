//! Opens sockets: kind, device, mark, address, options, filter and remote are set before the first packet. A socket
//! that is passed to the runner can do no more than what was permitted, as far as the kernel can enforce that.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::rand::{GetRandomFlags, getrandom};
use socket2::{Domain, Socket, Type};

use super::echo_filter;
use super::filter;
use super::receive_filter::ReceiveFilter;
use nethost_core::address::needs_scope;
use nethost_core::{Interface, TargetSet};
use nethost_core::{Request, SocketKind, SocketRequest, Target};
use nethost_net::datagram::{self, Options, ip_header};

/// A socket to open: the permitted part, and its settings.
#[derive(Debug, Clone)]
pub(super) struct SocketSpec {
    /// The permitted part.
    pub(super) socket: SocketRequest,
    /// The remote.
    pub(super) remote: SocketAddr,
    /// For SO_BINDTOIFINDEX, because the interface may have another name by then.
    pub(super) interface: Option<Interface>,
    /// The identifier of its echo requests, if the kernel does not choose one; the local port of a scan.
    pub(super) identifier: u16,
    /// The permitted local port of a scan; 0 for any.
    pub(super) local_port: u16,
    /// Its settings.
    pub(super) options: Options,
}

/// The remote of a request, with the scope that its interface gives to a link-local address. Its port is 0 if the
/// protocol has none.
pub(super) fn remote_of(request: &Request) -> io::Result<Option<SocketAddr>> {
    match request.target {
        Target::Address { address, port } => {
            let remote = SocketAddr::new(address.ip(), port.unwrap_or(0));
            Ok(Some(scoped(remote, request.interface.as_ref())?))
        }
        _ => Ok(None),
    }
}

fn scoped(mut address: SocketAddr, interface: Option<&Interface>) -> io::Result<SocketAddr> {
    if let (SocketAddr::V6(address), Some(interface)) = (&mut address, interface)
        && needs_scope(*address.ip())
    {
        let index = interface.index();
        address.set_scope_id(index.ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))?);
    }
    Ok(address)
}

/// The remote of a request for an incremental socket. It is bound to no interface except the one of its address.
pub(super) fn endpoint_of(request: &Request) -> Option<SocketAddr> {
    let (
        Target::Address {
            address,
            port: Some(port),
        },
        None,
    ) = (&request.target, &request.socket)
    else {
        return None;
    };
    incremental(SocketAddr::new(address.ip(), *port), request)
}

/// The same for the local address of a listening socket.
pub(super) fn listened_of(request: &Request) -> Option<SocketAddr> {
    let (
        Target::Listen {
            address,
            port: Some(port),
        },
        None,
    ) = (&request.target, &request.socket)
    else {
        return None;
    };
    incremental(SocketAddr::new(address.ip(), *port), request)
}

fn incremental(address: SocketAddr, request: &Request) -> Option<SocketAddr> {
    let has_scope = matches!(address, SocketAddr::V6(v6) if needs_scope(*v6.ip()));
    let interface = request.interface.as_ref();
    (interface.is_none() || has_scope)
        .then(|| scoped(address, interface).ok())
        .flatten()
}

impl SocketSpec {
    /// The socket of a request. None if the request has no remote.
    pub(super) fn to(
        request: &Request,
        socket: SocketRequest,
        options: Options,
    ) -> io::Result<Option<Self>> {
        let Some(remote) = remote_of(request)? else {
            return Ok(None);
        };
        Self::with(request, remote, socket, options).map(Some)
    }

    /// The same for the set of a request. Its remote is the first member, which determines the family.
    pub(super) fn to_set(
        request: &Request,
        set: &TargetSet,
        socket: SocketRequest,
        options: Options,
    ) -> io::Result<Self> {
        let first = set.member(0);
        let first = first.ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?;
        Self::with(request, first, socket, options)
    }

    fn with(
        request: &Request,
        remote: SocketAddr,
        mut socket: SocketRequest,
        options: Options,
    ) -> io::Result<Self> {
        // A separate scope would bind the socket to another interface than the permitted one.
        if let Some(SocketAddr::V6(source)) = &mut socket.source {
            source.set_scope_id(0);
        }
        let local_port = socket.source.map_or(0, |source| source.port());
        if let Some(source) = socket.source {
            socket.source = Some(scoped(source, request.interface.as_ref())?);
        }
        match socket.kind {
            // The kernel takes the port as an identifier, or as a protocol number (raw(7)).
            SocketKind::Echo | SocketKind::Raw { .. } => {
                if let Some(source) = &mut socket.source {
                    source.set_port(0);
                }
            }
            // Bound now, so that the local port is known before the first datagram.
            SocketKind::Udp => {
                socket.source.get_or_insert(any(remote));
            }
            SocketKind::Tcp | SocketKind::TcpProbe => {}
        }
        Ok(Self {
            socket,
            remote,
            interface: request.interface.clone(),
            identifier: random_identifier()?,
            local_port,
            options,
        })
    }

    /// Whether its remote may be several hosts.
    pub(super) fn is_for_group(&self) -> bool {
        self.is_group(self.remote)
    }

    /// Whether this remote may be several hosts: a multicast group, or a broadcast address, which only the routing
    /// table knows.
    pub(super) fn is_group(&self, remote: SocketAddr) -> bool {
        remote.ip().is_multicast()
            || (self.socket.broadcast && is_broadcast(remote, self.interface.as_ref()))
    }

    /// Whether the plugin has chosen the local port.
    pub(super) fn listens(&self) -> bool {
        let port = self.socket.source.map_or(0, |source| source.port());
        self.is_raw_receiver() || (self.socket.kind == SocketKind::Udp && port != 0)
    }

    /// Whether it receives all packets of its protocol.
    pub(super) fn is_raw_receiver(&self) -> bool {
        matches!(self.socket.kind, SocketKind::Raw { receive: true, .. })
    }

    /// Whether the socket is connected to its remote while that is the only one. Not for a group, whose members reply
    /// from their own addresses. Not for packets with their own header, which go where the header says. Not for
    /// packets that may have a source route, because the broker checks each of them.
    pub(super) fn is_connected(&self) -> bool {
        match self.socket.kind {
            SocketKind::Echo => !self.is_for_group(),
            SocketKind::Raw {
                protocol,
                header_included,
                ..
            } => {
                let routed = self.remote.is_ipv6() && ip_header::is_extension(protocol);
                !header_included && !routed && !self.is_for_group()
            }
            SocketKind::Udp => false,
            SocketKind::Tcp | SocketKind::TcpProbe => true,
        }
    }
}

fn any(remote: SocketAddr) -> SocketAddr {
    if remote.is_ipv6() {
        (Ipv6Addr::UNSPECIFIED, 0).into()
    } else {
        (Ipv4Addr::UNSPECIFIED, 0).into()
    }
}

/// A raw socket receives every echo reply of the machine, so the plugin cannot choose the identifier: it could be
/// that of another program.
fn random_identifier() -> io::Result<u16> {
    let mut random = [0; 2];
    getrandom(&mut random, GetRandomFlags::empty())?;
    Ok(u16::from_ne_bytes(random))
}

/// Without SO_BROADCAST, the kernel refuses to connect to a broadcast address.
pub(super) fn is_broadcast(remote: SocketAddr, interface: Option<&Interface>) -> bool {
    let error = route_source(remote, interface, false).err();
    error.and_then(|error| error.raw_os_error()) == Some(libc::EACCES)
}

/// An opened socket.
#[derive(Debug)]
pub(super) struct Opened {
    /// The socket.
    pub(super) socket: Socket,
    /// The time just before connect(2), in nanoseconds since 1970, if the socket connects.
    pub(super) dialled: u64,
    /// Whether it is a socket of raw(7).
    pub(super) raw: bool,
}

/// Opens a non-blocking, close-on-exec socket.
pub(super) fn open(spec: &SocketSpec) -> io::Result<Opened> {
    open_with(spec, &|socket, raw| admit_remote(socket, spec, raw))
}

/// Restricts a socket to its permitted senders. `raw` is whether it is a socket of raw(7).
pub(super) type Admit<'a> = &'a dyn Fn(BorrowedFd<'_>, bool) -> io::Result<()>;

/// The same if there is more than one remote.
pub(super) fn open_with(spec: &SocketSpec, admit: Admit<'_>) -> io::Result<Opened> {
    let create = |spec, raw| create_with(spec, raw, admit);
    match spec.socket.kind {
        SocketKind::Echo => match create(spec, false) {
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
        SocketKind::Raw { .. } => create(spec, true),
        SocketKind::Udp | SocketKind::Tcp | SocketKind::TcpProbe => create(spec, false),
    }
}

/// The same if it is known whether it must be a raw socket.
pub(super) fn create(spec: &SocketSpec, raw: bool) -> io::Result<Opened> {
    create_with(spec, raw, &|socket, raw| admit_remote(socket, spec, raw))
}

fn create_with(spec: &SocketSpec, raw: bool, admit: Admit<'_>) -> io::Result<Opened> {
    let ipv6 = spec.remote.is_ipv6();
    let domain = if ipv6 { Domain::IPV6 } else { Domain::IPV4 };
    let icmp = if ipv6 {
        socket2::Protocol::ICMPV6
    } else {
        socket2::Protocol::ICMPV4
    };
    let (kind, protocol) = match spec.socket.kind {
        SocketKind::Echo if raw => (Type::RAW, icmp),
        SocketKind::Echo => (Type::DGRAM, icmp),
        SocketKind::Udp => (Type::DGRAM, socket2::Protocol::UDP),
        SocketKind::Tcp | SocketKind::TcpProbe => (Type::STREAM, socket2::Protocol::TCP),
        SocketKind::Raw { protocol, .. } => (Type::RAW, i32::from(protocol).into()),
    };
    let socket = Socket::new(domain, kind.nonblocking(), Some(protocol))?;
    // This comes first, because a raw socket receives as soon as it exists.
    admit(socket.as_fd(), raw)?;
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
    if let SocketKind::Raw {
        header_included, ..
    } = spec.socket.kind
    {
        let (level, name) = if ipv6 {
            (libc::IPPROTO_IPV6, libc::IPV6_HDRINCL)
        } else {
            (libc::IPPROTO_IP, libc::IP_HDRINCL)
        };
        // Set in both cases, because IPPROTO_RAW implies it.
        datagram::set_option(socket.as_fd(), level, name, header_included.into())?;
    }
    if !spec.is_connected() {
        withhold_errors(socket.as_fd(), spec, raw)?;
    }
    Ok(Opened {
        socket,
        dialled,
        raw,
    })
}

/// Disables the error queue of a raw socket that is connected to no remote. No filter applies to that queue, and the
/// kernel reports errors there about packets of that protocol whoever sent them, with a part of the packet. An echo
/// socket receives the errors about its own requests as packets instead; its filter selects them.
pub(super) fn withhold_errors(
    socket: BorrowedFd<'_>,
    spec: &SocketSpec,
    raw: bool,
) -> io::Result<()> {
    let ipv6 = spec.remote.is_ipv6();
    match spec.socket.kind {
        SocketKind::Raw { .. } => datagram::observe_no_errors(socket, ipv6),
        SocketKind::Echo if raw => {
            datagram::observe_no_errors(socket, ipv6)?;
            datagram::pass_replies(socket, ipv6, true)
        }
        _ => Ok(()),
    }
}

/// Restricts a socket to packets from its remote.
fn admit_remote(socket: BorrowedFd<'_>, spec: &SocketSpec, raw: bool) -> io::Result<()> {
    match spec.socket.kind {
        SocketKind::Echo if raw => {
            let ipv6 = spec.remote.is_ipv6();
            let replies = echo_filter::replies(spec.identifier, ipv6);
            let program = echo_filter::errors_or(spec.identifier, ipv6, replies);
            datagram::attach_filter(socket, &program)?;
            lock_filter(socket)?;
            datagram::pass_replies(socket, ipv6, false)
        }
        SocketKind::Raw { receive: false, .. } => {
            datagram::attach_filter(socket, filter::NOTHING)?;
            lock_filter(socket)
        }
        SocketKind::Udp | SocketKind::Raw { .. } => {
            let mut accepts = ReceiveFilter::new();
            accepts.add(spec.remote, spec.is_for_group());
            admit(socket, spec.socket.kind, &accepts)
        }
        SocketKind::Echo | SocketKind::Tcp | SocketKind::TcpProbe => Ok(()),
    }
}

/// Restricts a socket to packets from these senders. The holder of a copy cannot remove the filter, because it has no
/// system call for that. Fails with ENOBUFS if there are more senders than a filter can list.
pub(super) fn admit(
    socket: BorrowedFd<'_>,
    kind: SocketKind,
    accepts: &ReceiveFilter,
) -> io::Result<()> {
    let program = match (kind, accepts.senders()) {
        (SocketKind::Udp, Some(senders)) => filter::from_senders(senders),
        (SocketKind::Raw { receive: true, .. }, Some(senders)) => {
            filter::from_any(senders.map(|sender| sender.ip()))
        }
        (SocketKind::Udp | SocketKind::Raw { receive: true, .. }, None) => {
            filter::ANYTHING.to_vec()
        }
        _ => return Ok(()),
    };
    attach(socket, &program)
}

/// Attaches a filter. Fails with ENOBUFS if it is longer than the kernel accepts.
pub(super) fn attach(
    socket: BorrowedFd<'_>,
    program: &[datagram::FilterInstruction],
) -> io::Result<()> {
    // BPF_MAXINSNS of linux/bpf_common.h.
    if program.len() > 4096 {
        return Err(io::Error::from_raw_os_error(libc::ENOBUFS));
    }
    datagram::attach_filter(socket, program)
}

pub(super) fn lock_filter(socket: BorrowedFd<'_>) -> io::Result<()> {
    datagram::set_option(socket, libc::SOL_SOCKET, libc::SO_LOCK_FILTER, 1)
}

fn bind(socket: &Socket, spec: &SocketSpec, raw: bool) -> io::Result<()> {
    let request = &spec.socket;
    if let Some(interface) = &spec.interface {
        bind_to(socket.as_fd(), interface)?;
    }
    if let Some(mark) = request.mark {
        socket.set_mark(mark)?;
    }
    if request.broadcast {
        datagram::set_option(socket.as_fd(), libc::SOL_SOCKET, libc::SO_BROADCAST, 1)?;
    }
    if request.dont_route {
        datagram::set_option(socket.as_fd(), libc::SOL_SOCKET, libc::SO_DONTROUTE, 1)?;
    }
    // When an echo socket is bound, the kernel chooses its identifier.
    let chosen = request.kind == SocketKind::Echo && !raw;
    if let Some(source) = request.source.or(chosen.then_some(any(spec.remote))) {
        if request.kind.is_stream() && source.port() != 0 {
            socket.set_reuse_address(true)?;
        }
        socket.bind(&source.into())?;
    }
    Ok(())
}

/// Since Linux 5.7, this requires no privilege for a socket that is not bound to a device yet.
pub(super) fn bind_to(socket: BorrowedFd<'_>, interface: &Interface) -> io::Result<()> {
    let index = interface
        .index()
        .and_then(|index| i32::try_from(index).ok());
    let index = index.ok_or_else(|| io::Error::from_raw_os_error(libc::ENODEV))?;
    datagram::set_option(socket, libc::SOL_SOCKET, libc::SO_BINDTOIFINDEX, index)
}

fn set_up_stream(socket: &Socket, spec: &SocketSpec) -> io::Result<()> {
    spec.options.apply(socket.as_fd(), spec.remote.is_ipv6())?;
    if spec.socket.kind == SocketKind::Tcp {
        // The writer knows when a message is complete.
        return socket.set_tcp_nodelay(true);
    }
    datagram::observe(socket.as_fd(), spec.remote.is_ipv6())?;
    // Closing resets the connection at once, without TIME_WAIT, and one lost SYN is one lost probe.
    socket.set_linger(Some(Duration::ZERO))?;
    datagram::set_option(socket.as_fd(), libc::IPPROTO_TCP, libc::TCP_SYNCNT, 1)
}

/// Sends a SYN without waiting for the result.
fn dial(socket: &Socket, remote: SocketAddr) -> io::Result<u64> {
    let dialled = datagram::realtime();
    match socket.connect(&remote.into()) {
        Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error),
        _ => Ok(dialled),
    }
}

/// The source address of packets to `remote`, according to the current routing table: that of a connected UDP socket,
/// which sends nothing (connect(2)).
pub(super) fn route_source(
    remote: SocketAddr,
    interface: Option<&Interface>,
    broadcast: bool,
) -> io::Result<IpAddr> {
    let socket = Socket::new(Domain::for_address(remote), Type::DGRAM, None)?;
    if let Some(interface) = interface {
        bind_to(socket.as_fd(), interface)?;
    }
    let mut probe = remote;
    if probe.port() == 0 {
        // Port 0 is refused. The port does not affect the route here.
        probe.set_port(9);
    }
    socket.set_broadcast(broadcast)?;
    socket.connect(&probe.into())?;
    let local = socket.local_addr()?.as_socket();
    local
        .map(|local| local.ip())
        .ok_or_else(|| io::Error::from_raw_os_error(libc::EAFNOSUPPORT))
}

/// A socket that is connected to a name server.
pub(super) fn open_to_server(server: SocketAddr, stream: bool) -> io::Result<OwnedFd> {
    let kind = if stream { Type::STREAM } else { Type::DGRAM };
    let socket = Socket::new(Domain::for_address(server), kind.nonblocking(), None)?;
    if stream {
        socket.set_tcp_nodelay(true)?;
    }
    dial(&socket, server)?;
    Ok(socket.into())
}
