//! Passes the connection that was accepted last to the runner, if its peer is permitted.

use crate::incremental_client::IncrementalSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::bind_socket::listening;
use crate::operation::{Context, Error, Operation, refused};
use crate::receive_filter::is_same;
use crate::socket;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct TakeConnection;

impl Operation for TakeConnection {
    const NAME: &'static str = "take-connection";
    /// The socket's number.
    type Args = u64;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        number: u64,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let sockets = &mut context.state.sockets.incremental;
        let peer = sockets.get(number)?.peer();
        let peer = peer.ok_or_else(|| refused("no connection was accepted"))?;
        let permitted = socket::endpoint_of(permit.request());
        let permitted = permitted.filter(|_| permit.capability() == listening(true));
        // The peer is not chosen here. A connection from another peer than the permitted one is not passed on.
        if !permitted.is_some_and(|permitted| is_same(permitted, peer)) {
            return Err(refused("no permit for this peer"));
        }
        Ok(((), Some(sockets.take(number)?)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        7
    }
}

impl IncrementalSocket {
    /// Takes the connection that was accepted last, from a permitted peer.
    pub fn take<C: Capability>(&self, permit: &Permit<C>) -> io::Result<OwnedFd> {
        let ((), taken) = self
            .broker
            .obtain::<TakeConnection, C>(permit, self.number)?;
        Ok(taken)
    }
}
