//! Ends a run whose policy was revoked. The runner's descriptors cannot be called back, so its process must end: it
//! is told why, and is killed if it does not end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::channel::Channel;
use super::peer::Peer;
use super::wire::Answer;

/// How long the runner can take to close what it has open, and to report its totals.
const NOTICE: Duration = Duration::from_millis(500);

/// The process with the plugin.
#[derive(Debug)]
pub(super) struct Runner(Option<OwnedFd>);

impl Runner {
    /// By its process ID, while it is known to exist.
    pub(super) fn of(pid: i32) -> Self {
        let pid = rustix::process::Pid::from_raw(pid);
        Self(pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()))
    }

    /// A runner that is known by its channel only.
    #[cfg(test)]
    pub(super) fn unknown() -> Self {
        Self(None)
    }

    /// Tells the runner that the run has ended. Its remaining messages are returned until it ends or its time is up.
    /// True if it has ended.
    pub(super) fn dismiss<M: serde::de::DeserializeOwned>(
        channel: &mut Channel,
        why: &str,
        mut hear: impl FnMut(M),
    ) -> bool {
        let end = Instant::now() + NOTICE;
        if channel.send(&Answer::Ended(why.into()), None).is_err() {
            return true;
        }
        // A thread that waits for something else is notified, too.
        let _ = rustix::net::shutdown(channel.as_fd(), rustix::net::Shutdown::Write);
        loop {
            match channel.comes_before(end) {
                Ok(true) => match channel.receive() {
                    Ok(Some((message, _))) => hear(message),
                    Ok(None) | Err(_) => return true,
                },
                Ok(false) => return false,
                Err(_) => return true,
            }
        }
    }

    /// Kills it, with the rights of its user, because a service has no other right to do so. This is the last act of
    /// this process.
    pub(super) fn kill(&self, peer: Option<&Peer>) -> io::Result<()> {
        let Some(runner) = &self.0 else { return Ok(()) };
        if let Some(peer) = peer {
            peer.become_them()?;
        }
        Ok(pidfd_send_signal(runner, Signal::KILL)?)
    }
}
