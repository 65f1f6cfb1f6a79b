//! The requests of the capability `files`: files.

#[cfg(test)]
use nethost_core::{AbsolutePath, Request, Target};
use nethost_core::{Capability, TargetKind};

/// `file.read`.
pub struct FileRead;

impl Capability for FileRead {
    const NAME: &'static str = "file.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &["names", "read"];
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let path = AbsolutePath::absolute(std::path::Path::new("/etc/hostname")).unwrap();
    vec![(FileRead::NAME, Request::new("read", Target::Path(path)))]
}
