//! Opens a UDP socket.

use std::io;

use super::UdpExchange;
use nethost_broker::{Broker, SocketFacts};
use nethost_gate::Permit;
use nethost_net::datagram::{DatagramSocket, Options};

/// Opens a socket for the permitted remote.
pub(super) fn open(
    permit: Permit<UdpExchange>,
    broker: &Broker,
    options: &Options,
) -> io::Result<(DatagramSocket, Permit<UdpExchange>, SocketFacts)> {
    let opened = broker.open_socket(&permit, options);
    let opened = opened.and_then(|opened| {
        let socket = DatagramSocket::new(opened.fd, options)?;
        Ok((socket, opened.facts))
    });
    match opened {
        Ok((socket, facts)) => Ok((socket, permit, facts)),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}
