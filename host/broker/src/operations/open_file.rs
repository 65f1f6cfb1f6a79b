//! Opens the permitted file for reading.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use crate::file;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::Target;
use nethost_gate::Ticket;

/// The operation. It does not wait for a writer of a FIFO.
pub(crate) struct OpenFile;

impl Operation for OpenFile {
    const NAME: &'static str = "open-file";
    const LENDS: bool = false;
    type Args = ();
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let Target::Path(path) = &permit.request().target else {
            return Err(refused("no permit for a file"));
        };
        if permit.capability() != "file.read" {
            return Err(refused("no permit to read files"));
        }
        context.charge(permit)?;
        Ok(((), Some(context.state.rights().open(|| file::open(path))?)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "file.read"
    }
}

impl Broker {
    /// Opens the permitted file for reading. It does not wait for a writer of a FIFO.
    pub fn open_file<C: Capability>(&self, permit: &Permit<C>) -> io::Result<File> {
        let ((), file) = self.obtain::<OpenFile, C>(permit, ())?;
        Ok(file.into())
    }
}
