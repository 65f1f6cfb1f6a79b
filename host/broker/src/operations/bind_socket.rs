//! Binds an incremental socket to the permitted local address. It can listen there.

use crate::incremental_client::IncrementalSocket;
use crate::inquiry::Inquiry;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::socket;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct BindSocket;

impl Operation for BindSocket {
    const NAME: &'static str = "bind-socket";
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
        let stream = sockets.get(number)?.is_stream();
        if permit.capability() != listening(stream) {
            return Err(refused("no permit to listen"));
        }
        let local = socket::listened_of(permit.request());
        let local = local.ok_or_else(|| refused("no permit for a local address"))?;
        sockets.bind(number, local, true)?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        7
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "tcp.listen" && matches!(request.target, nethost_core::Target::Listen { .. })
    }
}

/// The capability to listen with a socket of this kind.
pub(super) fn listening(stream: bool) -> &'static str {
    if stream { "tcp.listen" } else { "udp.listen" }
}

/// The capability to send and receive with a socket of this kind.
pub(super) fn exchanging(stream: bool) -> &'static str {
    if stream {
        "tcp.connect"
    } else {
        "udp.exchange"
    }
}

impl IncrementalSocket {
    /// Binds it to the permitted local address. Without a permit, to any address and a port that the kernel chooses.
    pub fn bind<C: Capability>(&self, permit: Option<&Permit<C>>) -> io::Result<()> {
        match permit {
            Some(permit) => self
                .broker
                .perform::<BindSocket, C>(permit, &[], self.number)
                .map(drop),
            None => {
                let socket = self.number;
                self.broker
                    .inquire(Inquiry::BindAnywhere { socket })
                    .map(drop)
            }
        }
    }
}
