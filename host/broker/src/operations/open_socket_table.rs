//! Opens one of the tables of sockets in /proc/net, for reading.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use super::open_sockets::protocol;
use crate::operation::{Context, Error, Operation, refused};
use crate::sock_diag::TABLES;
#[cfg(test)]
use nethost_core::Target;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct OpenSocketTable;

impl Operation for OpenSocketTable {
    const NAME: &'static str = "open-socket-table";
    const LENDS: bool = false;
    /// Its place among those that there are.
    type Args = u8;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        table: u8,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let protocol = protocol(permit)?;
        let table = TABLES.get(usize::from(table));
        let (name, of) = table.ok_or_else(|| refused("there is no such table"))?;
        if *of != protocol {
            return Err(refused("no permit for this table"));
        }
        context.charge(permit)?;
        let namespace = context.state.namespaces.of(permit, context.permits)?;
        let rights = context.state.rights();
        Ok(((), Some(namespace.socket_table(name, rights)?)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        2
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "sockets.read" && matches!(request.target, Target::Local("unix"))
    }
}

impl Broker {
    /// Opens one of the tables of sockets of the permitted protocol, by its place among them, for reading.
    pub fn open_socket_table<C: Capability>(
        &self,
        permit: &Permit<C>,
        table: u8,
    ) -> io::Result<File> {
        let ((), file) = self.obtain::<OpenSocketTable, C>(permit, table)?;
        Ok(file.into())
    }
}
