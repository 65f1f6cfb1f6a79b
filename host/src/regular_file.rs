//! Reading a small file that is named from outside, such as a policy: what is there may be anything. It
//! never waits for the other end of a FIFO, takes nothing but a regular file, and reads no more than is
//! said.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

/// Whether the last component of a path may be a symbolic link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Links {
    /// It may: the operator named it, and it is read with their rights.
    Followed,
    /// It is refused (ELOOP).
    Refused,
}

/// Opens a regular file for reading.
pub(crate) fn open(path: &Path, links: Links) -> io::Result<File> {
    let mut flags = OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if links == Links::Refused {
        flags |= OFlags::NOFOLLOW;
    }
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits().cast_signed())
        .open(path)?;
    let kind = file.metadata()?.file_type();
    if kind.is_file() {
        return Ok(file);
    }
    let what = if kind.is_fifo() {
        "a FIFO"
    } else if kind.is_dir() {
        "a directory"
    } else if kind.is_socket() {
        "a socket"
    } else {
        "a device"
    };
    Err(io::Error::other(format!(
        "it is {what}, not a regular file"
    )))
}

/// The text of an open file, which is no longer than this.
pub(crate) fn text(file: File, longest: u64) -> io::Result<String> {
    let mut text = String::new();
    file.take(longest.saturating_add(1))
        .read_to_string(&mut text)?;
    if text.len() as u64 > longest {
        let shown = if longest >= 1 << 20 {
            format!("{} MiB", longest >> 20)
        } else {
            format!("{} KiB", longest >> 10)
        };
        return Err(io::Error::other(format!("longer than {shown}")));
    }
    Ok(text)
}

/// The text of the regular file at this path, which is no longer than this.
pub(crate) fn read(path: &Path, links: Links, longest: u64) -> io::Result<String> {
    text(open(path, links)?, longest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    #[test]
    fn nothing_but_a_regular_file_of_bounded_length_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        std::fs::write(at("long"), "x".repeat(1025)).unwrap();
        std::fs::write(at("binary"), b"\xff").unwrap();
        symlink(at("file"), at("link")).unwrap();
        let fifo = rustix::fs::FileType::Fifo;
        rustix::fs::mknodat(rustix::fs::CWD, at("fifo"), fifo, 0o600.into(), 0).unwrap();
        let _listener = UnixListener::bind(at("socket")).unwrap();
        let read = |name: &str, links| read(&at(name), links, 1024);
        assert_eq!(read("file", Links::Refused).unwrap(), "text");
        assert_eq!(read("link", Links::Followed).unwrap(), "text");
        assert!(read("link", Links::Refused).is_err());
        for (name, why) in [
            ("fifo", "it is a FIFO, not a regular file"),
            (".", "it is a directory, not a regular file"),
            ("/dev/null", "it is a device, not a regular file"),
            ("long", "longer than 1 KiB"),
        ] {
            assert_eq!(read(name, Links::Followed).unwrap_err().to_string(), why);
        }
        for name in ["socket", "binary", "missing"] {
            assert!(read(name, Links::Followed).is_err(), "{name}");
        }
    }
}
