//! Single files by path, and the names of those in a folder.
//!
//! Threat: a plugin that reads secrets, or learns which files exist. So the path passes the gate before
//! the file system is touched; only regular files are read, and no more than 64 MiB.
//!
//! Privilege: none; the operator's own permissions.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::files;
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

/// `file.read`.
pub struct FileRead;

impl Capability for FileRead {
    const NAME: &'static str = "file.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &["names", "read"];
}

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/files",
    requests: &[Declared::of::<FileRead>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| files::add_to_linker::<_, Access>(linker, |run| run),
};
