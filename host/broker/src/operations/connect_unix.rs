//! Connects a UNIX domain socket (unix(7)) to the permitted one, with the user's rights. It is a new socket, or a
//! bound datagram socket.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use super::listen_unix::BoundSocket;
use crate::capabilities::unix::{self, Place, UnixFacts, UnixKind};
use crate::client::Broker;
use crate::operation::{Context, Error, Operation, refused};
use nethost_core::Capability;
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct ConnectUnix;

impl Operation for ConnectUnix {
    const NAME: &'static str = "connect-unix";
    /// The permit under which the socket is bound, unless it is a new one.
    type Args = Option<u64>;
    type Reply = UnixFacts;

    fn perform(
        permit: &Ticket,
        bound: Option<u64>,
        context: &mut Context<'_>,
    ) -> Result<(UnixFacts, Option<OwnedFd>), Error> {
        if permit.capability() != "unix.connect" {
            return Err(refused("no permit to connect"));
        }
        let place = Place::of(permit.request());
        let place = place.ok_or_else(|| refused("no permit for a socket"))?;
        let kind = UnixKind::of_connect(permit.request());
        let kind = kind.ok_or_else(|| refused("no permit for a kind of socket"))?;
        let bound = match bound {
            None => None,
            Some(handle) => Some(to_be_connected(handle, kind, context)?),
        };
        context.charge(permit)?;
        let bound = bound.as_ref().map(OwnedFd::as_fd);
        let rights = context.state.rights();
        Ok(rights.act(bound, || unix::connect(&place, kind, bound))?)
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        None
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "unix.connect"
    }
}

fn to_be_connected(
    handle: u64,
    kind: UnixKind,
    context: &mut Context<'_>,
) -> Result<OwnedFd, Error> {
    let lasts = context.permits.lasts(handle);
    let socket = context.state.kept::<BoundSocket>(handle);
    match socket.filter(|socket| lasts && kind == UnixKind::Datagram && socket.kind == kind) {
        Some(socket) => Ok(socket.socket.as_fd().try_clone_to_owned()?),
        None => Err(refused("no such socket is bound")),
    }
}

impl Broker {
    /// Connects a socket to the permitted one: a new socket, which is returned, or the datagram socket that is bound
    /// under another permit.
    pub fn connect_unix<C: Capability, B: Capability>(
        &self,
        permit: &Permit<C>,
        bound: Option<&Permit<B>>,
    ) -> io::Result<(UnixFacts, Option<OwnedFd>)> {
        let others: Vec<_> = bound.map(Permit::ticket).into_iter().collect();
        self.perform::<ConnectUnix, C>(permit, &others, bound.map(Permit::handle))
    }
}
