//! Adds a permitted remote to a socket, and lets the socket receive from it if that is permitted, too.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use super::open_socket::is_to_receive;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::SocketKind;
use nethost_gate::Ticket;

/// The operation, under the permit with which the socket was opened.
pub(crate) struct AddRemote;

/// The permits for the remote.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct NewRemote {
    /// To send there.
    pub(crate) send: u64,
    /// To receive from the remote, if the capability has a separate permit for that.
    pub(crate) receive: Option<u64>,
}

impl Operation for AddRemote {
    const NAME: &'static str = "add-remote";
    const LENDS: bool = false;
    type Args = NewRemote;
    type Reply = ();

    /// If the socket was replaced, the new one is returned.
    fn perform(
        permit: &Ticket,
        remote: NewRemote,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let send = context.permits.permit(remote.send);
        let send = send.filter(|send| is_for_same_socket(send, permit));
        let send = send.ok_or_else(|| refused("no permit for one more remote"))?;
        send.check_terms()?;
        let receive = match permit.request().socket.map(|socket| socket.kind) {
            Some(SocketKind::Raw { receive: true, .. }) => match remote.receive {
                Some(receive) => {
                    let receive = context.permits.permit(receive);
                    let receive = receive.filter(|receive| is_to_receive(receive, send));
                    receive.ok_or_else(|| refused("no permit to receive from one more remote"))?;
                    true
                }
                None => false,
            },
            _ => true,
        };
        let added = context
            .state
            .sockets
            .add_remote(context.handle, send.request(), receive)?;
        Ok(((), added))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        NewRemote {
            send: 1,
            receive: None,
        }
    }
}

/// Whether a permit for a remote is for the socket that was opened under another permit.
pub(super) fn is_for_same_socket(remote: &Ticket, opened: &Ticket) -> bool {
    let (one, other) = (remote.request(), opened.request());
    remote.capability() == opened.capability()
        && one.socket.is_some()
        && one.socket == other.socket
        && one.interface == other.interface
        && one.namespace == other.namespace
}

impl Broker {
    /// Adds a permitted remote to the socket that was opened under a permit, and lets the socket receive from it,
    /// under a separate permit if the capability has one. If the socket was replaced, the new one is returned.
    pub fn add_remote<C: Capability>(
        &self,
        socket: &Permit<C>,
        permit: &Permit<C>,
        receive: Option<&Ticket>,
    ) -> io::Result<Option<OwnedFd>> {
        let remote = NewRemote {
            send: permit.handle(),
            receive: receive.map(Ticket::recorded_as),
        };
        let others: Vec<_> = [Some(permit.ticket()), receive]
            .into_iter()
            .flatten()
            .collect();
        let ((), other) = self.perform::<AddRemote, C>(socket, &others, remote)?;
        Ok(other)
    }
}
