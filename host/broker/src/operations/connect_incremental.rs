//! Connects an incremental socket to the permitted remote. The broker drops a stream socket afterwards, even if
//! connecting fails.

use crate::incremental_client::IncrementalSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;

use super::bind_socket::exchanging;
use crate::operation::{Context, Error, Operation, refused};
use crate::socket;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct ConnectIncremental;

impl Operation for ConnectIncremental {
    const NAME: &'static str = "connect-incremental";
    /// The socket's number.
    type Args = u64;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        number: u64,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let stream = context.state.sockets.incremental.get(number)?.is_stream();
        let remote = permitted(permit, stream)?;
        if stream {
            context.charge(permit)?;
        }
        context.state.sockets.incremental.connect(number, remote)?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        7
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "tcp.connect" && request.socket.is_none()
    }
}

/// The remote of a permit, on any interface, for a socket of this kind.
pub(super) fn permitted(permit: &Ticket, stream: bool) -> Result<SocketAddr, Error> {
    let remote = socket::endpoint_of(permit.request());
    let remote = remote.filter(|_| permit.capability() == exchanging(stream));
    remote.ok_or_else(|| refused("no permit for a remote of such a socket"))
}

impl IncrementalSocket {
    /// Connects it to the permitted remote. The copy of a stream socket reports the result.
    pub fn connect<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        self.broker
            .perform::<ConnectIncremental, C>(permit, &[], self.number)
            .map(drop)
    }
}
