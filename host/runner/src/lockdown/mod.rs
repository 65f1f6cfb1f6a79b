//! What the process that runs a plugin gives up for good: its capabilities, files, and all system calls but those
//! that it needs. Almost all of it goes before the plugin's compiled form is mapped; after that, and before the
//! plugin's first instruction, the means to make anything else executable.

mod calls;
mod files;
mod filter;

use std::io;
use std::os::fd::BorrowedFd;

use rustix::io::Errno;
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
use rustix::thread::{
    CapabilitySet, CapabilitySets, clear_ambient_capability_set,
    remove_capability_from_bounding_set, set_capabilities, set_no_new_privs,
};

/// What could not be given up.
#[derive(Debug, thiserror::Error)]
#[error("giving up {what}: {why}")]
pub struct Error {
    what: &'static str,
    why: String,
}

impl Error {
    fn of(what: &'static str) -> impl Fn(String) -> Self {
        move |why| Self { what, why }
    }
}

/// What a plugin's imports need besides.
#[derive(Debug, Default)]
pub struct Needs {
    /// To read these files, or those below.
    pub files: Vec<&'static str>,
}

/// Locks this process down, all but the mapping of code, which may come from this file alone. Only for a process
/// with a single thread.
pub fn enter(needs: &Needs, code: Option<BorrowedFd<'_>>) -> Result<(), Error> {
    // The first look at a clock finds the vDSO, by ways that are closed below. Without it each later look
    // is a system call.
    let _ = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    conceal().map_err(|error| Error::of("debuggers")(error.to_string()))?;
    capabilities().map_err(|error| Error::of("capabilities")(error.to_string()))?;
    files::restrict(&needs.files, code).map_err(|error| Error::of("files")(error.to_string()))?;
    filter::restrict().map_err(|error| Error::of("system calls")(error.to_string()))
}

/// The plugin's code is mapped: from now on nothing else becomes executable.
pub fn complete() -> Result<(), Error> {
    filter::no_more_code().map_err(|error| Error::of("executable memory")(error.to_string()))
}

/// Nobody but root may look into this process, which holds sockets that others of the same user may not
/// have (prctl(2), PR_SET_DUMPABLE).
fn conceal() -> io::Result<()> {
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// Gives up every capability (capabilities(7)), and whatever a program with more privilege would bring
/// when it is executed.
fn capabilities() -> io::Result<()> {
    set_no_new_privs(true)?;
    clear_ambient_capability_set()?;
    for number in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match remove_capability_from_bounding_set(capability) {
            Ok(()) => {}
            // No more capabilities are known, or this user may not; then there is nothing to give up.
            Err(Errno::INVAL | Errno::PERM) => break,
            Err(error) => return Err(error.into()),
        }
    }
    let none = CapabilitySet::empty();
    Ok(set_capabilities(
        None,
        CapabilitySets {
            effective: none,
            permitted: none,
            inheritable: none,
        },
    )?)
}

#[cfg(test)]
mod tests;
