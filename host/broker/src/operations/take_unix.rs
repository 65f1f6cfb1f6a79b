//! Passes the connection that was accepted last to the runner, after its peer is recorded.

use std::io;
use std::os::fd::OwnedFd;

use super::listen_unix::BoundSocket;
use crate::client::Broker;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::Capability;
use nethost_gate::{Permit, Ticket};

/// The act, under a permit for this connection.
pub(crate) struct TakeUnix;

impl Operation for TakeUnix {
    const NAME: &'static str = "take-unix";
    /// The permit of the listening socket.
    type Args = u64;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        listening: u64,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        let lasts = context.permits.lasts(listening);
        let listener = context.state.kept::<BoundSocket>(listening);
        let listener = listener.filter(|_| lasts && permit.capability() == "unix.listen");
        let listener = listener.ok_or_else(|| refused("nothing listens under this permit"))?;
        let Some((_, _, peer)) = &listener.accepted else {
            return Err(refused("no connection was accepted"));
        };
        let request = permit.request();
        // The peer in the request must be the actual one.
        if request.target != listener.target || request.changes != listener.kind.to_accept(*peer) {
            return Err(refused("no permit for this peer"));
        }
        let taken = listener.accepted.take();
        Ok(((), taken.map(|(socket, ..)| socket)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        1
    }
}

impl Broker {
    /// Takes the connection that was accepted last under another permit.
    pub fn take_unix<C: Capability>(
        &self,
        permit: &Permit<C>,
        listening: &Permit<C>,
    ) -> io::Result<OwnedFd> {
        let others = [listening.ticket()];
        let ((), taken) = self.perform::<TakeUnix, C>(permit, &others, listening.handle())?;
        taken.ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))
    }
}
