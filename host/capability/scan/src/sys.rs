//! Opens the sockets of a scan with their permit.

use std::io;

use super::ScanProbe;
use nethost_broker::{Broker, SocketFacts};
use nethost_gate::Permit;
use nethost_net::datagram::{DatagramSocket, Options};

/// The open sockets, and the permit that they were opened with.
pub(super) struct Opened {
    /// Receives what answers.
    pub(super) answers: DatagramSocket,
    /// Receives the errors about probes.
    pub(super) errors: DatagramSocket,
    pub(super) permit: Permit<ScanProbe>,
    pub(super) facts: SocketFacts,
}

/// Opens the sockets for the permitted set.
pub(super) fn open(
    permit: Permit<ScanProbe>,
    broker: &Broker,
    options: &Options,
) -> io::Result<Opened> {
    let opened = broker.open_set_socket(&permit, options).and_then(|opened| {
        let answers = DatagramSocket::new(opened.fd, options)?;
        let errors = broker.take_scan_errors(&permit)?;
        let errors = DatagramSocket::new(errors, &Options::default())?;
        Ok((answers, errors, opened.facts))
    });
    match opened {
        Ok((answers, errors, facts)) => Ok(Opened {
            answers,
            errors,
            permit,
            facts,
        }),
        Err(error) => {
            permit.failed(&error);
            Err(error)
        }
    }
}
