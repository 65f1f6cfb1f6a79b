//! Binds a socket of this machine (unix(7)) where it was permitted, with the user's rights, and has it listen if it is
//! one for connections. The broker keeps it, and removes its file when it is over, however that comes about.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use crate::capabilities::unix::{self, FileId, Place, UnixAddress, UnixCredentials, UnixKind};
use crate::client::{Broker, locked};
use crate::operation::{Context, Error, Operation, refused};
use crate::peer::Peer;
use crate::user_process::Rights;
use nethost_core::{AbsolutePath, Capability, Target};
use nethost_gate::{Permit, Ticket};

/// The act.
pub(crate) struct ListenUnix;

/// A socket that is bound.
pub(super) struct BoundSocket {
    pub(super) kind: UnixKind,
    pub(super) socket: OwnedFd,
    /// What was permitted.
    pub(super) target: Target,
    /// A connection that nobody has taken yet, and whose.
    pub(super) accepted: Option<(OwnedFd, UnixAddress, UnixCredentials)>,
    /// What to remove.
    file: Option<(AbsolutePath, FileId)>,
    /// Whose it is.
    peer: Option<Peer>,
}

impl Operation for ListenUnix {
    const NAME: &'static str = "listen-unix";
    /// So many connections may wait.
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
        context.state.keep(context.handle, kept);
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

impl Drop for BoundSocket {
    fn drop(&mut self) {
        if let Some((path, made)) = self.file.take() {
            // It may be gone, or the folder; nobody is left to be told.
            let _ = Rights::of(self.peer.as_ref()).learn(|| unix::remove(&path, made));
        }
    }
}

impl Broker {
    /// Binds a socket where it is permitted, and has it listen if it is one for connections. A copy comes along, to see
    /// when somebody comes, or to receive datagrams.
    pub fn listen_unix<C: Capability>(
        &self,
        permit: &Permit<C>,
        backlog: u32,
    ) -> io::Result<OwnedFd> {
        let ((), copy) = self.obtain::<ListenUnix, C>(permit, backlog)?;
        Ok(copy)
    }

    /// What was kept under a permit is over.
    pub fn close_unix<C: Capability>(&self, permit: &Permit<C>) {
        if let Self::InProcess(state) = self {
            locked(state).close(permit.handle());
        }
    }
}
