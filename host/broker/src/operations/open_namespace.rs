//! Opens the permitted network namespace. It is known by its name as long as the permit lasts.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use crate::state::State;
use crate::user_process::Rights;
use nethost_core::Target;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct OpenNamespace;

impl Operation for OpenNamespace {
    const NAME: &'static str = "open-namespace";
    const LENDS: bool = false;
    type Args = ();
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let name = named(permit)?;
        context.charge(permit)?;
        let State {
            namespaces, peer, ..
        } = &mut *context.state;
        namespaces.open(context.handle, name, Rights::of(peer.as_ref()))?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "netns.read" && matches!(request.target, nethost_core::Target::Object(_))
    }
}

/// The namespace of a permit.
pub(super) fn named(permit: &Ticket) -> Result<&str, Error> {
    match &permit.request().target {
        Target::Object(name) if permit.capability() == "netns.read" => Ok(name.as_str()),
        _ => Err(refused("no permit for a namespace")),
    }
}

impl Broker {
    /// Opens the permitted network namespace.
    pub fn open_namespace<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        self.perform::<OpenNamespace, C>(permit, &[], ()).map(drop)
    }
}
