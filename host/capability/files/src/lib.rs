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
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use reader::FileReader;
pub use writer::FileWriter;

/// `file.read`.
pub struct FileRead;

impl Capability for FileRead {
    const NAME: &'static str = "file.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &["facts", "names", "read", "reader.open"];
}

/// `file.create`: makes a file where none is.
pub struct FileCreate;

impl Capability for FileCreate {
    const NAME: &'static str = "file.create";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &["writer.open"];
}

/// `file.write`: changes what is there.
pub struct FileWrite;

impl Capability for FileWrite {
    const NAME: &'static str = "file.write";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &["make-folder", "remove", "set-modified", "writer.open"];
}

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
