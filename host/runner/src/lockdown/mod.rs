//! The lock-down of the runner: it gives up its Linux capabilities, its files, and all system calls except those that
//! it needs. It does almost all of this before it maps the compiled form of the plugin. After that, and before the
//! first instruction of the plugin, it gives up the means to make anything else executable.

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

/// What the imports of a plugin need in addition.
#[derive(Debug, Default)]
pub struct Needs {
    /// Files, and folders with all files below, that must be readable.
    pub files: Vec<&'static str>,
}

/// Locks this process down, except for mapping code, which may come from this file only. The process must have a single
/// thread.
pub fn enter(needs: &Needs, code: Option<BorrowedFd<'_>>) -> Result<(), Error> {
    // The first reading of a clock finds the vDSO with calls that are forbidden later. Without the vDSO, each reading
    // is a system call.
    let _ = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    conceal().map_err(|error| Error::of("debuggers")(error.to_string()))?;
    capabilities().map_err(|error| Error::of("capabilities")(error.to_string()))?;
    files::restrict(&needs.files, code).map_err(|error| Error::of("files")(error.to_string()))?;
    filter::restrict().map_err(|error| Error::of("system calls")(error.to_string()))
}

/// The code of the plugin is mapped: from now on nothing else can become executable.
pub fn complete() -> Result<(), Error> {
    filter::no_more_code().map_err(|error| Error::of("executable memory")(error.to_string()))
}

/// Makes this process accessible only to root, because it holds sockets that other processes of the same user may not
/// have (prctl(2), PR_SET_DUMPABLE).
fn conceal() -> io::Result<()> {
    Ok(set_dumpable_behavior(DumpableBehavior::NotDumpable)?)
}

/// Gives up every Linux capability (capabilities(7)), and the privileges that executing another program could give.
fn capabilities() -> io::Result<()> {
    set_no_new_privs(true)?;
    clear_ambient_capability_set()?;
    for number in 0..64 {
        let capability = CapabilitySet::from_bits_retain(1 << number);
        match remove_capability_from_bounding_set(capability) {
            Ok(()) => {}
            // The kernel knows no more capabilities, or this user may not drop them; then there is nothing to give up.
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
