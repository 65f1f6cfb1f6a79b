//! Sends and receives datagrams, and receives the errors about them.

use std::net::SocketAddr;
use std::sync::Arc;

use super::{UdpExchange, sys};
use nethost_broker::Broker;
use nethost_core::SocketKind;
use nethost_gate::Gate;
use nethost_kit::remote_set::{self, RemoteSet};
use nethost_kit::types::{self, ErrorCode, append, invalid};
use nethost_kit::wit;
use nethost_net::datagram::{Datagram, ErrorOrigin, QueuedError, Sink};

/// An open UDP socket.
pub struct Socket {
    remotes: RemoteSet<UdpExchange>,
}

impl Socket {
    /// Opens a socket for one remote.
    pub(super) fn open(
        gate: &Arc<Gate>,
        broker: &Arc<Broker>,
        remote: SocketAddr,
        options: wit::SocketOptions,
    ) -> Result<Self, ErrorCode> {
        check_port(remote)?;
        let (interface, request, options) =
            types::options_from(SocketKind::Udp, remote, options, broker)?;
        let asked = remote_set::request("socket.open", remote, true, interface);
        let permit = gate.authorize(asked.with_socket(request))?;
        let (socket, permit, facts) = sys::open(permit, broker, &options)?;
        Ok(Self {
            remotes: RemoteSet::new(gate, broker, socket, remote, permit, request, facts),
        })
    }

    /// Asks the gate for one more remote.
    pub(super) fn add_remote(&self, remote: SocketAddr) -> Result<u32, ErrorCode> {
        check_port(remote)?;
        self.remotes
            .add_remote("socket.add-remote", remote, true, None)
    }

    pub(super) fn local_endpoint(&self) -> Result<wit::Endpoint, ErrorCode> {
        self.remotes.local_endpoint(true)
    }

    pub(super) fn send(
        &self,
        bytes: &[u8],
        datagrams: &[wit::Outgoing],
    ) -> Result<Vec<u64>, ErrorCode> {
        self.remotes
            .send(bytes, datagrams.iter(), |_, _, payload, datagram| {
                datagram.extend_from_slice(payload);
                Ok(None)
            })
    }

    pub(super) async fn receive(&self, max: u32, timeout: u64) -> Result<wit::Received, ErrorCode> {
        let received = wit::Received {
            bytes: Vec::new(),
            datagrams: Vec::new(),
            errors: Vec::new(),
            withheld: 0,
        };
        let mut inbox = Inbox {
            remotes: &self.remotes,
            received,
        };
        self.remotes.receive(max, timeout, &mut inbox).await?;
        Ok(inbox.received)
    }
}

/// Port 0 is not a destination (in RFC 768, a source port of 0 means that no reply is wanted).
fn check_port(remote: SocketAddr) -> Result<(), ErrorCode> {
    if remote.port() == 0 {
        Err(invalid("port 0 cannot be a remote port"))
    } else {
        Ok(())
    }
}

struct Inbox<'a> {
    remotes: &'a RemoteSet<UdpExchange>,
    received: wit::Received,
}

impl Sink for Inbox<'_> {
    fn datagram(&mut self, datagram: Datagram<'_>) {
        if !self.remotes.admit_packet(
            datagram.source,
            datagram.source.port(),
            datagram.bytes.len(),
        ) {
            self.received.withheld += 1;
            return;
        }
        let (offset, length) = append(&mut self.received.bytes, datagram.bytes);
        self.received.datagrams.push(wit::Incoming {
            timestamp: datagram.timestamp,
            source: types::endpoint_to(datagram.source),
            hop_limit: datagram.hop_limit,
            offset,
            length,
            truncated: datagram.truncated,
        });
    }

    fn error(&mut self, error: QueuedError<'_>) {
        // Errors of the local stack have no port, and can only be about this socket.
        let own = error.origin == ErrorOrigin::Local
            || self.remotes.is_remote(error.remote, error.remote.port());
        if own {
            let error = types::network_error(&error, error.quoted, &mut self.received.bytes);
            self.received.errors.push(error);
        }
    }
}
