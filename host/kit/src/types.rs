//! Converts between wit/types.wit and Rust types, and between errno values and error codes.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::{Context, wit};
use nethost_broker::Broker;
use nethost_core::address::needs_scope;
use nethost_core::{Interface, InterfaceBy, address};
use nethost_core::{SocketKind, SocketRequest};
use nethost_gate::Denial;
use nethost_net::datagram::{ErrorOrigin, Options, PathMtuDiscovery, QueuedError};

pub use wit::ErrorCode;

impl wit::Host for Context {}

/// No option is set.
impl Default for wit::SocketOptions {
    fn default() -> Self {
        Self {
            interface: None,
            source: None,
            hop_limit: None,
            traffic_class: None,
            path_mtu_discovery: None,
            broadcast: false,
            dont_route: false,
            mark: None,
            buffer_size: None,
        }
    }
}

impl From<Denial> for wit::Denial {
    fn from(denial: Denial) -> Self {
        let Denial {
            capability,
            target,
            rule,
            remedy,
        } = denial;
        Self {
            capability,
            target,
            rule,
            remedy,
        }
    }
}

impl From<Denial> for ErrorCode {
    fn from(denial: Denial) -> Self {
        ErrorCode::Denied(denial.into())
    }
}

impl From<&io::Error> for ErrorCode {
    fn from(error: &io::Error) -> Self {
        // If a permit ends in the middle of a stream, the denial arrives as an error of the stream.
        let inner = error.get_ref();
        if let Some(denial) = inner.and_then(|inner| inner.downcast_ref::<Denial>()) {
            return denial.clone().into();
        }
        match error.raw_os_error() {
            Some(errno) => from_errno(errno),
            None if error.kind() == io::ErrorKind::TimedOut => ErrorCode::Timeout,
            None => ErrorCode::Other(Some(error.to_string())),
        }
    }
}

impl From<io::Error> for ErrorCode {
    fn from(error: io::Error) -> Self {
        Self::from(&error)
    }
}

/// The error code for an errno.
pub fn from_errno(errno: i32) -> ErrorCode {
    match errno {
        libc::EACCES | libc::EPERM => ErrorCode::AccessDenied,
        libc::EOPNOTSUPP | libc::EPROTONOSUPPORT | libc::ENOPROTOOPT | libc::EAFNOSUPPORT => {
            ErrorCode::NotSupported
        }
        libc::EINVAL => invalid("the system refused the arguments"),
        // A full queue of the socket (EAGAIN) or of the device (ENOBUFS) becomes free in the same way.
        libc::ENOMEM | libc::ENOBUFS | libc::EAGAIN => ErrorCode::OutOfMemory,
        libc::ETIMEDOUT => ErrorCode::Timeout,
        libc::ENOTCONN | libc::EISCONN | libc::EALREADY => ErrorCode::InvalidState,
        libc::EADDRNOTAVAIL => ErrorCode::AddressNotBindable,
        libc::EADDRINUSE => ErrorCode::AddressInUse,
        libc::ENODEV | libc::ENXIO => ErrorCode::NoSuchDevice,
        libc::EHOSTUNREACH | libc::EHOSTDOWN => ErrorCode::RemoteUnreachable,
        libc::ENETUNREACH | libc::ENETDOWN => ErrorCode::NetworkUnreachable,
        libc::ECONNREFUSED => ErrorCode::ConnectionRefused,
        libc::EPIPE => ErrorCode::ConnectionBroken,
        libc::ECONNRESET => ErrorCode::ConnectionReset,
        libc::ECONNABORTED => ErrorCode::ConnectionAborted,
        libc::EMSGSIZE => ErrorCode::DatagramTooLarge,
        libc::ENOENT | libc::ENOTDIR => ErrorCode::NotFound,
        libc::EFBIG => ErrorCode::TooLarge,
        libc::EMFILE => {
            crate::limits::no_descriptor_left();
            ErrorCode::OutOfMemory
        }
        _ => ErrorCode::Other(Some(io::Error::from_raw_os_error(errno).to_string())),
    }
}

/// `invalid-argument` with a reason.
pub fn invalid(reason: impl Into<String>) -> ErrorCode {
    ErrorCode::InvalidArgument(reason.into())
}

/// Converts an address from the WIT type.
pub fn address_from(address: wit::IpAddress) -> IpAddr {
    match address {
        wit::IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
        wit::IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            Ipv6Addr::new(a, b, c, d, e, f, g, h).into()
        }
    }
}

/// Converts an address to the WIT type.
pub fn address_to(address: IpAddr) -> wit::IpAddress {
    match address {
        IpAddr::V4(address) => wit::IpAddress::Ipv4(address.octets().into()),
        IpAddr::V6(address) => wit::IpAddress::Ipv6(address.segments().into()),
    }
}

/// Converts an address with its port and scope from the WIT type.
pub fn endpoint_from(endpoint: wit::Endpoint) -> SocketAddr {
    match address_from(endpoint.address) {
        IpAddr::V4(address) => (address, endpoint.port).into(),
        IpAddr::V6(address) => {
            SocketAddrV6::new(address, endpoint.port, 0, endpoint.scope_id).into()
        }
    }
}

/// Converts a remote to its canonical form.
pub fn remote_from(endpoint: wit::Endpoint) -> SocketAddr {
    address::remote(endpoint_from(endpoint))
}

/// Converts an address with its port and scope to the WIT type.
pub fn endpoint_to(address: SocketAddr) -> wit::Endpoint {
    let scope_id = match address {
        SocketAddr::V4(_) => 0,
        SocketAddr::V6(address) => address.scope_id(),
    };
    wit::Endpoint {
        address: address_to(address.ip()),
        port: address.port(),
        scope_id,
    }
}

/// Splits an address into the address without its scope, and the scope if the kernel uses one for it. The interface
/// then determines the scope.
fn unscoped(address: SocketAddr) -> (Option<SocketAddr>, u32) {
    match address {
        SocketAddr::V6(mut address) => {
            let scope = address.scope_id();
            address.set_scope_id(0);
            let heeded = needs_scope(*address.ip());
            (Some(address.into()), if heeded { scope } else { 0 })
        }
        SocketAddr::V4(_) => (Some(address), 0),
    }
}

/// Splits the options into the interface and the socket, which the gate decides about, and the settings that no policy
/// names.
pub fn options_from(
    kind: SocketKind,
    remote: SocketAddr,
    options: wit::SocketOptions,
    broker: &Broker,
) -> Result<(Option<Interface>, SocketRequest, Options), ErrorCode> {
    let source = options.source.map(endpoint_from);
    if source.is_some_and(|source| source.is_ipv6() != remote.is_ipv6()) {
        return Err(invalid(
            "the source address is of another family than the remote",
        ));
    }
    let named = options.interface.map(|name| {
        let by = InterfaceBy::Name(name.as_str().into());
        let found = broker.interface(&None, &by);
        found.map_err(|_| ErrorCode::NoSuchDevice)
    });
    let mut interface = interface_of(remote, named.transpose()?.as_ref(), broker)?;
    let (source, scope) = source.map_or((None, 0), unscoped);
    if scope != 0 {
        let of_source = broker.interface(&None, &InterfaceBy::Index(scope));
        let of_source = of_source.map_err(|_| ErrorCode::NoSuchDevice)?;
        if interface.as_ref().is_some_and(|own| *own != of_source) {
            return Err(invalid("the source address is of another interface"));
        }
        interface = Some(of_source);
    }
    let socket = SocketRequest {
        kind,
        source: match kind {
            // For these kinds, the port is an identifier or a protocol number (raw(7)), which the plugin must not
            // choose.
            SocketKind::Echo | SocketKind::Raw { .. } => source.map(without_port),
            _ => source,
        },
        mark: options.mark,
        broadcast: options.broadcast,
        dont_route: options.dont_route,
    };
    let options = Options {
        hop_limit: options.hop_limit,
        traffic_class: options.traffic_class,
        path_mtu_discovery: options.path_mtu_discovery.map(|discovery| match discovery {
            wit::PathMtuDiscovery::Dont => PathMtuDiscovery::Dont,
            wit::PathMtuDiscovery::Want => PathMtuDiscovery::Want,
            wit::PathMtuDiscovery::Do => PathMtuDiscovery::Do,
            wit::PathMtuDiscovery::Probe => PathMtuDiscovery::Probe,
        }),
        buffer_size: options.buffer_size,
    };
    Ok((interface, socket, options))
}

/// The interface for packets to a remote, if the socket or the scope of the remote's address determines it.
pub fn interface_of(
    remote: SocketAddr,
    bound: Option<&Interface>,
    broker: &Broker,
) -> Result<Option<Interface>, ErrorCode> {
    let scope = match remote {
        SocketAddr::V6(v6) if v6.scope_id() != 0 => v6.scope_id(),
        _ => return Ok(bound.cloned()),
    };
    match bound {
        Some(bound) if bound.index() == Some(scope) => Ok(Some(bound.clone())),
        Some(_) => Err(invalid(
            "the remote's scope is another interface than the socket's",
        )),
        None => {
            let scope = broker.interface(&None, &InterfaceBy::Index(scope));
            scope.map(Some).map_err(|_| ErrorCode::NoSuchDevice)
        }
    }
}

/// The same address with port 0, for a protocol without ports.
pub fn without_port(mut address: SocketAddr) -> SocketAddr {
    address.set_port(0);
    address
}

/// Appends the quoted bytes of an error to the bytes of a batch, and describes the error.
pub fn network_error(
    error: &QueuedError<'_>,
    quoted: &[u8],
    bytes: &mut Vec<u8>,
) -> wit::NetworkError {
    let (offset, length) = append(bytes, quoted);
    let (extensions_offset, extensions_length) = append(bytes, error.extensions);
    wit::NetworkError {
        timestamp: error.timestamp,
        origin: match error.origin {
            ErrorOrigin::Local => wit::ErrorOrigin::Local,
            ErrorOrigin::Icmp => wit::ErrorOrigin::Icmp,
            ErrorOrigin::Icmp6 => wit::ErrorOrigin::Icmp6,
        },
        code: from_errno(error.errno),
        icmp_type: error.icmp_type,
        icmp_code: error.icmp_code,
        info: error.info,
        offender: error.offender.map(endpoint_to),
        remote: endpoint_to(error.remote),
        hop_limit: error.hop_limit,
        offset,
        length,
        extensions_offset,
        extensions_length,
    }
}

/// Appends to the bytes of a batch and returns offset and length. A batch has at most 128 packets of 64 KiB.
pub fn append(bytes: &mut Vec<u8>, part: &[u8]) -> (u32, u32) {
    let offset = bytes.len() as u32;
    bytes.extend_from_slice(part);
    (offset, part.len() as u32)
}
