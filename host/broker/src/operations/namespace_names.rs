//! Returns the names of the network namespace of a process.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use crate::operation::{Context, Error, Operation, refused};
use crate::{namespace_process, netlink};
use nethost_core::Target;
use nethost_gate::Ticket;

/// The operation, under a permit to inspect the namespaces of processes.
pub(crate) struct NamespaceNames;

impl Operation for NamespaceNames {
    const NAME: &'static str = "namespace-names";
    const LENDS: bool = false;
    /// The process; none for this one.
    type Args = Option<u32>;
    type Reply = Vec<String>;

    fn perform(
        permit: &Ticket,
        process: Option<u32>,
        context: &mut Context<'_>,
    ) -> Result<(Vec<String>, Option<OwnedFd>), Error> {
        let wanted = Target::Local("processes");
        if permit.capability() != "netns.read" || permit.request().target != wanted {
            return Err(refused("no permit to look at processes"));
        }
        context.charge(permit)?;
        let names = || namespace_process::names_of(Path::new(netlink::NAMED), process);
        Ok((context.state.rights().learn(names)?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        None
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        request.target == nethost_core::Target::Local("processes")
    }
}

impl Broker {
    /// The names of the network namespace of a process, or of this process without a number.
    pub fn namespace_names<C: Capability>(
        &self,
        permit: &Permit<C>,
        process: Option<u32>,
    ) -> io::Result<Vec<String>> {
        let (names, _) = self.perform::<NamespaceNames, C>(permit, &[], process)?;
        Ok(names)
    }
}
