//! The requests of the capability `files`: files.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `file.read` | a file, open for reading | that file, opened by its real path without following links (openat2) |

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
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let path = AbsolutePath::absolute(std::path::Path::new("/etc/hostname")).unwrap();
    vec![(FileRead::NAME, Request::new("read", Target::Path(path)))]
}
