//! The end of a run whose policy was taken away while it went on. Descriptors that the other process has cannot be
//! called back, so what is open ends with its process: it is told why, and killed when it does not go.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::process::{PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use super::channel::Channel;
use super::peer::Peer;
use super::wire::Answer;

/// For so long the other process may close what it has, and say how much it did with it.
const NOTICE: Duration = Duration::from_millis(500);

/// The process with the plugin.
#[derive(Debug)]
pub(super) struct Runner(Option<OwnedFd>);

impl Runner {
    /// By its process id, while it is known to be there.
    pub(super) fn of(pid: i32) -> Self {
        let pid = rustix::process::Pid::from_raw(pid);
        Self(pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()))
    }

    /// One that is known by its channel alone.
    #[cfg(test)]
    pub(super) fn unknown() -> Self {
        Self(None)
    }

    /// Tells it that the run is over. What it still has to say is handed over, until it goes or its time is up.
    /// True when it went.
    pub(super) fn dismiss<M: serde::de::DeserializeOwned>(
        channel: &mut Channel,
        why: &str,
        mut hear: impl FnMut(M),
    ) -> bool {
        let end = Instant::now() + NOTICE;
        if channel.send(&Answer::Ended(why.into()), None).is_err() {
            return true;
        }
        // Whoever waits for something else hears of it too.
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

    /// Kills it, with the rights of the user whose it is: a service has no other right to. The last that this
    /// process does.
    pub(super) fn kill(&self, peer: Option<&Peer>) -> io::Result<()> {
        let Some(runner) = &self.0 else { return Ok(()) };
        if let Some(peer) = peer {
            peer.become_them()?;
        }
        Ok(pidfd_send_signal(runner, Signal::KILL)?)
    }
}
