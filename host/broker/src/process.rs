//! The broker's process: a copy of this one, made before there is a plugin, a thread or an engine in it.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::path::Path;
use std::process::Command;

use rustix::io::FdFlags;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{sched_getaffinity, sched_getcpu, sched_setaffinity};

use super::channel::Channel;
use super::link::{ConnectError, Link};
use super::serve::{self, Session};
use super::sys;
use super::watched::Runner;
use super::wire::Hello;

/// The option of `nethost-broker` that names the socket of a run.
pub const RUN: &str = "--run";

/// Starts the broker, which calls `open` for its gate, and returns the link to it.
pub fn start<E: std::fmt::Display>(open: impl FnOnce() -> Result<Session, E>) -> io::Result<Link> {
    let (ours, theirs) = Channel::pair()?;
    let runner = rustix::process::getpid().as_raw_nonzero().get();
    let here = sched_getcpu();
    if let sys::Side::Parent(broker) = sys::fork()? {
        // Where they cannot work beside each other they take turns, which is slower and no worse.
        let _ = Pid::from_raw(broker).map_or(Ok(()), |broker| leave(here, Some(broker)));
        return Ok(Link::new(ours));
    }
    // It may run before the other has said that.
    if sched_getcpu() == here {
        let _ = leave(here, None);
    }
    drop(ours);
    // What the operator types is for the plugin; the broker ends when the plugin's process does.
    sys::ignore_signals();
    hold_many();
    // The run ends at once where this fails: nobody answers.
    if sys::conceal().is_ok() {
        // Should it be gone by now, so is the other end of the channel.
        serve::run(theirs, None, &Runner::of(runner), open);
    }
    sys::leave()
}

/// Starts a broker that is an executable of its own, which has privileges that this process has not, for one run.
pub fn start_program(program: &Path, hello: &Hello<'_>) -> Result<Link, ConnectError> {
    let failed = |error| ConnectError::Socket(program.into(), error);
    let (ours, theirs) = Channel::pair().map_err(failed)?;
    // Inherited, under its number; standard input stays what it is: whether it is a terminal decides some requests.
    rustix::io::fcntl_setfd(theirs.as_fd(), FdFlags::empty())
        .map_err(|error| failed(error.into()))?;
    let number = theirs.as_fd().as_raw_fd().to_string();
    let started = Command::new(program).args([RUN, &number]).spawn();
    started.map_err(failed)?;
    drop(theirs);
    Link::greet(program, ours, hello)
}

/// Lets this process hold as many descriptors as it may (getrlimit(2)): it has one beside each socket that a plugin's
/// process has, whose limit is that of the run.
pub(super) fn hold_many() {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // As many as before, if not.
    let _ = setrlimit(Resource::Nofile, all);
}

/// Has a process, or this one, leave a processor that another process is busy on: a kernel may leave a new
/// process where the one is that made it. Where it may run afterwards is as before.
fn leave(here: usize, process: Option<Pid>) -> rustix::io::Result<()> {
    let anywhere = sched_getaffinity(None)?;
    let mut elsewhere = anywhere;
    elsewhere.unset(here);
    if elsewhere.count() > 0 {
        sched_setaffinity(process, &elsewhere)?;
        sched_setaffinity(process, &anywhere)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_may_hold_as_many_descriptors_as_there_may_be() {
        let limit = getrlimit(Resource::Nofile);
        let few = Rlimit {
            // Enough for the tests beside this one.
            current: Some(1000),
            ..limit
        };
        setrlimit(Resource::Nofile, few).unwrap();
        hold_many();
        assert_eq!(getrlimit(Resource::Nofile).current, limit.maximum);
    }
}
