//! The broker as a service: one process that listens, and one for each run that comes to it. The operator
//! at the other end needs no privilege; who they are, the kernel says.

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

/// So long whoever comes may take to say what it wants.
const HELLO: Duration = Duration::from_secs(5);

/// How many runs are served at once.
#[derive(Debug, Clone, Copy)]
pub struct Most {
    /// Of all users.
    pub altogether: usize,
    /// Of each.
    pub of_each: usize,
}

/// Serves whoever connects, until it is killed. `open` says with which policy and which log. Only for a
/// process with a single thread.
pub fn serve<E: std::fmt::Display>(
    listener: Listener,
    most: Most,
    accounts: Accounts,
    open: impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
) -> io::Result<std::convert::Infallible> {
    sys::conceal()?;
    let listener = listener.0;
    let ended = sys::children_that_end()?;
    rustix::io::ioctl_fionbio(&listener, true)?;
    let mut served = Served::new(most, accounts);
    loop {
        let mut watched = [
            PollFd::new(&listener, PollFlags::IN),
            PollFd::new(&ended, PollFlags::IN),
        ];
        match poll(&mut watched, None) {
            Err(rustix::io::Errno::INTR) => {}
            polled => drop(polled?),
        }
        served.reap(&ended);
        let client = match accept_with(&listener, SocketFlags::CLOEXEC) {
            Ok(client) => client,
            // Nobody, or nobody any more.
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::CONNABORTED) => continue,
            Err(rustix::io::Errno::INTR) => continue,
            Err(error) => {
                // Out of descriptors or memory: those who have some will end.
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
    // Whoever does not wait for the answer does not need it.
    let _ = Channel::over(client).send(&Answer::Refused(why.into()), None);
}

/// Serves one run for whoever started this process: it came with this end of a socket pair, whose other end they hold.
/// Its user is this process's own, by its real ids. Only for a process with a single thread.
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

/// Serves one run of whoever is at the other end, to its end.
pub fn attend<E: std::fmt::Display>(
    client: OwnedFd,
    open: &impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
) {
    if let Ok(peer) = Peer::of(client.as_fd()) {
        attend_user(client, &peer, open);
    }
}

fn attend_user<E: std::fmt::Display>(
    client: OwnedFd,
    peer: &Peer,
    open: &impl Fn(&Hello<'_>, &Peer) -> Result<Session, E>,
) {
    let mut channel = Channel::over(client);
    if channel.send(&Answer::greeting(), None).is_err() || channel.within(HELLO).is_err() {
        return;
    }
    let Ok(Some((hello, directory))) = channel.receive::<Hello<'_>>() else {
        return;
    };
    // Paths are read as the operator meant them.
    if let Some(directory) = directory
        && rustix::process::fchdir(&directory).is_err()
    {
        return;
    }
    let runner = Runner::of(peer.pid);
    serve::run(channel, Some(peer), &runner, || open(&hello, peer));
}

/// The runs that are served.
struct Served {
    most: Most,
    accounts: Accounts,
    users: HashMap<i32, u32>,
}

impl Served {
    fn new(most: Most, accounts: Accounts) -> Self {
        Self {
            most,
            accounts,
            users: HashMap::new(),
        }
    }

    fn begun(&mut self, child: i32, user: u32) {
        self.users.insert(child, user);
    }

    fn reap(&mut self, ended: &OwnedFd) {
        // How many bytes there are tells nothing: one may stand for several children.
        while rustix::io::read(ended, &mut [0; 64]).is_ok_and(|count| count > 0) {}
        while let Ok(Some((child, _))) = wait(WaitOptions::NOHANG) {
            if let Some(user) = self.users.remove(&child.as_raw_nonzero().get()) {
                self.gone(user);
            }
        }
    }

    /// A run of this user is over. Where it was the last, what they used is forgotten.
    fn gone(&self, user: u32) {
        if !self.users.values().any(|of| *of == user) {
            self.accounts.forget(user);
        }
    }

    fn too_many(&self, user: u32) -> Option<String> {
        let Most {
            altogether,
            of_each,
        } = self.most;
        if self.users.len() >= altogether {
            return Some(format!(
                "the service has {altogether} runs already, its most"
            ));
        }
        let own = self.users.values().filter(|of| **of == user).count();
        if own >= of_each {
            return Some(format!(
                "you have {of_each} runs already, the most for one user"
            ));
        }
        // The last quarter is for users with few runs. So users with many cannot take all, whatever they do together.
        let free = altogether - self.users.len();
        let almost_full = free <= altogether / 4;
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
            let most = Most {
                altogether: 512,
                of_each: 64,
            };
            let mut served = Served::new(most, Accounts::shared(512).unwrap());
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
        let most = Most {
            altogether: 3,
            of_each: 2,
        };
        let mut served = Served::new(most, Accounts::shared(3).unwrap());
        for child in 0..2 {
            assert_eq!(served.too_many(7), None);
            served.begun(child, 7);
        }
        assert!(served.too_many(7).unwrap().contains("2 runs already"));
        served.begun(2, 8);
        assert!(served.too_many(9).unwrap().contains("3 runs already"));
    }
}
