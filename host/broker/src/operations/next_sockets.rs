//! The next sockets of a list that was begun under the permit.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::open_sockets::protocol;
use crate::operation::{Context, Error, Operation};
use crate::sock_diag::{SocketBatch, SocketDump};
use nethost_gate::Ticket;

/// The act.
pub(crate) struct NextSockets;

impl Operation for NextSockets {
    const NAME: &'static str = "next-sockets";
    const LENDS: bool = false;
    type Args = ();
    type Reply = SocketBatch;

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<(SocketBatch, Option<OwnedFd>), Error> {
        protocol(permit)?;
        let dump = context.state.kept::<SocketDump>(context.handle);
        let dump = dump.ok_or_else(|| io::Error::from_raw_os_error(libc::EBADF))?;
        Ok((dump.next()?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "sockets.read"
    }
}

impl Broker {
    /// The next sockets of the list that was begun under this permit.
    pub fn next_sockets<C: Capability>(&self, permit: &Permit<C>) -> io::Result<SocketBatch> {
        let (batch, _) = self.perform::<NextSockets, C>(permit, &[], ())?;
        Ok(batch)
    }
}
