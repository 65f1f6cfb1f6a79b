//! Lists the control groups.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::capabilities::procfs::CONTROL_GROUPS;
use crate::control_groups::{self, ControlGroup};
use crate::operation::{Context, Error, Operation, refused};
use crate::sealed;
use nethost_core::Target;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct ListControlGroups;

impl Operation for ListControlGroups {
    const NAME: &'static str = "list-control-groups";
    const LENDS: bool = false;
    type Args = ();
    /// The report comes along.
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let wanted = Target::Local(CONTROL_GROUPS);
        if permit.capability() != "counters.read" || permit.request().target != wanted {
            return Err(refused("no permit to list control groups"));
        }
        context.charge(permit)?;
        let list = || Ok(((), Some(sealed::write(&control_groups::list()?)?)));
        Ok(context.state.rights().act_apart(list)?)
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "counters.read" && request.target == Target::Local(CONTROL_GROUPS)
    }
}

impl Broker {
    /// The folder where control groups are mounted, and those that can be seen.
    pub fn control_groups<C: Capability>(
        &self,
        permit: &Permit<C>,
    ) -> io::Result<(String, Vec<ControlGroup>)> {
        let ((), report) = self.obtain::<ListControlGroups, C>(permit, ())?;
        sealed::read(report)
    }
}
