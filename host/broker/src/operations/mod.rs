//! The operations. Each is one type in one file: what it requires of the permit, what it does, and how the runner
//! requests it. build.rs lists this folder.

use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, perform, refused};
use nethost_gate::Ticket;

include!(concat!(env!("OUT_DIR"), "/operations.rs"));

/// An operation on the channel.
pub(super) struct Entry {
    pub(super) name: &'static str,
    pub(super) perform: Perform,
    /// [`Operation::example`], encoded.
    #[cfg(test)]
    pub(super) example: fn() -> Vec<u8>,
    /// [`Operation::is_for`].
    #[cfg(test)]
    pub(super) is_for: fn(&str, &nethost_core::Request) -> bool,
}

type Perform = fn(&Ticket, &[u8], &mut Context<'_>) -> Result<(Vec<u8>, Option<OwnedFd>), Error>;

impl Entry {
    const fn of<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            perform: perform_encoded::<O>,
            #[cfg(test)]
            example: || postcard::to_allocvec(&O::example()).unwrap_or_default(),
            #[cfg(test)]
            is_for: O::is_for,
        }
    }

    /// The operation with this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        ALL.iter().find(|entry| entry.name == name)
    }
}

fn perform_encoded<O: Operation>(
    permit: &Ticket,
    args: &[u8],
    context: &mut Context<'_>,
) -> Result<(Vec<u8>, Option<OwnedFd>), Error> {
    let malformed = || refused("malformed arguments");
    let (args, rest) = postcard::take_from_bytes(args).map_err(|_| malformed())?;
    if !rest.is_empty() {
        return Err(malformed());
    }
    let (reply, descriptor) = perform::<O>(permit, args, context)?;
    let reply = postcard::to_allocvec(&reply).map_err(io::Error::other)?;
    Ok((reply, descriptor))
}
