//! Lists the named network namespaces, and their numbers in another namespace.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::netlink::NamedNamespace;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::Target;
use nethost_gate::Ticket;

/// The maximum number of namespaces in one reply, for names of any length.
const AT_ONCE: usize = 256;

/// The act.
pub(crate) struct ListNamespaces;

impl Operation for ListNamespaces {
    const NAME: &'static str = "list-namespaces";
    const LENDS: bool = false;
    /// The number of namespaces that are known already.
    type Args = u32;
    /// Some of the namespaces: fewer than [`AT_ONCE`] if there are no more.
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
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let rights = context.state.rights();
        Ok((namespace.named_ones(skip as usize, AT_ONCE, rights)?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        0
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        request.target == nethost_core::Target::Local("namespaces")
    }
}

impl Broker {
    /// The named network namespaces, and their numbers in the namespace of the permit.
    pub fn named_namespaces<C: Capability>(
        &self,
        permit: &Permit<C>,
    ) -> io::Result<Vec<NamedNamespace>> {
        let mut all = Vec::new();
        loop {
            let skip = all.len() as u32;
            let (some, _) = self.perform::<ListNamespaces, C>(permit, &[], skip)?;
            let last = some.len() < AT_ONCE;
            all.extend(some);
            if last {
                return Ok(all);
            }
        }
    }
}
