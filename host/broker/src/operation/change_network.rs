//! Makes the change of the network's configuration that was permitted.

use std::os::fd::OwnedFd;

use super::{Context, Error, Operation, refused};
use nethost_gate::Ticket;
use nethost_netlink::change::NetworkChange;

/// The act. The request is made anew from the change, field by field; it must be the permitted one as a whole.
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
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let answer = namespace.change(&change, permit.request(), context.state.rights())?;
        Ok((answer.into(), None))
    }
}
