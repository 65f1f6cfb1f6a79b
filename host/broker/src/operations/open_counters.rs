//! Opens a file of counters, a setting, or a fact about an interface, for reading.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use crate::counters;
use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The act.
pub(crate) struct OpenCounters;

impl Operation for OpenCounters {
    const NAME: &'static str = "open-counters";
    const LENDS: bool = false;
    type Args = ();
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        if permit.capability() != "counters.read" {
            return Err(refused("no permit to read counters"));
        }
        let path = counters::path(&permit.request().target);
        let path = path.ok_or_else(|| refused("no permit for counters"))?;
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let rights = context.state.rights();
        if let Some(interface) = counters::interface_of(&path) {
            // sysfs(5) shows the namespace in which it was mounted, which may be another one.
            let mut index = String::new();
            let place = path.with_file_name("ifindex");
            File::from(namespace.open_inside(&place, rights)?).read_to_string(&mut index)?;
            let wanted = namespace.interface_index(interface)?;
            if index.trim().parse() != Ok(wanted) {
                return Err(io::Error::from_raw_os_error(libc::ENODEV).into());
            }
        }
        let file = namespace.open_inside(&path, rights)?;
        Ok(((), Some(file)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        let groups = nethost_core::Target::Local(crate::capabilities::procfs::CONTROL_GROUPS);
        capability == "counters.read" && request.target != groups
    }
}

impl Broker {
    /// Opens the counters that were permitted, for reading.
    pub fn open_counters<C: Capability>(&self, permit: &Permit<C>) -> io::Result<File> {
        let ((), file) = self.obtain::<OpenCounters, C>(permit, ())?;
        Ok(file.into())
    }
}
