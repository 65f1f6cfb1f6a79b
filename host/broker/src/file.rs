//! Files of requests, as the user of the run sees them, and the broker's own files.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

pub(super) use nethost_core::file::{is_closed, open, resolve};

use nethost_core::AbsolutePath;

/// The rule of a denial for a path that no rule can match.
pub(super) const CLOSED: &str =
    "a path through a magic link (proc(5)), or through links without end, is that of no file";

/// The path that a plugin means, relative to the operator's folder, without resolving links.
pub(super) fn meant(path: &[u8]) -> io::Result<AbsolutePath> {
    let path = Path::new(OsStr::from_bytes(path));
    let meant = match path.is_absolute() {
        true => AbsolutePath::absolute(path),
        false => AbsolutePath::new(&std::env::current_dir()?, path),
    };
    meant.ok_or_else(|| io::Error::from_raw_os_error(libc::EINVAL))
}

/// Opens a file that no plugin has named, following links. It does not wait for a writer of a FIFO.
pub(super) fn open_own(path: &Path) -> io::Result<File> {
    let flags =
        rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NOCTTY;
    File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}
