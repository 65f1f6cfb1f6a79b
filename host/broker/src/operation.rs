//! What an operation is: a privileged act under a permit. It brings no target of its own: target, port, interface, source
//! and options are the permit's, so there is nothing to compare and nothing to forget. Both transports run the same
//! code: the broker in this process, as in the tests of capabilities, and the one behind the channel.

use std::borrow::Cow;
use std::io;
use std::os::fd::OwnedFd;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::state::State;
use nethost_gate::{Denial, Ticket};

/// A privileged act.
pub(crate) trait Operation {
    /// Its name on the channel.
    const NAME: &'static str;
    /// Whether it may leave the runner with something that sends without asking here, so that what is sent under the
    /// permit is not known here.
    const LENDS: bool = true;
    /// What it takes beside the permit: nothing that a policy can name.
    type Args: Serialize + DeserializeOwned;
    /// What it tells. A descriptor may come along.
    type Reply: Serialize + DeserializeOwned;
    /// Does it, if that is what the permit is for.
    fn perform(
        permit: &Ticket,
        args: Self::Args,
        context: &mut Context<'_>,
    ) -> Result<(Self::Reply, Option<OwnedFd>), Error>;
    /// Arguments that could be meant. The tests try the operation with them under every permit.
    #[cfg(test)]
    fn example() -> Self::Args;
    /// Whether the operation is done with these arguments under a permit for this request, when nothing else is open in
    /// the run.
    #[cfg(test)]
    fn is_for(_capability: &str, _request: &nethost_core::Request) -> bool {
        false
    }
}

/// What an operation may use beside its permit.
pub(crate) struct Context<'a> {
    /// What the permit is known by, and what is opened under it.
    pub(crate) handle: u64,
    /// Further permits of the run, by their handles.
    pub(crate) permits: &'a dyn Permits,
    /// What is open in the run.
    pub(crate) state: &'a mut State,
    /// The account of the permits is this process's own, and no room's that counts for itself.
    pub(crate) accounts: bool,
}

/// Permits by their handles.
pub(crate) trait Permits {
    /// The one of this handle.
    fn permit(&self, handle: u64) -> Option<&Ticket>;

    /// Whether the one of this handle still holds. One that is not known here is over.
    fn lasts(&self, handle: u64) -> bool {
        let permit = self.permit(handle);
        permit.is_some_and(|permit| permit.check_terms().is_ok())
    }
}

impl Permits for std::collections::HashMap<u64, Ticket> {
    fn permit(&self, handle: u64) -> Option<&Ticket> {
        self.get(&handle)
    }
}

impl Permits for &[&Ticket] {
    fn permit(&self, handle: u64) -> Option<&Ticket> {
        self.iter()
            .copied()
            .find(|ticket| ticket.recorded_as() == handle)
    }

    /// Those that an operation does not use are their holder's to end.
    fn lasts(&self, handle: u64) -> bool {
        let permit = self.permit(handle);
        permit.is_none_or(|permit| permit.check_terms().is_ok())
    }
}

impl Context<'_> {
    /// Counts one message under a permit, if there is one left.
    pub(crate) fn charge(&self, permit: &Ticket) -> Result<(), Denial> {
        match self.accounts {
            true => permit.charge(),
            false => Ok(()),
        }
    }
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is not what the permit is for, or there is nothing to do it with.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// The permit's terms do not hold any more.
    #[error("{}", .0.rule)]
    Ended(Denial),
    /// The system refused.
    #[error("{0}")]
    System(#[from] io::Error),
}

impl From<Denial> for Error {
    fn from(denial: Denial) -> Self {
        Self::Ended(denial)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::System(error) => error,
            Error::Refused(_) | Error::Ended(_) => io::Error::from_raw_os_error(libc::EACCES),
        }
    }
}

/// It is not what the permit is for.
pub(super) fn refused(why: &'static str) -> Error {
    Error::Refused(why.into())
}

/// Does an operation whose terms still hold.
pub(super) fn perform<O: Operation>(
    permit: &Ticket,
    args: O::Args,
    context: &mut Context<'_>,
) -> Result<(O::Reply, Option<OwnedFd>), Error> {
    permit.check_terms()?;
    if O::LENDS {
        permit.lend();
    }
    O::perform(permit, args, context)
}
