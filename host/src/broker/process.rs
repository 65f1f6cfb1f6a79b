//! The broker's process: a copy of this one, made before there is a plugin, a thread or an engine in it.

use std::io;

use rustix::process::Pid;
use rustix::thread::{sched_getaffinity, sched_getcpu, sched_setaffinity};

use super::channel::Channel;
use super::link::Link;
use super::serve::{self, Session};
use super::sys;

/// Starts the broker, which calls `open` for its gate, and returns the link to it.
pub fn start<E: std::fmt::Display>(open: impl FnOnce() -> Result<Session, E>) -> io::Result<Link> {
    let (ours, theirs) = Channel::pair()?;
    if let sys::Side::Parent(broker) = sys::fork()? {
        // Without it the two take turns, which is slower and no worse.
        let _ = Pid::from_raw(broker).map_or(Ok(()), beside);
        return Ok(Link::new(ours));
    }
    drop(ours);
    // What the operator types is for the plugin; the broker ends when the plugin's process does.
    sys::ignore_signals();
    // The run ends at once where this fails: nobody answers.
    if sys::conceal().is_ok() {
        serve::run(theirs, None, open);
    }
    sys::leave()
}

/// Has another process work beside this one: a kernel may leave it on the processor that this one is busy on.
/// Where it may run afterwards is as before.
fn beside(process: Pid) -> rustix::io::Result<()> {
    let anywhere = sched_getaffinity(None)?;
    let mut elsewhere = anywhere;
    elsewhere.unset(sched_getcpu());
    if elsewhere.count() > 0 {
        sched_setaffinity(Some(process), &elsewhere)?;
        sched_setaffinity(Some(process), &anywhere)?;
    }
    Ok(())
}
