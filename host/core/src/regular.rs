//! Reads a whole file by its path, for configuration. It never waits for the writer of a FIFO, never reads an endless
//! device, and never reads more than expected.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// For files of /etc with few lines.
pub const SOME: u64 = 16 << 20;

/// Opens a regular file.
pub fn open(path: impl AsRef<Path>) -> io::Result<File> {
    open_with(path.as_ref(), OFlags::empty())
}

/// The same with further flags of open(2).
pub fn open_with(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = File::options()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    let kind = file.metadata()?.file_type();
    let what = match () {
        () if kind.is_file() => return Ok(file),
        () if kind.is_fifo() => "a FIFO",
        () if kind.is_dir() => "a directory",
        () => "a device",
    };
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("it is {what}, not a regular file"),
    ))
}

/// The text of a regular file with at most this many bytes.
pub fn text(path: impl AsRef<Path>, most: u64) -> io::Result<String> {
    rest_of(open(path)?, most)
}

/// The rest of an open file, if it is not longer than this.
pub fn rest_of(file: File, most: u64) -> io::Result<String> {
    let mut text = String::new();
    file.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other(format!(
            "longer than {}",
            crate::quantity::shown_bytes(most)
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::time::{Duration, Instant};

    #[test]
    fn nothing_but_a_file_is_read_and_nobody_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let fifo = folder.path().join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&fifo, &link).unwrap();
        let begun = Instant::now();
        for path in [
            &fifo,
            &link,
            folder.path(),
            "/dev/zero".as_ref(),
            "/dev/null".as_ref(),
            "/dev/tty".as_ref(),
            "/dev/stdin".as_ref(),
        ] {
            assert!(text(path, 10).is_err(), "{}", path.display());
        }
        for (path, what) in [
            (&*fifo, "it is a FIFO, not a regular file"),
            (folder.path(), "it is a directory, not a regular file"),
            ("/dev/null".as_ref(), "it is a device, not a regular file"),
        ] {
            assert_eq!(text(path, 10).unwrap_err().to_string(), what);
        }
        let (file, link) = (folder.path().join("file"), folder.path().join("other"));
        std::fs::write(&file, "text").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(text(&link, 10).unwrap(), "text");
        let error = open_with(&link, OFlags::NOFOLLOW).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::ELOOP));
        assert!(begun.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_file_is_read_to_its_bound() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "0123456789").unwrap();
        assert_eq!(text(file.path(), 10).unwrap(), "0123456789");
        let error = text(file.path(), 9).unwrap_err();
        assert!(error.to_string().contains("longer than"), "{error}");
        // Files of /proc report a size of 0.
        assert!(!text("/proc/self/status", SOME).unwrap().is_empty());
    }
}
