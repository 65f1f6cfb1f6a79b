//! The broker's process: forked from this one before there is a plugin, a thread or an engine in it.

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
use nethost_core::output::Stream;

/// The option of `nethost-broker` that names the socket of a run.
pub const RUN: &str = "--run";

/// Starts the broker, which calls `open` for its gate, and returns the link to it.
pub fn start<E: std::fmt::Display>(open: impl FnOnce() -> Result<Session, E>) -> io::Result<Link> {
    let (ours, theirs) = Channel::pair()?;
    let runner = rustix::process::getpid().as_raw_nonzero().get();
    let here = sched_getcpu();
    if let sys::Side::Parent(broker) = sys::fork()? {
        // If the processes cannot run in parallel they take turns, which is slower but works.
        let _ = Pid::from_raw(broker).map_or(Ok(()), |broker| leave(here, Some(broker)));
        return Ok(Link::new(ours));
    }
    // It can run before the other process has sent that message.
    if sched_getcpu() == here {
        let _ = leave(here, None);
    }
    drop(ours);
    // Signals from the terminal are for the plugin. The broker ends when the runner does.
    sys::ignore_signals();
    hold_many();
    // If this fails, the run ends at once, because nobody answers.
    if sys::conceal().is_ok() {
        // If the parent is gone by now, the other end of the channel is closed, too.
        serve::run(theirs, None, &Runner::of(runner), open);
    }
    sys::leave()
}

/// Closes every descriptor except the standard streams: what else a shell or a service manager has left open is not for
/// the process with the plugin. Only for a process that has opened none yet.
pub fn close_inherited() -> io::Result<()> {
    let (output, error) = (Stream::Output, Stream::Error);
    sys::close_others(&[rustix::stdio::stdin(), output.as_fd(), error.as_fd()])
}

/// Starts a broker for one run that is a separate executable, with privileges that this process does not have.
pub fn start_program(program: &Path, hello: &Hello<'_>) -> Result<Link, ConnectError> {
    let failed = |error| ConnectError::Socket(program.into(), error);
    let (ours, theirs) = Channel::pair().map_err(failed)?;
    // Inherited with its number. Standard input stays unchanged, because some requests depend on whether it is a
    // terminal.
    rustix::io::fcntl_setfd(theirs.as_fd(), FdFlags::empty())
        .map_err(|error| failed(error.into()))?;
    let number = theirs.as_fd().as_raw_fd().to_string();
    let started = Command::new(program).args([RUN, &number]).spawn();
    started.map_err(failed)?;
    drop(theirs);
    Link::greet(program, ours, hello)
}

/// Raises the limit of descriptors of this process to the maximum (getrlimit(2)): it has one for each socket of the
/// runner, whose limit is that of the run.
pub(super) fn hold_many() {
    let limit = getrlimit(Resource::Nofile);
    let all = Rlimit {
        current: limit.maximum,
        ..limit
    };
    // If that fails, the limit stays.
    let _ = setrlimit(Resource::Nofile, all);
}

/// Moves a process, or this one, to another processor than the one that the other process uses, because a kernel may
/// keep a new process where its parent runs. Its allowed processors do not change.
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
            // Enough for tests that run in parallel.
            current: Some(1000),
            ..limit
        };
        setrlimit(Resource::Nofile, few).unwrap();
        hold_many();
        assert_eq!(getrlimit(Resource::Nofile).current, limit.maximum);
    }
}
