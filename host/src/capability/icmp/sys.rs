//! Opening an echo socket.

use std::io;
use std::net::{IpAddr, SocketAddr};

use super::Echo;
use crate::broker::{Binding, Broker, OpenedSocket, Protocol, SocketSpec};
use crate::datagram::{DatagramSocket, Options};
use crate::gate::{Permit, TargetSet};

/// An open socket, the permit that it was opened with, and the identifier of its requests.
pub(super) struct Opened {
    pub(super) socket: DatagramSocket,
    pub(super) permit: Permit<Echo>,
    pub(super) identifier: u16,
    pub(super) raw: bool,
    pub(super) source: Option<IpAddr>,
    pub(super) connected: bool,
}

/// Opens a socket for echoes to the permitted remote.
pub(super) fn open(
    permit: Permit<Echo>,
    broker: &Broker,
    remote: SocketAddr,
    binding: Binding,
    options: &Options,
) -> io::Result<Opened> {
    let chosen = any_identifier()?;
    let spec = SocketSpec {
        protocol: Protocol::Echo(chosen),
        remote,
        binding,
        options: *options,
    };
    let opened = broker.open_socket(&permit, &spec);
    finish(permit, chosen, spec.is_connected(), options, opened)
}

/// Opens a socket for echoes to the permitted set.
pub(super) fn open_many(
    permit: Permit<Echo>,
    broker: &Broker,
    set: &TargetSet,
    binding: Binding,
    options: &Options,
) -> io::Result<Opened> {
    let chosen = any_identifier()?;
    // Any member: the socket is connected to none.
    let remote = set.member(0);
    let spec = SocketSpec {
        protocol: Protocol::Echo(chosen),
        remote: remote.ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))?,
        binding,
        options: *options,
    };
    let opened = broker.open_many::<Echo, Echo>(&permit, None, &spec);
    finish(permit, chosen, false, options, opened)
}

fn finish(
    permit: Permit<Echo>,
    chosen: u16,
    connected: bool,
    options: &Options,
    opened: io::Result<OpenedSocket>,
) -> io::Result<Opened> {
    let opened = opened.and_then(|opened| {
        let socket = DatagramSocket::new(opened.fd, options)?;
        let identifier = if opened.raw {
            chosen
        } else {
            socket.local_address()?.port()
        };
        Ok((socket, identifier, opened.raw, opened.source))
    });
    match opened {
        Ok((socket, identifier, raw, source)) => Ok(Opened {
            socket,
            permit,
            identifier,
            raw,
            source,
            connected,
        }),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}

/// A raw socket sees every echo reply of the machine: replies with another identifier than this are none
/// of its own.
fn any_identifier() -> io::Result<u16> {
    let mut random = [0; 2];
    rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
    Ok(u16::from_ne_bytes(random))
}
