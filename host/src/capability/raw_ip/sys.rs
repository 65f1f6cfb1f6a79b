//! Opening a raw socket, and what it lets in.

use std::io;

use super::{RawReceive, RawSend};
use crate::broker::{Binding, Broker, Protocol, SocketSpec};
use crate::datagram::{DatagramSocket, FilterInstruction, Options};
use crate::gate::Permit;

/// What to open.
pub(super) struct Spec<'a> {
    pub(super) ipv6: bool,
    pub(super) protocol: u8,
    pub(super) header_included: bool,
    pub(super) filter: &'a [FilterInstruction],
}

/// The permits that a socket lives under.
pub(super) struct Permits {
    pub(super) send: Permit<RawSend>,
    pub(super) receive: Option<Permit<RawReceive>>,
}

/// Opens a socket for packets to the permitted remote, and from it when that is permitted too.
pub(super) fn open(
    permits: Permits,
    broker: &Broker,
    spec: &Spec<'_>,
    binding: Binding,
    options: &Options,
) -> io::Result<(DatagramSocket, Permits)> {
    let socket = SocketSpec {
        ipv6: spec.ipv6,
        protocol: Protocol::Raw(spec.protocol),
        binding,
    };
    let opened = broker.open_socket(&permits.send, &socket).and_then(|fd| {
        let socket = DatagramSocket::new(fd, spec.ipv6, options)?;
        set_filter(&socket, spec.filter)?;
        let (level, name) = if spec.ipv6 {
            (libc::IPPROTO_IPV6, libc::IPV6_HDRINCL)
        } else {
            (libc::IPPROTO_IP, libc::IP_HDRINCL)
        };
        // Set either way: IPPROTO_RAW would otherwise imply it.
        socket.set_option(level, name, spec.header_included.into())?;
        Ok(socket)
    });
    match opened {
        Ok(socket) => Ok((socket, permits)),
        Err(error) => {
            permits.send.failed(&error);
            if let Some(receive) = &permits.receive {
                receive.failed(&error);
            }
            Err(error)
        }
    }
}

/// Replaces the filter.
pub(super) fn set_filter(socket: &DatagramSocket, filter: &[FilterInstruction]) -> io::Result<()> {
    socket.attach_filter(filter)
}
