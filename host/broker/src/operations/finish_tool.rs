//! The exit code of a tool that was started under the permit.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The act. It does not wait.
pub(crate) struct FinishTool;

/// The exit code; none while the tool runs.
pub type ToolExit = Option<u8>;

impl Operation for FinishTool {
    const NAME: &'static str = "finish-tool";
    const LENDS: bool = false;
    type Args = ();
    type Reply = ToolExit;

    fn perform(
        permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<(ToolExit, Option<OwnedFd>), Error> {
        if permit.capability() != "tool.run" {
            return Err(refused("no permit to run tools"));
        }
        let launcher = context.state.launcher.as_mut();
        let ended = launcher.and_then(|launcher| launcher.finish(context.handle));
        let ended = ended.ok_or_else(|| refused("no tool was started under this permit"))?;
        Ok((ended?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}
}

impl Broker {
    /// The exit code of the tool that was started under this permit, if it has ended.
    pub fn finish_tool<C: Capability>(&self, permit: &Permit<C>) -> io::Result<ToolExit> {
        Ok(self.perform::<FinishTool, C>(permit, &[], ())?.0)
    }
}
