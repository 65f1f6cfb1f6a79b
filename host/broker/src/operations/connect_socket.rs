//! Connects a socket to its one remote anew: there was no way there before, or it is another by now.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation};
use nethost_gate::Ticket;

/// The act, under the permit that the socket was opened under.
pub(crate) struct ConnectSocket;

impl Operation for ConnectSocket {
    const NAME: &'static str = "connect-socket";
    type Args = ();
    type Reply = ();

    /// The socket that takes the place of the other comes along, if one does.
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
    /// Connects the socket that was opened under a permit to its remote anew. Returns the socket that takes its
    /// place, if one does.
    pub fn connect_socket<C: Capability>(&self, permit: &Permit<C>) -> io::Result<Option<OwnedFd>> {
        let ((), other) = self.perform::<ConnectSocket, C>(permit, &[], ())?;
        Ok(other)
    }
}
