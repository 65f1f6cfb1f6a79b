//! Connects a socket to its remote again, if there was no route before or the route has changed.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation};
use nethost_gate::Ticket;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct ConnectSocket;

impl Operation for ConnectSocket {
    const NAME: &'static str = "connect-socket";
    type Args = ();
    type Reply = ();

    /// If the socket was replaced, the new one is returned.
    fn perform(
        _permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        Ok(((), context.state.sockets.connect(context.handle)?))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}
}

impl Broker {
    /// Connects the socket that was opened under a permit to its remote again. If the socket was replaced, the new
    /// one is returned.
    pub fn connect_socket<C: Capability>(&self, permit: &Permit<C>) -> io::Result<Option<OwnedFd>> {
        let ((), other) = self.perform::<ConnectSocket, C>(permit, &[], ())?;
        Ok(other)
    }
}
