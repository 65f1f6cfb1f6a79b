//! Lets an incremental socket accept datagrams from one more permitted remote.

use crate::incremental_client::IncrementalSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::connect_incremental::permitted;
use crate::operation::{Context, Error, Operation};
use nethost_gate::Ticket;

/// The act.
pub(crate) struct AddSender;

impl Operation for AddSender {
    const NAME: &'static str = "add-sender";
    const LENDS: bool = false;
    /// The socket's number.
    type Args = u64;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        number: u64,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let sockets = &mut context.state.sockets.incremental;
        sockets.datagrams(number)?;
        sockets.add_sender(number, permitted(permit, false)?)?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        8
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "udp.exchange" && request.socket.is_none()
    }
}

impl IncrementalSocket {
    /// Accepts datagrams from the permitted remote.
    pub fn add_sender<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        self.broker
            .perform::<AddSender, C>(permit, &[], self.number)
            .map(drop)
    }
}
