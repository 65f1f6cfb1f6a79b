//! Binds a UNIX domain socket (unix(7)) to the permitted address, with the user's rights, and listens on it unless it
//! is a datagram socket. The broker keeps it, and removes its file when it is closed or the run ends, however that
//! happens.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::capabilities::unix::{self, FileId, Place, UnixAddress, UnixCredentials, UnixKind};
use crate::client::{Broker, locked};
use crate::operation::{Context, Error, Operation, refused};
use crate::peer::Peer;
use crate::state::Kept;
use crate::user_process::Rights;
use nethost_core::{AbsolutePath, Capability, Target};
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct ListenUnix;

/// A bound socket.
pub(super) struct BoundSocket {
    pub(super) kind: UnixKind,
    pub(super) socket: OwnedFd,
    /// The permitted target.
    pub(super) target: Target,
    /// A connection that was accepted and not taken yet, and its peer.
    pub(super) accepted: Option<(OwnedFd, UnixAddress, UnixCredentials)>,
    /// The file to remove.
    file: Option<(AbsolutePath, FileId)>,
    /// Whose it is.
    peer: Option<Peer>,
}

impl Operation for ListenUnix {
    const NAME: &'static str = "listen-unix";
    /// The backlog.
    type Args = u32;
    type Reply = ();

    fn perform(
        permit: &Ticket,
        backlog: u32,
        context: &mut Context<'_>,
    ) -> Result<((), Option<OwnedFd>), Error> {
        if permit.capability() != "unix.listen" {
            return Err(refused("no permit to listen"));
        }
        let place = Place::of(permit.request());
        let place = place.ok_or_else(|| refused("no permit for a socket"))?;
        let (kind, file) = UnixKind::of_listen(permit.request())
            .ok_or_else(|| refused("no permit for a kind of socket"))?;
        if context.state.kept::<BoundSocket>(context.handle).is_some() {
            return Err(refused("a socket is bound under this permit"));
        }
        let rights = context.state.rights();
        let umask = rights.process().map(unix::umask_of);
        let (made, socket) = rights.act(None, || unix::bind(&place, kind, file, umask, backlog))?;
        let socket = socket.ok_or_else(|| io::Error::from_raw_os_error(libc::EPROTO))?;
        let file = match (place, made) {
            (Place::Path(path), Some(made)) if file.is_some_and(|file| !file.keep) => {
                Some((path, made))
            }
            _ => None,
        };
        let kept = BoundSocket {
            kind,
            socket,
            target: permit.request().target.clone(),
            accepted: None,
            file,
            peer: context.state.peer.clone(),
        };
        let copy = kept.socket.as_fd().try_clone_to_owned()?;
        context.state.keep(context.handle, kept)?;
        Ok(((), Some(copy)))
    }

    #[cfg(test)]
    fn example() -> Self::Args {
        1
    }

    #[cfg(test)]
    fn is_for(capability: &str, _: &nethost_core::Request) -> bool {
        capability == "unix.listen"
    }
}

impl Kept for BoundSocket {}

impl Drop for BoundSocket {
    fn drop(&mut self) {
        if let Some((path, made)) = self.file.take() {
            // The file or its folder may be gone; nobody can be notified.
            let _ = Rights::of(self.peer.as_ref()).learn(|| unix::remove(&path, made));
        }
    }
}

impl Broker {
    /// Binds a socket to the permitted address, and listens on it unless it is a datagram socket. Returns a copy, to
    /// wait for connections or to receive datagrams.
    pub fn listen_unix<C: Capability>(
        &self,
        permit: &Permit<C>,
        backlog: u32,
    ) -> io::Result<OwnedFd> {
        let ((), copy) = self.obtain::<ListenUnix, C>(permit, backlog)?;
        Ok(copy)
    }

    /// Closes what was kept under a permit.
    pub fn close_unix<C: Capability>(&self, permit: &Permit<C>) {
        if let Self::InProcess(state) = self {
            locked(state).close(permit.handle());
        }
    }
}
