//! Makes the folders above a file, removes a file or dates it, as was permitted, with the user's rights.

use std::io;
use std::os::fd::OwnedFd;

use crate::capabilities::unix::umask_of;
use crate::client::Broker;
use crate::file_change;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::{Capability, Request, Target};
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct ChangeFile;

impl Operation for ChangeFile {
    const NAME: &'static str = "change-file";
    const LENDS: bool = false;
    /// When it was last written, in seconds since 1970, for the one act that sets it.
    type Args = i64;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        seconds: i64,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let Target::Path(path) = &permit.request().target else {
            return Err(refused("no permit for a file"));
        };
        if permit.capability() != "file.write" {
            return Err(refused("no permit to change files"));
        }
        let op = permit.request().op;
        if !["make-folders", "remove", "set-modified"].contains(&op) {
            return Err(refused("no permit for such a change"));
        }
        context.charge(permit)?;
        let rights = context.state.rights();
        let umask = rights.process().map(umask_of);
        rights.learn(|| match op {
            "make-folders" => file_change::make_folders(path, umask, |folder| {
                permit.forbids(&Request::new(op, Target::Path(folder)))
            }),
            "remove" => file_change::remove(path),
            _ => file_change::set_modified(path, seconds),
        })?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        0
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "file.write" && !["replace", "writer.open"].contains(&request.op)
    }
}

impl Broker {
    /// Does what was permitted to the permitted file.
    pub fn change_file<C: Capability>(&self, permit: &Permit<C>, seconds: i64) -> io::Result<()> {
        self.perform::<ChangeFile, C>(permit, &[], seconds)
            .map(drop)
    }
}
