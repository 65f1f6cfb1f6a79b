//! Where a path really leads, and opening just that.
//!
//! A path is resolved first, its real path is judged, and the file is then opened by its real path with no link
//! followed (openat2(2)): what is opened is what was judged, whoever exchanges a link in between. What is not seen:
//! another hard link to the same file, and a bind mount of it elsewhere. Each of those is a path of its own.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};

use super::AbsolutePath;

/// The real path of a file: without symbolic links, as far as there is a way to it. A path through a magic link
/// (proc(5)), which leads nowhere that has a path, stays as it is, and is never opened.
pub fn resolve(path: &AbsolutePath) -> AbsolutePath {
    let own = own_entry(path);
    let real = match reach(&own, ResolveFlags::NO_SYMLINKS) {
        Ok(_) => AbsolutePath::absolute(&own).unwrap_or_else(|| path.clone()),
        Err(_) => linked(path),
    };
    of_any_process(real)
}

/// Opens a file for reading by its real path. It never waits for the other end of a FIFO.
pub fn open(path: &AbsolutePath) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let followed = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let opened = openat2(CWD, own_entry(path), flags, Mode::empty(), followed)?;
    Ok(opened.into())
}

/// True for a path that no file can be opened by: one through a magic link, or a link that leads nowhere.
pub fn is_closed(path: &AbsolutePath) -> bool {
    let real = resolve(path);
    let reached = reach(&own_entry(&real), ResolveFlags::NO_SYMLINKS);
    reached.is_err_and(|error| error.raw_os_error() == Some(libc::ELOOP))
}

fn reach(path: &Path, resolve: ResolveFlags) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let resolve = resolve | ResolveFlags::NO_MAGICLINKS;
    Ok(openat2(CWD, path, flags, Mode::empty(), resolve)?)
}

/// Follows the links of a path. Of one to a file that is not there, those of its folder.
fn linked(path: &AbsolutePath) -> AbsolutePath {
    if let Ok(file) = reach(path.as_path(), ResolveFlags::empty())
        && let Some(real) = path_of(&file)
    {
        return real;
    }
    let (Some(folder), Some(name)) = (path.parent(), path.as_path().file_name()) else {
        return path.clone();
    };
    // A link that leads nowhere stays what it is: it is never followed.
    let folder = reach(folder, ResolveFlags::empty());
    let real = folder.ok().and_then(|folder| path_of(&folder));
    let real = real.and_then(|folder| AbsolutePath::new(folder.as_path(), Path::new(name)));
    real.unwrap_or_else(|| path.clone())
}

/// The path of what is open, unless it has none any more.
fn path_of(file: &OwnedFd) -> Option<AbsolutePath> {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let path = std::fs::read_link(link).ok()?;
    let is_there = rustix::fs::fstat(file).is_ok_and(|found| found.st_nlink > 0);
    AbsolutePath::absolute(&path).filter(|_| is_there)
}

/// What a process reads of itself has the same name for all: `/proc/self/…`, and `/proc/net/…`.
fn of_any_process(path: AbsolutePath) -> AbsolutePath {
    let Ok(rest) = path.as_path().strip_prefix(own_folder()) else {
        return path;
    };
    let mut parts = rest.components();
    let task = rest.starts_with("task") && rest.components().count() > 2;
    if task {
        parts.nth(1);
    }
    let rest = parts.as_path();
    let canonical = match rest.strip_prefix("net") {
        Ok(net) => Path::new("/proc/net").join(net),
        Err(_) => Path::new("/proc/self").join(rest),
    };
    AbsolutePath::absolute(&canonical).unwrap_or(path)
}

/// The same as a path without links, of this process.
fn own_entry(path: &AbsolutePath) -> PathBuf {
    let path = path.as_path();
    let own = |rest: &Path| match rest.as_os_str().as_bytes() {
        [] => own_folder(),
        _ => own_folder().join(rest),
    };
    if let Ok(rest) = path.strip_prefix("/proc/self") {
        own(rest)
    } else if path.starts_with("/proc/net") {
        own(path.strip_prefix("/proc").unwrap_or(path))
    } else {
        path.into()
    }
}

fn own_folder() -> PathBuf {
    PathBuf::from(format!("/proc/{}", std::process::id()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::os::unix::fs::symlink;

    use super::*;

    fn path(text: &str) -> AbsolutePath {
        AbsolutePath::absolute(Path::new(text)).unwrap()
    }

    fn real(path: &Path) -> AbsolutePath {
        resolve(&AbsolutePath::absolute(path).unwrap())
    }

    #[test]
    fn links_lead_to_one_path_and_are_not_followed_by_open() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        std::fs::create_dir(base.join("real")).unwrap();
        std::fs::write(base.join("real/file"), "x").unwrap();
        symlink("real", base.join("folder")).unwrap();
        symlink("folder/file", base.join("link")).unwrap();
        symlink(base.join("link"), base.join("twice")).unwrap();
        symlink("nowhere", base.join("broken")).unwrap();
        symlink("self", base.join("self")).unwrap();
        let file = AbsolutePath::absolute(&base.join("real/file")).unwrap();
        for spelled in [
            "real/file",
            "folder/file",
            "link",
            "twice",
            "folder/../real/./file",
        ] {
            assert_eq!(real(&base.join(spelled)), file, "{spelled}");
        }
        let absent = AbsolutePath::absolute(&base.join("real/absent")).unwrap();
        assert_eq!(real(&base.join("folder/absent")), absent);
        for link in ["broken", "self"] {
            assert_eq!(real(&base.join(link)).as_path(), base.join(link));
        }
        assert!(open(&file).is_ok());
        for link in ["folder/file", "link", "twice", "broken", "self"] {
            let link = AbsolutePath::absolute(&base.join(link)).unwrap();
            let error = open(&link).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ELOOP), "{link}");
        }
    }

    #[test]
    fn magic_links_lead_nowhere() {
        for text in [
            "/proc/self/root/etc/passwd",
            "/proc/thread-self/root/etc/passwd",
            "/proc/1/root/etc/passwd",
            "/proc/self/cwd/etc/passwd",
            "/proc/self/fd/0",
        ] {
            let real = resolve(&path(text));
            assert_ne!(real, path("/etc/passwd"), "{text}");
            assert!(open(&real).is_err(), "{text} is {real}");
            assert!(is_closed(&path(text)), "{text}");
        }
    }

    #[test]
    fn what_a_process_reads_of_itself_has_one_name() {
        let pid = std::process::id();
        for text in [
            "/proc/net/dev".to_owned(),
            "/proc/self/net/dev".to_owned(),
            format!("/proc/{pid}/net/dev"),
            "/proc/thread-self/net/dev".to_owned(),
        ] {
            let real = resolve(&path(&text));
            assert_eq!(real, path("/proc/net/dev"), "{text}");
            assert!(open(&real).is_ok(), "{text}");
        }
        assert_eq!(resolve(&path("/proc/mounts")), path("/proc/self/mounts"));
        assert!(open(&path("/proc/self/mounts")).is_ok());
    }
}
