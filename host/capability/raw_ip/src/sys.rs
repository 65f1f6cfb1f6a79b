//! Opens a raw socket with its permits.

use std::io;

use super::{RawReceive, RawSend};
use nethost_broker::{Broker, SocketFacts};
use nethost_gate::Permit;
use nethost_net::datagram::{DatagramSocket, Options};

/// The permits of a socket.
pub(super) struct Permits {
    pub(super) send: Permit<RawSend>,
    pub(super) receive: Option<Permit<RawReceive>>,
}

/// Opens a socket for packets to the permitted remote, and from it if that is permitted too.
pub(super) fn open(
    permits: Permits,
    broker: &Broker,
    options: &Options,
) -> io::Result<(DatagramSocket, Permits, SocketFacts)> {
    let opened = broker.open_raw_socket(&permits.send, permits.receive.as_ref(), options);
    let opened = opened.and_then(|opened| {
        let socket = DatagramSocket::new(opened.fd, options)?;
        Ok((socket, opened.facts))
    });
    match opened {
        Ok((socket, facts)) => Ok((socket, permits, facts)),
        Err(error) => {
            permits.send.failed(&error);
            if let Some(receive) = &permits.receive {
                receive.failed(&error);
            }
            Err(error)
        }
    }
}
