//! Opens the file that was permitted, for writing, with the user's rights.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;

use crate::capabilities::unix::umask_of;
use crate::client::Broker;
use crate::file_change::{self, Opening};
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::{Capability, Target};
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct WriteFile;

impl Operation for WriteFile {
    const NAME: &'static str = "write-file";
    type Args = ();
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let request = permit.request();
        let (Target::Path(path), Some((opening, bits))) = (&request.target, Opening::of(request))
        else {
            return Err(refused("no permit for a file"));
        };
        let needed = match opening {
            Opening::Create => "file.create",
            Opening::Replace | Opening::Append => "file.write",
        };
        if permit.capability() != needed || request.op != "writer.open" {
            return Err(refused("no permit to write files"));
        }
        context.charge(permit)?;
        let rights = context.state.rights();
        let umask = rights.process().map(umask_of);
        let opened = rights.open(|| file_change::open(path, opening, bits, umask))?;
        Ok(((), Some(opened)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        ["file.create", "file.write"].contains(&capability) && request.op == "writer.open"
    }
}

impl Broker {
    /// Opens the permitted file for writing.
    pub fn open_to_write<C: Capability>(&self, permit: &Permit<C>) -> io::Result<File> {
        let ((), file) = self.obtain::<WriteFile, C>(permit, ())?;
        Ok(file.into())
    }
}
