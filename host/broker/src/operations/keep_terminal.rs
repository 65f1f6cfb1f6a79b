//! Saves the settings of the terminal, to restore them if the runner is killed.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The act.
pub(crate) struct KeepTerminal;

impl Operation for KeepTerminal {
    const NAME: &'static str = "keep-terminal";
    const LENDS: bool = false;
    type Args = ();
    type Reply = ();

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        if permit.capability() != "terminal.raw" {
            return Err(refused("no permit for the terminal"));
        }
        context.state.keep_terminal()?;
        Ok(((), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "terminal.raw"
    }
}

impl Broker {
    /// Saves the current settings of the terminal, to restore them if this process is killed.
    pub fn keep_terminal<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        match self {
            Self::Remote(link) => link.perform::<KeepTerminal>(permit.handle(), &()).map(drop),
            // No process would outlive this one to restore them.
            Self::InProcess(_) => Ok(()),
        }
    }
}
