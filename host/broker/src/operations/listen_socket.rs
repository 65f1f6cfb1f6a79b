//! Lets an incremental socket listen, if it is bound to the permitted address.

use crate::incremental_client::IncrementalSocket;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::bind_socket::listening;
use crate::operation::{Context, Error, Operation, refused};
use crate::receive_filter::is_same;
use crate::socket;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct ListenSocket;

/// The parameters.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Listening {
    /// The socket's number.
    pub(crate) socket: u64,
    /// The backlog.
    pub(crate) backlog: u32,
}

impl Operation for ListenSocket {
    const NAME: &'static str = "listen-socket";
    const LENDS: bool = false;
    type Args = Listening;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        Listening { socket, backlog }: Listening,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let sockets = &mut context.state.sockets.incremental;
        let kept = sockets.get(socket)?;
        let local = kept.local().filter(|_| kept.is_stream());
        let local = local.ok_or_else(|| refused("the socket cannot listen"))?;
        let permitted = socket::listened_of(permit.request());
        let permitted = permitted.filter(|_| permit.capability() == listening(true));
        // The kernel has chosen the address, or an earlier permit has.
        if !permitted.is_some_and(|permitted| is_same(permitted, local)) {
            return Err(refused("no permit to listen here"));
        }
        sockets.listen(socket, context.handle, backlog)?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        Listening {
            socket: 7,
            backlog: 1,
        }
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "tcp.listen" && matches!(request.target, nethost_core::Target::Listen { .. })
    }
}

impl IncrementalSocket {
    /// Listens on the bound address, with this backlog.
    pub fn listen<C: Capability>(&self, permit: &Permit<C>, backlog: u32) -> io::Result<()> {
        let listening = Listening {
            socket: self.number,
            backlog,
        };
        self.broker
            .perform::<ListenSocket, C>(permit, &[], listening)
            .map(drop)
    }
}
