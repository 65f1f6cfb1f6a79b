//! Lists the processes in the permitted network namespace.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use super::open_namespace::named;
use crate::operation::{Context, Error, Operation};
use crate::{namespace_process, netlink};
use nethost_gate::Ticket;

/// The maximum number in one reply.
const AT_ONCE: usize = 8192;

/// The act.
pub(crate) struct NamespaceProcesses;

impl Operation for NamespaceProcesses {
    const NAME: &'static str = "namespace-processes";
    const LENDS: bool = false;
    /// Only processes with higher numbers.
    type Args = u32;
    /// Some of the processes: fewer than [`AT_ONCE`] if there are no more.
    type Reply = Vec<u32>;

    fn perform(
        permit: &Ticket,
        after: u32,
        context: &mut Context<'_>,
    ) -> Result<(Vec<u32>, Option<OwnedFd>), Error> {
        let path = Path::new(netlink::NAMED).join(named(permit)?);
        context.charge(permit)?;
        let list = || namespace_process::processes(&path, after, AT_ONCE);
        Ok((context.state.rights().learn(list)?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        0
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "netns.read" && matches!(request.target, nethost_core::Target::Object(_))
    }
}

impl Broker {
    /// The processes in the permitted network namespace.
    pub fn namespace_processes<C: Capability>(&self, permit: &Permit<C>) -> io::Result<Vec<u32>> {
        let mut all = Vec::new();
        loop {
            let after = all.last().copied().unwrap_or_default();
            let (some, _) = self.perform::<NamespaceProcesses, C>(permit, &[], after)?;
            let last = some.len() < AT_ONCE;
            all.extend(some);
            if last {
                return Ok(all);
            }
        }
    }
}
