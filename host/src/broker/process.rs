//! The broker's process: a copy of this one, made before there is a plugin, a thread or an engine in it.

use std::io;

use super::channel::Channel;
use super::link::Link;
use super::serve::{self, Session};
use super::sys;

/// Starts the broker, which calls `open` for its gate, and returns the link to it.
pub fn start<E: std::fmt::Display>(open: impl FnOnce() -> Result<Session, E>) -> io::Result<Link> {
    let (ours, theirs) = Channel::pair()?;
    if let sys::Side::Parent(_) = sys::fork()? {
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
