//! Reads single files by path, and the names of the files in a folder.
//!
//! Threat: a plugin that reads secrets, or learns which files exist. So the gate decides about the path before the file
//! system is accessed. Only regular files are read, up to 64 MiB.
//!
//! Privilege: none; the permissions of the operator.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::files;
pub use nethost_broker::capabilities::files::FileRead;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/files",
    requests: &[Declared::of::<FileRead>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| files::add_to_linker::<_, Access>(linker, |run| run),
};
