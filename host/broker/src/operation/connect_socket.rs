//! Connects a socket to its one remote anew: there was no way there before, or it is another by now.

use std::os::fd::OwnedFd;

use super::{Context, Error, Operation};
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
}
