//! Reads the kernel's counters of a capture.

use std::io;
use std::os::fd::OwnedFd;

use crate::client::Broker;
use crate::operation::{Context, Error, Operation, refused};
use crate::packet_socket::{CaptureCounts, Counted};
use nethost_core::Capability;
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct CountCapture;

impl Operation for CountCapture {
    const NAME: &'static str = "count-capture";
    const LENDS: bool = false;
    type Args = ();
    type Reply = CaptureCounts;

    fn perform(
        _: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<(CaptureCounts, Option<OwnedFd>), Error> {
        let counted = context.state.kept::<Counted>(context.handle);
        let counted = counted.ok_or_else(|| refused("no capture under this permit"))?;
        Ok((counted.counts()?, None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}
}

impl Broker {
    /// The counters of the capture under a permit.
    pub fn count_capture<C: Capability>(&self, permit: &Permit<C>) -> io::Result<CaptureCounts> {
        Ok(self.perform::<CountCapture, C>(permit, &[], ())?.0)
    }
}
