//! Reads and writes single files by path, and reads the names of the files in a folder.
//!
//! Threat: a plugin that reads secrets, or learns which files exist; or that changes files, which later run as programs.
//! So the gate decides about the path before the file system is accessed. Only regular files are read and written. To
//! make a file where none is, and to change one, are different requests.
//!
//! Privilege: none; the permissions of the operator.

mod bindings;
mod host;
mod reader;
mod service;
mod sys;
#[cfg(test)]
mod tests;
mod writer;

use crate::bindings::nethost::cap::files;
pub use nethost_broker::capabilities::files::{FileCreate, FileRead, FileWrite};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use reader::FileReader;
pub use writer::FileWriter;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/files",
    requests: &[
        Declared::of::<FileCreate>(),
        Declared::of::<FileRead>(),
        Declared::of::<FileWrite>(),
    ],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| files::add_to_linker::<_, Access>(linker, |run| run),
};
