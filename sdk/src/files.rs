//! Single files by path. Request at the gate: `file.read` with the path.

use crate::Error;
use crate::bindings::nethost::cap::files;

/// The whole of a regular file, at most 64 MiB.
///
/// ```no_run
/// let hosts = nethost_sdk::files::read("hosts.txt")?;
/// # Ok::<(), nethost_sdk::Error>(())
/// ```
///
/// # Errors
/// `Denied`, before the file system is touched; `NotFound`; `AccessDenied`; `TooLarge`;
/// `InvalidArgument` (not a regular file).
pub fn read(path: &str) -> Result<Vec<u8>, Error> {
    Ok(files::read(path)?)
}

/// The names of the files in a folder, in order.
///
/// # Errors
/// `Denied`; `NotFound`; `AccessDenied`; `InvalidArgument` (not a folder).
pub fn names(path: &str) -> Result<Vec<String>, Error> {
    Ok(files::names(path)?)
}
