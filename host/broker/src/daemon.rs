//! The broker as a service: one process listens, and one process serves each run. The user at the other end needs no
//! privilege; the kernel reports who it is.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd, RawFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::net::{SocketFlags, accept_with};
use rustix::process::{WaitOptions, wait};

use super::channel::Channel;
use super::listen::Listener;
use super::peer::Peer;
use super::process::hold_many;
use super::serve::{self, Session};
use super::sys;
use super::watched::Runner;
use super::wire::{Answer, Hello};
use nethost_gate::Accounts;

/// How long a client can take to send its first message.
const HELLO: Duration = Duration::from_secs(5);

/// The maximum numbers of concurrent runs.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Of all users.
    pub total: usize,
    /// Of each.
    pub per_user: usize,
}

/// Serves all clients until it is killed. `open` returns the policy and the log of a run. `recover` undoes what a process
/// that served a run and was killed has left. Only for a process with a single thread.
pub fn serve<E: std::fmt::Display>(
    listener: Listener,
    limits: Limits,
    accounts: Accounts,
    open: impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
    recover: impl Fn(),
) -> io::Result<std::convert::Infallible> {
    sys::conceal()?;
    let listener = listener.0;
    let ended = sys::children_that_end()?;
    rustix::io::ioctl_fionbio(&listener, true)?;
    let mut served = Served::new(limits, accounts);
    loop {
        let mut watched = [
            PollFd::new(&listener, PollFlags::IN),
            PollFd::new(&ended, PollFlags::IN),
        ];
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => {}
            polled => drop(polled?),
        }
        if served.reap(&ended)
            // The next start does it, if this cannot.
            && let Ok(sys::Side::Child) = sys::fork()
        {
            drop((listener, ended));
            sys::ignore_signals();
            recover();
            sys::leave();
        }
        let client = match accept_with(&listener, SocketFlags::CLOEXEC) {
            Ok(client) => client,
            // No connection is waiting any more.
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::CONNABORTED) => continue,
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => {
                // No descriptor or memory is left; they are available again when a run ends.
                nethost_core::output::say_at_once("nethost", &format!("broker: accept: {error}"));
                std::thread::sleep(std::time::Duration::from_millis(100));
                continue;
            }
        };
        let Ok(peer) = Peer::of(client.as_fd()) else {
            continue;
        };
        if let Some(why) = served.too_many(peer.uid) {
            refuse(client, why);
            continue;
        }
        if !served.accounts.admit(peer.uid) {
            refuse(
                client,
                "the service has runs of as many users as it may".into(),
            );
            continue;
        }
        match sys::fork() {
            Ok(sys::Side::Parent(child)) => served.begun(child, peer.uid),
            Ok(sys::Side::Child) => {
                drop((listener, ended));
                sys::ignore_signals();
                hold_many();
                attend_user(client, &peer, &open);
                sys::leave();
            }
            Err(error) => {
                served.gone(peer.uid);
                refuse(
                    client,
                    format!("the service cannot start one more process: {error}"),
                );
            }
        }
    }
}

fn refuse(client: OwnedFd, why: String) {
    // A client that does not wait for the answer does not need it.
    let _ = Channel::over(client).send(&Answer::Refused(why.into()), None);
}

/// Serves one run for the user who started this process. The process has one end of a socket pair; the user holds the
/// other. The user is determined by this process's real IDs. Only for a process with a single thread.
pub fn serve_starter<E: std::fmt::Display>(
    number: RawFd,
    open: impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
) -> io::Result<()> {
    sys::conceal()?;
    sys::reset_signals()?;
    let client = sys::only_inherited(number)?;
    let peer = Peer::starter(client.as_fd())?;
    sys::ignore_signals();
    hold_many();
    attend_user(client, &peer, &open);
    Ok(())
}

/// Serves the run of the client at the other end until it ends. Nobody kills that client, which may be this process: for
/// tests.
pub fn attend<E: std::fmt::Display>(
    client: OwnedFd,
    open: &impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
) {
    if let Ok(peer) = Peer::of(client.as_fd()) {
        attend_as(client, &peer, &Runner::unknown(), open);
    }
}

fn attend_user<E: std::fmt::Display>(
    client: OwnedFd,
    peer: &Peer,
    open: &impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
) {
    attend_as(client, peer, &Runner::of(peer.pid), open);
}

fn attend_as<E: std::fmt::Display>(
    client: OwnedFd,
    peer: &Peer,
    runner: &Runner,
    open: &impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
) {
    let mut channel = Channel::over(client);
    if channel.send(&Answer::greeting(), None).is_err() || channel.within(HELLO).is_err() {
        return;
    }
    let Ok(Some((hello, directory))) = channel.receive::<Hello<'_>>() else {
        return;
    };
    // Relative paths are those of the operator.
    if let Some(directory) = directory
        && rustix::process::fchdir(&directory).is_err()
    {
        return;
    }
    serve::run(channel, Some(peer), runner, || open(&hello, peer));
}

/// The runs that are being served.
struct Served {
    limits: Limits,
    accounts: Accounts,
    users: HashMap<i32, u32>,
}

impl Served {
    fn new(limits: Limits, accounts: Accounts) -> Self {
        Self {
            limits,
            accounts,
            users: HashMap::new(),
        }
    }

    fn begun(&mut self, child: i32, user: u32) {
        self.users.insert(child, user);
    }

    /// Notes which processes have ended. True if one that served a run was killed.
    fn reap(&mut self, ended: &OwnedFd) -> bool {
        let mut killed = false;
        // The number of bytes has no meaning: one byte may stand for several children.
        while rustix::io::read(ended, &mut [0; 64]).is_ok_and(|count| count > 0) {}
        while let Ok(Some((child, status))) = wait(WaitOptions::NOHANG) {
            if let Some(user) = self.users.remove(&child.as_raw_nonzero().get()) {
                killed |= status.signaled();
                self.gone(user);
            }
        }
        killed
    }

    /// A run of this user has ended. If it was the last one, the user's accounts are cleared.
    fn gone(&self, user: u32) {
        if !self.users.values().any(|of| *of == user) {
            self.accounts.forget(user);
        }
    }

    fn too_many(&self, user: u32) -> Option<String> {
        let Limits { total, per_user } = self.limits;
        if self.users.len() >= total {
            return Some(format!("the service already has {total} runs, its maximum"));
        }
        let own = self.users.values().filter(|of| **of == user).count();
        if own >= per_user {
            return Some(format!(
                "you already have {per_user} runs, the maximum for one user"
            ));
        }
        // The last quarter is for users with few runs. So users with many cannot take all, whatever they do together.
        let free = total - self.users.len();
        let almost_full = free <= total / 4;
        (almost_full && own > 0 && own >= free / 4).then(|| {
            format!("the service has {free} runs left, for users with fewer runs than your {own}")
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn many_users_together_leave_runs_for_those_who_have_none() {
        for crowd in [1, 2, 8, 9, 50, 200] {
            let limits = Limits {
                total: 512,
                per_user: 64,
            };
            let mut served = Served::new(limits, Accounts::shared(512).unwrap());
            // They take turns, as long as anybody gets one.
            let mut child = 0;
            loop {
                let before = child;
                for user in 0..crowd {
                    if served.too_many(user).is_none() {
                        served.begun(child, user);
                        child += 1;
                    }
                }
                if child == before {
                    break;
                }
            }
            let newcomers = (1000..1512)
                .take_while(|user| {
                    let served_too = served.too_many(*user).is_none();
                    if served_too {
                        served.begun(100_000 + *user as i32, *user);
                    }
                    served_too
                })
                .count();
            assert!(
                newcomers >= 8,
                "{newcomers} beside {crowd}, with {child} runs"
            );
        }
    }

    #[test]
    fn a_user_alone_gets_as_many_as_each_may_have() {
        let limits = Limits {
            total: 3,
            per_user: 2,
        };
        let mut served = Served::new(limits, Accounts::shared(3).unwrap());
        for child in 0..2 {
            assert_eq!(served.too_many(7), None);
            served.begun(child, 7);
        }
        assert!(served.too_many(7).unwrap().contains("already have 2 runs"));
        served.begun(2, 8);
        assert!(served.too_many(9).unwrap().contains("already has 3 runs"));
    }
}
