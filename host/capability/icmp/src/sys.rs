//! Opens an echo socket.

use std::io;

use super::Echo;
use nethost_broker::{Broker, OpenedSocket, SocketFacts};
use nethost_gate::Permit;
use nethost_net::datagram::{DatagramSocket, Options};

/// An open socket, and the permit that it was opened with.
pub(super) struct Opened {
    pub(super) socket: DatagramSocket,
    pub(super) permit: Permit<Echo>,
    pub(super) facts: SocketFacts,
}

/// Opens an echo socket for the permitted remote.
pub(super) fn open(permit: Permit<Echo>, broker: &Broker, options: &Options) -> io::Result<Opened> {
    let opened = broker.open_socket(&permit, options);
    finish(permit, options, opened)
}

/// Opens an echo socket for the permitted set.
pub(super) fn open_many(
    permit: Permit<Echo>,
    broker: &Broker,
    options: &Options,
) -> io::Result<Opened> {
    let opened = broker.open_set_socket(&permit, options);
    finish(permit, options, opened)
}

fn finish(
    permit: Permit<Echo>,
    options: &Options,
    opened: io::Result<OpenedSocket>,
) -> io::Result<Opened> {
    let opened = opened.and_then(|opened| {
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
