//! Passes the socket with the errors about the probes of a scan to the runner.

use crate::client::Broker;
use nethost_core::Capability;
use nethost_gate::Permit;
use std::io;
use std::os::fd::OwnedFd;

use crate::operation::{Context, Error, Operation, refused};
use nethost_gate::Ticket;

/// The operation, under the permit with which the scan was opened.
pub(crate) struct TakeScanErrors;

impl Operation for TakeScanErrors {
    const NAME: &'static str = "take-scan-errors";
    /// The socket sends nothing: the runner has no system call that takes an address.
    const LENDS: bool = false;
    type Args = ();
    type Reply = ();

    fn perform(
        _: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let socket = context.state.sockets.sets.get(context.handle)?;
        let errors = socket.take_errors();
        let errors = errors.ok_or_else(|| refused("no errors to take under this permit"))?;
        Ok(((), Some(errors)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "scan.probe"
    }
}

impl Broker {
    /// The socket with the errors about the probes of a scan.
    pub fn take_scan_errors<C: Capability>(&self, permit: &Permit<C>) -> io::Result<OwnedFd> {
        let ((), errors) = self.obtain::<TakeScanErrors, C>(permit, ())?;
        Ok(errors)
    }
}
