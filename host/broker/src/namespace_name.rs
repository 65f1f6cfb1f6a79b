//! Names of network namespaces, as in ip-netns(8): a namespace mounted on a file in /run/netns.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::sys;

/// Gives this namespace, or a new one, a name: the last component of this path.
pub(super) fn give(path: &Path, namespace: Option<BorrowedFd<'_>>) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        prepare(folder)?;
    }
    let mut options = File::options();
    options.read(true).write(true).create_new(true).mode(0o0);
    options.open(path)?;
    let mounted = match namespace {
        Some(namespace) => mount(&format!("/proc/self/fd/{}", namespace.as_raw_fd()), path),
        None => std::thread::scope(|scope| {
            let thread = scope.spawn(|| {
                sys::enter_new_namespace()?;
                mount("/proc/thread-self/ns/net", path)
            });
            thread
                .join()
                .unwrap_or_else(|_| Err(io::Error::other("the thread in the namespace panicked")))
        }),
    };
    if mounted.is_err() {
        let _ = std::fs::remove_file(path);
    }
    mounted
}

fn mount(namespace: &str, path: &Path) -> io::Result<()> {
    sys::mount(Path::new(namespace), path, libc::MS_BIND)
}

/// The folder becomes a shared mount, so that the names appear in other mount namespaces.
fn prepare(folder: &Path) -> io::Result<()> {
    match std::fs::DirBuilder::new().mode(0o755).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let shared = libc::MS_SHARED | libc::MS_REC;
    if sys::mount(folder, folder, shared).is_ok() {
        return Ok(());
    }
    // It is not a mount yet.
    sys::mount(folder, folder, libc::MS_BIND | libc::MS_REC)?;
    sys::mount(folder, folder, shared)
}

/// Removes the name. The namespace exists as long as it is in use.
pub(super) fn take(path: &Path) -> io::Result<()> {
    // A file that is not mounted is a leftover and is removed, too.
    let _ = sys::unmount(path);
    std::fs::remove_file(path)
}
