//! Replaces the file that was permitted at once, with the user's rights.

use std::io;
use std::os::fd::OwnedFd;

use serde_bytes::ByteBuf;

use crate::capabilities::unix::umask_of;
use crate::client::Broker;
use crate::file_change;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::{Capability, Target};
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct ReplaceFile;

/// The maximum size of the contents, which are in one message.
pub const LARGEST_REPLACED: usize = 64 << 10;

impl Operation for ReplaceFile {
    const NAME: &'static str = "replace-file";
    const LENDS: bool = false;
    /// The new contents.
    type Args = ByteBuf;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        contents: ByteBuf,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let Target::Path(path) = &permit.request().target else {
            return Err(refused("no permit for a file"));
        };
        if permit.capability() != "file.write" || permit.request().op != "replace" {
            return Err(refused("no permit to replace files"));
        }
        if contents.len() > LARGEST_REPLACED {
            return Err(refused("too large"));
        }
        context.charge(permit)?;
        let rights = context.state.rights();
        let umask = rights.process().map(umask_of);
        rights.learn(|| file_change::replace(path, &contents, umask))?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        ByteBuf::from(*b"text")
    }

    #[cfg(test)]
    fn is_for(capability: &str, request: &nethost_core::Request) -> bool {
        capability == "file.write" && request.op == "replace"
    }
}

impl Broker {
    /// Replaces the permitted file.
    pub fn replace_file<C: Capability>(
        &self,
        permit: &Permit<C>,
        contents: &[u8],
    ) -> io::Result<()> {
        let contents = ByteBuf::from(contents);
        self.perform::<ReplaceFile, C>(permit, &[], contents)
            .map(drop)
    }
}
