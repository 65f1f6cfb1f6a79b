//! Notes the terminal's settings, to put them back should the runner be killed.

use std::os::fd::OwnedFd;

use super::{Context, Error, Operation, refused};
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
}
