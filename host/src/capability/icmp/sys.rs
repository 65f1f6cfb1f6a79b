//! Opening an echo socket: a ping socket where the kernel lets, a raw one otherwise.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

use super::Echo;
use crate::broker::{Binding, Broker, Protocol, SocketSpec};
use crate::datagram::{DatagramSocket, Options};
use crate::gate::Permit;

/// An open socket, the permit that it was opened with, and the identifier of its requests.
pub(super) struct Opened {
    pub(super) socket: DatagramSocket,
    pub(super) permit: Permit<Echo>,
    pub(super) identifier: u16,
    pub(super) raw: bool,
}

/// Opens a socket for echoes to the permitted remote.
pub(super) fn open(
    permit: Permit<Echo>,
    broker: &Broker,
    remote: SocketAddr,
    binding: Binding,
    options: &Options,
) -> io::Result<Opened> {
    let opened = refuse_broadcast(&permit, broker, remote, &binding, options).and_then(|()| {
        let (fd, chosen) = ping_or_raw(&permit, broker, remote, binding, options)?;
        let socket = DatagramSocket::new(fd)?;
        let identifier = match chosen {
            Some(identifier) => identifier,
            None => socket.local_address()?.port(),
        };
        Ok((socket, identifier, chosen.is_some()))
    });
    match opened {
        Ok((socket, identifier, raw)) => Ok(Opened {
            socket,
            permit,
            identifier,
            raw,
        }),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}

/// Only the routing table knows which addresses are broadcast; it says so at connect(2). Whether there
/// is a route at all is for the first packet to find out.
fn refuse_broadcast(
    permit: &Permit<Echo>,
    broker: &Broker,
    remote: SocketAddr,
    binding: &Binding,
    options: &Options,
) -> io::Result<()> {
    if remote.is_ipv6() || options.broadcast || remote.ip().is_multicast() {
        return Ok(());
    }
    match broker.route_source(permit, remote, binding.interface.as_deref(), false) {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => Err(error),
        _ => Ok(()),
    }
}

/// The socket, and the identifier that was chosen for a raw one.
fn ping_or_raw(
    permit: &Permit<Echo>,
    broker: &Broker,
    remote: SocketAddr,
    binding: Binding,
    options: &Options,
) -> io::Result<(OwnedFd, Option<u16>)> {
    // Binding is what makes the kernel choose the identifier.
    let any = if remote.is_ipv6() {
        IpAddr::from(Ipv6Addr::UNSPECIFIED)
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    };
    let source = binding.source.unwrap_or_else(|| SocketAddr::new(any, 0));
    let ping = SocketSpec {
        protocol: Protocol::PingIcmp,
        remote,
        binding: Binding {
            source: Some(source),
            ..binding.clone()
        },
        options: *options,
    };
    match broker.open_socket(permit, &ping) {
        Ok(opened) => Ok((opened.fd, None)),
        Err(error)
            if matches!(
                error.raw_os_error(),
                Some(libc::EACCES | libc::EPERM | libc::EPROTONOSUPPORT)
            ) =>
        {
            let identifier = any_identifier()?;
            let raw = SocketSpec {
                protocol: Protocol::RawIcmp(identifier),
                binding,
                ..ping
            };
            let opened = broker.open_socket(permit, &raw)?;
            Ok((opened.fd, Some(identifier)))
        }
        Err(error) => Err(error),
    }
}

/// A raw socket sees every echo reply of the machine: replies with another identifier than this are none
/// of its own.
fn any_identifier() -> io::Result<u16> {
    let mut random = [0; 2];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    Ok(u16::from_ne_bytes(random))
}
