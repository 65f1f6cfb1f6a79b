//! Opens the permitted socket for a set: unconnected, receiving from the allowed members.

use crate::client::Broker;
use crate::facts::OpenedSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use super::open_socket::socket_of;
use crate::facts::SocketFacts;
use crate::operation::{Context, Error, Operation, refused};
use crate::scan_socket;
use crate::socket::SocketSpec;
use nethost_core::SocketKind;
use nethost_core::TargetSet;
use nethost_gate::Ticket;
use nethost_net::datagram::Options;

/// The act.
pub(crate) struct OpenSetSocket;

impl Operation for OpenSetSocket {
    const NAME: &'static str = "open-set-socket";
    const LENDS: bool = false;
    /// Hop limit, traffic class and the like.
    type Args = Options;
    type Reply = SocketFacts;

    fn perform(
        permit: &Ticket,
        options: Options,
        context: &mut Context<'_>,
    ) -> Result<(SocketFacts, Option<OwnedFd>), Error> {
        let set = set_of(permit)?;
        let spec = SocketSpec::to_set(permit.request(), set, socket_of(permit)?, options)?;
        let senders = permit.senders();
        let sockets = &mut context.state.sockets.sets;
        let (facts, socket) = sockets.open(context.handle, set.members(), spec, &senders)?;
        Ok((facts, Some(socket)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        Options::default()
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        matches!(request.target, nethost_core::Target::Set(_))
    }
}

/// The set of a permit, if such a socket can have it.
pub(super) fn set_of(permit: &Ticket) -> Result<&TargetSet, Error> {
    let set = permit.set().ok_or_else(|| refused("no permit for a set"))?;
    let fits = match socket_of(permit)?.kind {
        SocketKind::Echo => !set.has_ports(),
        SocketKind::Udp => set.has_ports(),
        kind => scan_socket::protocol_of(kind)
            .is_some_and(|protocol| protocol.has_ports() == set.has_ports()),
    };
    if !fits {
        return Err(refused("no permit for a set of remotes of such a socket"));
    }
    if set.needs_scope() && permit.request().interface.is_none() {
        return Err(refused("link-local addresses without an interface"));
    }
    Ok(set)
}

impl Broker {
    /// Opens the permitted socket for a set.
    pub fn open_set_socket<C: Capability>(
        &self,
        permit: &Permit<C>,
        options: &Options,
    ) -> io::Result<OpenedSocket> {
        let (facts, fd) = self.obtain::<OpenSetSocket, C>(permit, *options)?;
        Ok(OpenedSocket { fd, facts })
    }
}
