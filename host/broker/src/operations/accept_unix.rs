//! Accepts a connection to a UNIX domain socket and returns its peer. The connection is passed to the runner when it
//! is recorded. The previous connection is closed if it was not taken.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::listen_unix::BoundSocket;
use crate::capabilities::unix::{self, UnixAddress, UnixCredentials, UnixKind};
use crate::client::Broker;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::Capability;
use nethost_gate::{Permit, Ticket};

/// The operation, under the permit of the listening socket.
pub(crate) struct AcceptUnix;

impl Operation for AcceptUnix {
    const NAME: &'static str = "accept-unix";
    type Args = ();
    type Reply = (UnixAddress, UnixCredentials);

    fn perform(
        _permit: &Ticket,
        (): (),
        context: &mut Context<'_>,
    ) -> Result<(Self::Reply, Option<OwnedFd>), Error> {
        let listener = context.state.kept::<BoundSocket>(context.handle);
        let listener = listener.filter(|socket| socket.kind != UnixKind::Datagram);
        let listener = listener.ok_or_else(|| refused("nothing listens under this permit"))?;
        listener.accepted = None;
        let (socket, address, peer) = unix::accept(listener.socket.as_fd())?;
        listener.accepted = Some((socket, address.clone(), peer));
        Ok(((address, peer), None))
    }

    #[cfg(test)]
    fn example() -> Self::Args {}
}

impl Broker {
    /// Accepts a connection, under the permit of the listening socket, and returns its peer.
    pub fn accept_unix<C: Capability>(
        &self,
        listening: &Permit<C>,
    ) -> io::Result<(UnixAddress, UnixCredentials)> {
        let (peer, _) = self.perform::<AcceptUnix, C>(listening, &[], ())?;
        Ok(peer)
    }
}
