//! Ends a socket, if it is the one that was permitted.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;
use nethost_netlink::sock_diag::SocketId;

/// The act.
pub(crate) struct DestroySocket;

impl Operation for DestroySocket {
    const NAME: &'static str = "destroy-socket";
    const LENDS: bool = false;
    /// It must yield the permitted request.
    type Args = SocketId;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        socket: SocketId,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        if permit.capability() != "sockets.destroy" {
            return Err(refused("no permit to end a socket"));
        }
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let user = context.state.user();
        let may_be_of = |owner| user.is_none_or(|user| user == owner) || permit.reaches_others();
        namespace.destroy_socket(&socket, permit.request(), may_be_of)?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        SocketId {
            protocol: nethost_netlink::sock_diag::SocketProtocol::Tcp,
            local: ([127, 0, 0, 1], 1).into(),
            remote: ([127, 0, 0, 1], 9).into(),
            interface: 0,
            cookie: 1,
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "sockets.destroy"
    }
}

impl Broker {
    /// Ends the permitted socket.
    pub fn destroy_socket<C: Capability>(
        &self,
        permit: &Permit<C>,
        socket: &SocketId,
    ) -> io::Result<()> {
        let socket = socket.clone();
        self.perform::<DestroySocket, C>(permit, &[], socket)
            .map(drop)
    }
}
