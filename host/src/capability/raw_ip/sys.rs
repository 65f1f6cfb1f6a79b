//! Opening a raw socket, and what it lets in.

use std::io;

use super::{RawReceive, RawSend};
use crate::broker::{Broker, SocketSpec};
use crate::datagram::DatagramSocket;
use crate::gate::Permit;

/// The permits that a socket lives under.
pub(super) struct Permits {
    pub(super) send: Permit<RawSend>,
    pub(super) receive: Option<Permit<RawReceive>>,
}

/// Opens a socket for packets to the permitted remote, and from it when that is permitted too.
pub(super) fn open(
    permits: Permits,
    broker: &Broker,
    spec: &SocketSpec,
) -> io::Result<(DatagramSocket, Permits)> {
    let opened = broker
        .open_raw_socket(&permits.send, permits.receive.as_ref(), spec)
        .and_then(|opened| DatagramSocket::new(opened.fd, &spec.options));
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
