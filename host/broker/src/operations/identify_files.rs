//! Tells which file is at the permitted path, and which are below it.

use crate::client::Broker;
use nethost_core::{AbsolutePath, Capability, Request};
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use crate::file_identity::{self, FileIdentity, Walk};
use crate::operation::{Context, Error, Operation, refused};
use crate::sealed;
use nethost_core::Target;
use nethost_gate::Ticket;

/// The act.
pub(crate) struct IdentifyFiles;

impl Operation for IdentifyFiles {
    const NAME: &'static str = "identify-files";
    const LENDS: bool = false;
    type Args = Walk;
    /// The report comes along.
    type Reply = ();

    fn perform(
        permit: &Ticket,
        walk: Walk,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let Target::Path(path) = &permit.request().target else {
            return Err(refused("no permit for a file"));
        };
        if permit.capability() != "file.read" {
            return Err(refused("no permit to read files"));
        }
        context.charge(permit)?;
        let room = context.state.room();
        let denies = permit.forbids_some();
        let closed = |folder: &Path| {
            denies
                && AbsolutePath::absolute(folder).is_none_or(|folder| {
                    permit.forbids(&Request::new(permit.request().op, Target::Path(folder)))
                })
        };
        let identify = || {
            let found = file_identity::identify(path.as_path(), walk, closed, room)?;
            Ok(((), Some(sealed::write(&found)?)))
        };
        Ok(context.state.rights().act_apart(identify)?)
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        Walk::default()
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &Request) -> bool {
        capability == "file.read"
    }
}

impl Broker {
    /// Which file is at the permitted path, and which are below it.
    pub fn identify_files<C: Capability>(
        &self,
        permit: &Permit<C>,
        walk: Walk,
    ) -> io::Result<Vec<FileIdentity>> {
        let ((), report) = self.obtain::<IdentifyFiles, C>(permit, walk)?;
        sealed::read(report)
    }
}
