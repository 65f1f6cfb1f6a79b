//! Makes the permitted change of the network configuration.

use crate::client::{Broker, locked};
use crate::scopes::{GIVEN_UP, UndoneChange};
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;
use nethost_netlink::change::NetworkChange;

/// The operation. A request is built again from the change, field by field. It must equal the permitted request.
pub(crate) struct ChangeNetwork;

impl Operation for ChangeNetwork {
    const NAME: &'static str = "change-network";
    const LENDS: bool = false;
    type Args = NetworkChange;
    /// The kernel's answer.
    type Reply = serde_bytes::ByteBuf;

    fn perform(
        permit: &Ticket,
        change: NetworkChange,
        context: &mut Context<'_>,
    ) -> Result<(serde_bytes::ByteBuf, Option<OwnedFd>), Error> {
        if permit.capability() != "route.write" {
            return Err(refused("no permit to change the network's configuration"));
        }
        context.charge(permit)?;
        let answer = match change.scope {
            Some(scope) => {
                let permits = context.permits;
                let state = &mut *context.state;
                state.change_in_scope(scope, &change, permit, permits)?
            }
            None => {
                let namespace = context.state.namespaces.of(permit, context.permits)?;
                let rights = context.state.rights();
                namespace.change(&change, permit.request(), rights, || Ok(()))?
            }
        };
        Ok((answer.into(), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        use nethost_netlink::{AddressLabel, Change, IpAddress};
        NetworkChange {
            put: false,
            scope: None,
            flags: 0,
            change: Change::AddressLabel(AddressLabel {
                prefix: IpAddress::Ipv6((0xfd00, 0, 0, 0, 0, 0, 0, 0)),
                prefix_length: 16,
                label: 1,
                index: 1,
            }),
        }
    }
}

impl Broker {
    /// Makes the permitted change of the network configuration and returns the kernel's answer.
    pub fn change_network<C: Capability>(
        &self,
        permit: &Permit<C>,
        change: &NetworkChange,
    ) -> io::Result<Vec<u8>> {
        let change = change.clone();
        let (answer, _) = self.perform::<ChangeNetwork, C>(permit, &[], change)?;
        Ok(answer.into_vec())
    }

    /// The changes that were made in a scope stay.
    pub fn commit_changes(&self, scope: u64) -> io::Result<()> {
        match self {
            Self::Remote(link) => link.commit_changes(scope),
            Self::InProcess(state) => locked(state).scopes.commit(scope),
        }
    }

    /// Undoes the changes that were made in a scope. Returns what became of each, the last change first.
    pub fn undo_changes(&self, scope: u64) -> io::Result<Vec<UndoneChange>> {
        match self {
            Self::Remote(link) => link.undo_changes(scope),
            Self::InProcess(state) => Ok(locked(state).scopes.undo(scope, GIVEN_UP)),
        }
    }
}
