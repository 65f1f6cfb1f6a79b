//! Ends a run whose policy was revoked. The runner's descriptors cannot be called back, so its process must end: it
//! is told why, and is killed if it does not end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, pidfd_open, pidfd_send_signal, waitpid,
};

use super::channel::Channel;
use super::peer::Peer;
use super::sys;
use super::wire::Answer;
use nethost_core::output::is_ready;
use nethost_policy::WATCH_EVERY;

/// How long the runner can take to close what it has open, and to report its totals.
pub(super) const NOTICE: Duration = Duration::from_millis(500);
/// A process that has closed the channel has at least this time to end.
const LEAST: Duration = Duration::from_millis(100);

/// How long a runner whose run is over can take to print its last message.
const LAST_MESSAGE: Duration = Duration::from_secs(10);

/// The process with the plugin.
#[derive(Debug)]
pub(super) struct Runner(Option<OwnedFd>);

impl Runner {
    /// By its process ID, while it is known to exist.
    pub(super) fn of(pid: i32) -> Self {
        let pid = Pid::from_raw(pid);
        Self(pid.and_then(|pid| pidfd_open(pid, PidfdFlags::empty()).ok()))
    }

    /// A runner that is known by its channel only.
    pub(super) fn unknown() -> Self {
        Self(None)
    }

    /// Tells the runner that the run has ended. Its remaining messages are returned until it closes the channel or its time
    /// is up, however many it sends. A runner that does not take its answers is told nothing. True if it has closed the
    /// channel.
    pub(super) fn dismiss<M: serde::de::DeserializeOwned>(
        channel: &mut Channel,
        why: &str,
        end: Instant,
        mut hear: impl FnMut(M),
    ) -> bool {
        let told = channel.offer(&Answer::Ended(why.into()), &[], None);
        if told.is_err() {
            return true;
        }
        // A thread that waits for something else is notified, too.
        let _ = rustix::net::shutdown(channel.as_fd(), rustix::net::Shutdown::Write);
        loop {
            match channel.comes_before(end) {
                // Who goes on sending is not waited for.
                Ok(true) if Instant::now() >= end => return false,
                Ok(true) => match channel.receive_alone() {
                    Ok(Some((message, []))) => hear(message),
                    Ok(None) => return true,
                    Ok(Some(_)) | Err(_) => return false,
                },
                Ok(false) => return false,
                Err(_) => return true,
            }
        }
    }

    /// Whether the process has ended by this moment. To close the channel is not enough: it would keep its sockets.
    pub(super) fn ends_before(&self, end: Instant) -> bool {
        let Some(runner) = &self.0 else { return true };
        let mut watched = [PollFd::new(runner, PollFlags::IN)];
        loop {
            let left = end.saturating_duration_since(Instant::now()).max(LEAST);
            let Ok(left) = Timespec::try_from(left) else {
                return false;
            };
            match poll(&mut watched, Some(&left)) {
                Err(Errno::INTR) => {}
                ended => return ended.is_ok_and(|ended| ended > 0),
            }
        }
    }

    /// Waits for a runner whose run is over: all that it may still do is to print, which takes as long as its terminal is
    /// held. False if it goes on, or if the policy is not what it was meanwhile.
    pub(super) fn leaves(
        &self,
        is_unchanged: &mut dyn FnMut() -> bool,
        screen: Option<&OwnedFd>,
    ) -> bool {
        let end = Instant::now() + LAST_MESSAGE;
        loop {
            if self.ends_before(Instant::now() + WATCH_EVERY) {
                return true;
            }
            let is_held = screen.is_some_and(|screen| !is_ready(screen));
            if !is_unchanged() || (Instant::now() >= end && !is_held) {
                return false;
            }
        }
    }

    /// Kills it, with the rights of its user, because a service has no other right to do so. Only for a process with a
    /// single thread, if there is a peer.
    pub(super) fn kill(&self, peer: Option<&Peer>) -> io::Result<()> {
        let Some(runner) = &self.0 else { return Ok(()) };
        let Some(peer) = peer else {
            return signal(runner);
        };
        let child = match sys::fork()? {
            sys::Side::Child => {
                let killed = peer.become_them().and_then(|()| signal(runner));
                let errno = killed
                    .err()
                    .map_or(0, |error| error.raw_os_error().unwrap_or(libc::EIO));
                sys::leave_with(errno)
            }
            sys::Side::Parent(child) => child,
        };
        let ended = waitpid(Pid::from_raw(child), WaitOptions::empty())?;
        match ended.and_then(|(_, status)| status.exit_status()) {
            Some(0) => Ok(()),
            Some(errno) => Err(io::Error::from_raw_os_error(errno)),
            None => Err(Errno::CHILD.into()),
        }
    }
}

/// Kills a process, unless it has ended.
fn signal(runner: &OwnedFd) -> io::Result<()> {
    match pidfd_send_signal(runner, Signal::KILL) {
        Err(Errno::SRCH) => Ok(()),
        done => Ok(done?),
    }
}
