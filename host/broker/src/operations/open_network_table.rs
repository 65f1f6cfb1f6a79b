//! Opens one of the tables of multicast addresses in /proc/net, for reading.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use super::open_netlink::subject;
use crate::netlink::TABLES;
use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The act.
pub(crate) struct OpenNetworkTable;

impl Operation for OpenNetworkTable {
    const NAME: &'static str = "open-network-table";
    const LENDS: bool = false;
    /// The index of the table.
    type Args = u8;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        table: u8,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        if subject(permit)? != "multicast-addresses" {
            return Err(refused("no permit for this table"));
        }
        let name = TABLES.get(usize::from(table));
        let name = name.ok_or_else(|| refused("there is no such table"))?;
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        Ok(((), Some(namespace.table(name, context.state.rights())?)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        1
    }

    #[cfg(test)]
    fn is_for(_: &str, request: &nethost_core::Request) -> bool {
        request.target == nethost_core::Target::Local("multicast-addresses")
    }
}

impl Broker {
    /// Opens one of the tables of multicast addresses, by its index, for reading.
    pub fn open_network_table<C: Capability>(
        &self,
        permit: &Permit<C>,
        table: u8,
    ) -> io::Result<File> {
        let ((), file) = self.obtain::<OpenNetworkTable, C>(permit, table)?;
        Ok(file.into())
    }
}
