//! The requests of the capability `files`: files.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `file.read` | a file, open for reading; or a report in memory: which files are below a folder | that file, opened by
//!   its real path without following links (openat2) |
//! | `file.create`, `file.write` | a file, open for writing | that file, opened in the same way, with the rights of the
//!   user |

#[cfg(test)]
use crate::file_change::Opening;
#[cfg(test)]
use nethost_core::{AbsolutePath, Request, Target};
use nethost_core::{Capability, RequestPart, TargetKind};

/// `file.read`.
pub struct FileRead;

impl Capability for FileRead {
    const NAME: &'static str = "file.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &["facts", "identify", "names", "read", "reader.open"];
}

/// `file.create`: makes a file where none is.
pub struct FileCreate;

impl Capability for FileCreate {
    const NAME: &'static str = "file.create";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &["writer.open"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes];
}

/// `file.write`: changes what is there.
pub struct FileWrite;

impl Capability for FileWrite {
    const NAME: &'static str = "file.write";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Path];
    const OPS: &'static [&'static str] = &[
        "make-folders",
        "remove",
        "replace",
        "set-modified",
        "writer.open",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let path = |path: &str| AbsolutePath::absolute(std::path::Path::new(path)).unwrap();
    let nowhere = || Target::Path(path("/no/such/folder/file"));
    let opening =
        |opening: Opening| Request::new("writer.open", nowhere()).changing(opening.said(0o666));
    vec![
        (
            FileRead::NAME,
            Request::new("read", Target::Path(path("/etc/hostname"))),
        ),
        (FileCreate::NAME, opening(Opening::Create)),
        (FileWrite::NAME, opening(Opening::Replace)),
        (FileWrite::NAME, Request::new("remove", nowhere())),
        (FileWrite::NAME, Request::new("replace", nowhere())),
    ]
}
