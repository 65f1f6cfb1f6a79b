//! Small files of a state folder that are replaced as a whole: after a power cut there is the old one or the
//! new one, and what was answered on the strength of the new one is never forgotten.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::place;

/// Reads a file of this user's. None when there is none.
pub(super) fn read(path: &Path, longest: usize) -> io::Result<Option<Vec<u8>>> {
    let file = match place::open_own(path, OpenOptions::new().read(true)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    bounded(file, longest).map(Some)
}

/// Reads a file that somebody named, or standard input.
pub fn given(path: Option<&Path>, longest: usize) -> io::Result<Vec<u8>> {
    match path.filter(|path| *path != Path::new("-")) {
        None => bounded(io::stdin().lock(), longest),
        Some(path) => {
            let read = nethost_core::regular::open(path).and_then(|file| bounded(file, longest));
            read.map_err(|error| {
                io::Error::new(error.kind(), format!("{}: {error}", path.display()))
            })
        }
    }
}

/// Reads to the end, unless that is too far away.
fn bounded(source: impl Read, longest: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(longest as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > longest {
        let why = format!("it is longer than {longest} bytes");
        return Err(io::Error::new(io::ErrorKind::InvalidData, why));
    }
    Ok(bytes)
}

/// Puts a file in the place of another, and does not return before it is on the disk. One caller at a time.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    match std::fs::remove_file(new) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = place::open_own(new, &mut options)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(new, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Holds a folder's lock until it is dropped, so that what is read there is what is replaced.
pub(super) fn lock(folder: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false).mode(0o600);
    let file = place::open_own(&folder.join("lock"), &mut options)?;
    crate::place::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)?;
    Ok(file)
}
