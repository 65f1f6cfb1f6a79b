//! Accepts a connection and returns its peer. The connection is passed to the runner when its peer is permitted. The
//! previous connection is reset if it was not taken.

use crate::incremental_client::IncrementalSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::operation::{Context, Error, Operation, refused};
use nethost_core::scoped_addr;
use nethost_gate::Ticket;

/// The operation, under the permit of the listening socket.
pub(crate) struct AcceptConnection;

/// The peer of a connection.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Peer(#[serde(with = "scoped_addr")] pub(crate) SocketAddr);

impl Operation for AcceptConnection {
    const NAME: &'static str = "accept-connection";
    const LENDS: bool = false;
    /// The socket's number.
    type Args = u64;
    type Reply = Peer;

    fn perform(
        _permit: &Ticket,
        number: u64,
        context: &mut Context<'_>,
    ) -> Result<(Peer, Option<OwnedFd>), Error> {
        let sockets = &mut context.state.sockets.incremental;
        if sockets.get(number)?.listens != Some(context.handle) {
            return Err(refused("the socket does not listen under this permit"));
        }
        Ok((Peer(sockets.accept(number)?), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        7
    }
}

impl IncrementalSocket {
    /// Accepts a connection, under the permit of the listening socket, and returns its peer. The previous connection
    /// is reset if it was not taken.
    pub fn accept<C: Capability>(&self, listening: &Permit<C>) -> io::Result<SocketAddr> {
        let (peer, _) = self
            .broker
            .perform::<AcceptConnection, C>(listening, &[], self.number)?;
        Ok(peer.0)
    }
}
