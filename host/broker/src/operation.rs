//! An operation is a privileged act under a permit. It has no target of its own: target, port, interface, source and
//! options come from the permit, so there is nothing to compare. Both transports run the same code: the broker in
//! this process, as in the tests of the capabilities, and the broker behind the channel.

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
    /// Whether it may pass a descriptor to the runner that can send without the broker, so that the broker does not
    /// know what is sent under the permit.
    const LENDS: bool = true;
    /// The arguments in addition to the permit. They contain nothing that a policy can name.
    type Args: Serialize + DeserializeOwned;
    /// The reply. A descriptor can accompany it.
    type Reply: Serialize + DeserializeOwned;
    /// Performs it, if the permit is for it.
    fn perform(
        permit: &Ticket,
        args: Self::Args,
        context: &mut Context<'_>,
    ) -> Result<(Self::Reply, Option<OwnedFd>), Error>;
    /// Plausible arguments. The tests try the operation with them under every permit.
    #[cfg(test)]
    fn example() -> Self::Args;
    /// Whether the operation is performed with these arguments under a permit for this request, if nothing else is
    /// open in the run.
    #[cfg(test)]
    fn is_for(_capability: &str, _request: &nethost_core::Request) -> bool {
        false
    }
}

/// What an operation can use in addition to its permit.
pub(crate) struct Context<'a> {
    /// The handle of the permit, and of what is opened under it.
    pub(crate) handle: u64,
    /// Further permits of the run, by their handles.
    pub(crate) permits: &'a dyn Permits,
    /// What the run has open.
    pub(crate) state: &'a mut State,
    /// This process counts under the permits. False if the capability in the same process counts.
    pub(crate) accounts: bool,
}

/// Permits by their handles.
pub(crate) trait Permits {
    /// The permit with this handle.
    fn permit(&self, handle: u64) -> Option<&Ticket>;

    /// Whether the permit with this handle is still valid. An unknown permit is not.
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

    /// The holder ends permits that the operation does not use.
    fn lasts(&self, handle: u64) -> bool {
        let permit = self.permit(handle);
        permit.is_none_or(|permit| permit.check_terms().is_ok())
    }
}

impl Context<'_> {
    /// Counts one message under a permit, if the quota allows it.
    pub(crate) fn charge(&self, permit: &Ticket) -> Result<(), Denial> {
        match self.accounts {
            true => permit.charge(),
            false => Ok(()),
        }
    }
}

/// Why an operation was not performed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The permit is not for it, or something that it needs does not exist.
    #[error("{0}")]
    Refused(Cow<'static, str>),
    /// The terms of the permit are not met any more.
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

/// The error for a permit that is not for the operation.
pub(super) fn refused(why: &'static str) -> Error {
    Error::Refused(why.into())
}

/// Performs an operation if the terms of its permit are met.
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
