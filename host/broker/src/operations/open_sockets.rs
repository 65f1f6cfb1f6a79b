//! Begins a list of the sockets of the permitted protocol.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::sock_diag::SocketDump;
use nethost_core::Target;
use nethost_gate::Ticket;
use nethost_netlink::sock_diag::{SocketProtocol, SocketQuery};

/// The act.
pub(crate) struct OpenSockets;

impl Operation for OpenSockets {
    const NAME: &'static str = "open-sockets";
    const LENDS: bool = false;
    /// Which of them, and what of each.
    type Args = SocketQuery;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        query: SocketQuery,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let protocol = protocol(permit)?;
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let privileged = context.state.user().is_none();
        let dump = SocketDump::begin(namespace, protocol, &query, privileged)?;
        context.state.keep(context.handle, dump)?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        SocketQuery {
            family: 2,
            states: 0xfff,
            ..SocketQuery::default()
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "sockets.read"
    }
}

/// The protocol whose sockets may be listed.
pub(super) fn protocol(permit: &Ticket) -> Result<SocketProtocol, Error> {
    match permit.request().target {
        Target::Local(name) if permit.capability() == "sockets.read" => SocketProtocol::named(name),
        _ => None,
    }
    .ok_or_else(|| refused("no permit to list sockets"))
}

impl Broker {
    /// Begins a list of the sockets of the permitted protocol.
    pub fn open_sockets<C: Capability>(
        &self,
        permit: &Permit<C>,
        query: SocketQuery,
    ) -> io::Result<()> {
        self.perform::<OpenSockets, C>(permit, &[], query).map(drop)
    }
}
