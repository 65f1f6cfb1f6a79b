//! The user and process at the other end of a socket, as the kernel reports them.

use std::io;
use std::os::fd::BorrowedFd;

use rustix::process::{Gid, getegid, geteuid, getgid, getgroups, getuid};

use super::sys;
use nethost_core::User;

/// A user's process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// The process ID.
    pub pid: i32,
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Supplementary groups.
    pub groups: Vec<u32>,
}

impl Peer {
    /// SO_PEERCRED and SO_PEERGROUPS of unix(7): the state when the peer connected. Fails for a process of another
    /// PID namespace, which has no number here and could not be inspected or killed.
    pub(super) fn of(socket: BorrowedFd<'_>) -> io::Result<Self> {
        let found = sys::peer_credentials(socket)?;
        let pid = i32::try_from(found.process).ok().filter(|pid| *pid > 0);
        Ok(Self {
            pid: pid.ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))?,
            uid: found.user,
            gid: found.group,
            groups: sys::peer_groups(socket)?,
        })
    }

    /// The user who started this process, by its real IDs, over a socket pair of which the user holds the other end.
    /// Fails if the process has the rights of a different user in addition to capabilities, because it opens files
    /// and writes logs as its user.
    pub(super) fn starter(socket: BorrowedFd<'_>) -> io::Result<Self> {
        let (user, group) = (getuid(), getgid());
        if geteuid() != user || getegid() != group {
            return Err(io::Error::other(
                "set-user-ID is not supported; give it file capabilities (setcap(8))",
            ));
        }
        let other = Self::of(socket)?;
        if other.uid != user.as_raw() {
            return Err(io::Error::other("its socket leads to another user"));
        }
        let groups = getgroups()?.into_iter().map(Gid::as_raw).collect();
        Ok(Self {
            pid: other.pid,
            uid: user.as_raw(),
            gid: group.as_raw(),
            groups,
        })
    }

    /// In the form of policies.
    pub fn user(&self) -> User {
        let groups = self.groups.iter().copied();
        User::of(self.uid, groups.chain([self.gid]))
    }

    /// The kernel's audit session of the process.
    pub fn session(&self) -> Option<u32> {
        let session = std::fs::read_to_string(format!("/proc/{}/sessionid", self.pid)).ok()?;
        // 4294967295 means "none" in the kernel.
        session.trim().parse().ok().filter(|id| *id != u32::MAX)
    }

    /// Changes permanently to this user, to do what the user could do. Only for a process with a single thread.
    pub(super) fn become_them(&self) -> io::Result<()> {
        let own = geteuid().as_raw();
        if own == self.uid {
            return Ok(());
        }
        sys::become_user(self.uid, self.gid)
    }
}
