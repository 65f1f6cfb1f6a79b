//! Opens the file that was permitted, for reading.

use std::os::fd::OwnedFd;

use super::{Context, Error, Operation, refused};
use crate::file;
use nethost_core::Target;
use nethost_gate::Ticket;

/// The act. It never waits for the other end of a FIFO.
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
}
