//! Opening an echo socket.

use std::io;

use super::Echo;
use crate::broker::{Broker, SocketFacts};
use crate::datagram::{DatagramSocket, Options};
use crate::gate::Permit;

/// An open socket, and the permit that it was opened with.
pub(super) struct Opened {
    pub(super) socket: DatagramSocket,
    pub(super) permit: Permit<Echo>,
    pub(super) facts: SocketFacts,
}

/// Opens a socket for echoes to the permitted remote.
pub(super) fn open(permit: Permit<Echo>, broker: &Broker, options: &Options) -> io::Result<Opened> {
    let opened = broker.open_socket(&permit, options).and_then(|opened| {
        let socket = DatagramSocket::new(opened.fd, options)?;
        Ok((socket, opened.facts))
    });
    match opened {
        Ok((socket, facts)) => Ok(Opened {
            socket,
            permit,
            facts,
        }),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}
