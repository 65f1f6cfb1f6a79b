//! The only place where the machine is touched with privilege: one typed request for each act.
//!
//! A run has two processes. The one that runs the plugin gives up every privilege before the plugin's
//! first instruction; the broker keeps them, and holds neither engine nor plugin. Between them is a
//! channel of typed messages. The broker has a gate of its own: it decides each request anew, writes the
//! audit log, and acts only under a permit that it granted itself. So a plugin that takes over its
//! process gains nothing by lying.

mod channel;
mod file;
mod fit;
mod link;
mod process;
mod serve;
mod socket;
mod sys;
mod terminal;
#[cfg(test)]
mod tests;
mod wire;

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::Arc;

pub use link::{GONE, Link};
pub use process::start;
pub use serve::Session;
pub use socket::{Binding, Protocol, SocketSpec};
pub use terminal::restore as restore_terminal;

use crate::gate::{Capability, Permit};

/// Performs privileged acts for rooms that hold a permit.
#[derive(Debug)]
pub enum Broker {
    /// This process acts itself, as in the rooms' own tests.
    Here,
    /// The broker has a process of its own.
    Behind(Arc<Link>),
}

impl Broker {
    /// Opens a socket that is bound as specified.
    pub fn open_socket<C: Capability>(
        &self,
        permit: &Permit<C>,
        spec: &SocketSpec,
    ) -> io::Result<OwnedFd> {
        match self {
            Self::Behind(link) => link.open_socket(permit.handle(), spec),
            Self::Here => socket::open(spec).map(OwnedFd::from),
        }
    }

    /// Opens a file for reading. It never waits for the other end of a FIFO.
    pub fn open_file<C: Capability>(&self, permit: &Permit<C>, path: &Path) -> io::Result<File> {
        match self {
            Self::Behind(link) => link.open_file(permit.handle(), path),
            Self::Here => file::open(path),
        }
    }

    /// Keeps the terminal's settings as they are now, to put them back should this process be killed.
    pub fn keep_terminal<C: Capability>(&self, permit: &Permit<C>) -> io::Result<()> {
        match self {
            Self::Behind(link) => link.keep_terminal(permit.handle()),
            Self::Here => Ok(()),
        }
    }

    /// The terminal was put back.
    pub fn release_terminal(&self) {
        if let Self::Behind(link) = self {
            link.release_terminal();
        }
    }
}
