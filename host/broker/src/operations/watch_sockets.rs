//! Begins to watch sockets of the permitted protocol as they close.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::open_sockets::protocol;
use crate::operation::{Context, Error, Operation};
use crate::sock_diag::SocketDump;
use nethost_gate::Ticket;

/// The act. What has closed is told by [`super::NextSockets`].
pub(crate) struct WatchSockets;

impl Operation for WatchSockets {
    const NAME: &'static str = "watch-sockets";
    const LENDS: bool = false;
    type Args = ();
    /// What becomes readable comes along.
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let protocol = protocol(permit)?;
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let privileged = context.state.user().is_none();
        let (watch, readiness) = SocketDump::watch(namespace, protocol, privileged)?;
        context.state.keep(context.handle, watch)?;
        Ok(((), Some(readiness)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "sockets.read"
    }
}

impl Broker {
    /// Begins to watch sockets of the permitted protocol. The descriptor becomes readable when some have closed.
    pub fn watch_sockets<C: Capability>(&self, permit: &Permit<C>) -> io::Result<OwnedFd> {
        let ((), readiness) = self.obtain::<WatchSockets, C>(permit, ())?;
        Ok(readiness)
    }
}
