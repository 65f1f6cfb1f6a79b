//! Lists the network namespaces that have names, and the numbers that another knows them by.

use std::os::fd::OwnedFd;

use super::{Context, Error, Operation, refused};
use crate::netlink::NamedNamespace;
use nethost_core::Target;
use nethost_gate::Ticket;

/// So many namespaces go into one reply, whatever their names.
const AT_ONCE: usize = 256;

/// The act.
pub(crate) struct ListNamespaces;

impl Operation for ListNamespaces {
    const NAME: &'static str = "list-namespaces";
    const LENDS: bool = false;
    /// How many are known already.
    type Args = u32;
    /// Some of them; none when there are no more.
    type Reply = Vec<NamedNamespace>;

    fn perform(
        permit: &Ticket,
        skip: u32,
        context: &mut Context<'_>,
    ) -> Result<(Vec<NamedNamespace>, Option<OwnedFd>), Error> {
        let wanted = Target::Local("namespaces");
        if permit.capability() != "netns.read" || permit.request().target != wanted {
            return Err(refused("no permit to list namespaces"));
        }
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let rights = context.state.rights();
        Ok((namespace.named_ones(skip as usize, AT_ONCE, rights)?, None))
    }
}
