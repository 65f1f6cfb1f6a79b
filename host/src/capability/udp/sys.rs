//! Opening a UDP socket.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::UdpExchange;
use crate::broker::{Binding, Broker, Protocol, SocketSpec};
use crate::datagram::{DatagramSocket, Options};
use crate::gate::Permit;

/// Opens a socket for exchanges with the permitted remote.
pub(super) fn open(
    permit: Permit<UdpExchange>,
    broker: &Broker,
    remote: SocketAddr,
    binding: Binding,
    options: &Options,
) -> io::Result<(DatagramSocket, Permit<UdpExchange>)> {
    // Bound at once, so that the local port is known before the first datagram.
    let any = if remote.is_ipv6() {
        IpAddr::from(Ipv6Addr::UNSPECIFIED)
    } else {
        Ipv4Addr::UNSPECIFIED.into()
    };
    let source = binding.source.unwrap_or_else(|| SocketAddr::new(any, 0));
    let spec = SocketSpec {
        protocol: Protocol::Udp,
        remote,
        binding: Binding {
            source: Some(source),
            ..binding
        },
        options: *options,
    };
    let opened = broker
        .open_socket(&permit, &spec)
        .and_then(|opened| DatagramSocket::new(opened.fd, options));
    match opened {
        Ok(socket) => Ok((socket, permit)),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}
