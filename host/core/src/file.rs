//! Resolves a path to its real path, and opens exactly that file.
//!
//! A path is resolved first. Its real path is then judged, and the file is opened by its real path without following
//! links (openat2(2)). So the file that is opened is the file that was judged, even if somebody replaces a link in
//! between. This does not detect another hard link to the same file or a bind mount of it: each of these is a
//! separate path.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2, readlinkat};

use super::AbsolutePath;

/// The real path of a file: without symbolic links, as far as the path can be resolved. The file itself is not
/// opened. A path through a magic link (proc(5)), whose target has no path, is returned unchanged and is never
/// opened.
pub fn resolve(path: &AbsolutePath) -> AbsolutePath {
    walk(path).path
}

/// True for a path by which no file can be opened: one through a magic link, or with a loop of links.
pub fn is_closed(path: &AbsolutePath) -> bool {
    walk(path).closed
}

/// Opens a file for reading by its real path. It does not wait for a writer of a FIFO.
pub fn open(path: &AbsolutePath) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let followed = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let opened = openat2(
        CWD,
        own_entry(path).as_path(),
        flags,
        Mode::empty(),
        followed,
    )?;
    Ok(opened.into())
}

/// The same limit as the kernel.
const MOST_LINKS: usize = 40;

/// The target of a path.
struct Walk {
    path: AbsolutePath,
    closed: bool,
}

fn walk(path: &AbsolutePath) -> Walk {
    let ends = |path: AbsolutePath, closed| Walk {
        path: of_any_process(path),
        closed,
    };
    let mut current = own_entry(path);
    for _ in 0..MOST_LINKS {
        let (Some(folder), Some(name)) = (current.parent(), current.as_path().file_name()) else {
            return ends(current, false);
        };
        let folder = match reach(folder) {
            Ok(folder) => folder,
            // What is missing has no links: what is there above it is resolved.
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                let above = AbsolutePath::absolute(folder).map(|folder| walk(&folder));
                let path = above
                    .as_ref()
                    .and_then(|above| above.path.join(Path::new(name)));
                let closed = above.is_some_and(|above| above.closed);
                return ends(path.unwrap_or_else(|| current.clone()), closed);
            }
            Err(error) => return ends(current, error.raw_os_error() == Some(libc::ELOOP)),
        };
        let real = path_of(&folder);
        let Some(here) = real.as_ref().and_then(|real| real.join(Path::new(name))) else {
            return ends(current, false);
        };
        let Ok(target) = readlinkat(&folder, name, Vec::new()) else {
            return ends(here, false);
        };
        // Links in the folders of processes in proc(5) are magic. Links in its root are not.
        let of_process = here.parent() != Some(Path::new("/proc")) && is_proc(&folder);
        let target = Path::new(OsStr::from_bytes(target.as_bytes()));
        match real.and_then(|real| real.join(target)) {
            Some(next) if !of_process => current = own_entry(&next),
            _ => return ends(here, true),
        }
    }
    ends(current, true)
}

/// The folder of a file, with ordinary links resolved.
fn reach(folder: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let followed = ResolveFlags::NO_MAGICLINKS;
    Ok(openat2(CWD, folder, flags, Mode::empty(), followed)?)
}

fn is_proc(folder: &OwnedFd) -> bool {
    rustix::fs::fstatfs(folder).is_ok_and(|found| found.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

/// The path of an open file, if it still has one.
fn path_of(file: &OwnedFd) -> Option<AbsolutePath> {
    let link = format!("/proc/self/fd/{}", file.as_raw_fd());
    let path = std::fs::read_link(link).ok()?;
    let is_there = rustix::fs::fstat(file).is_ok_and(|found| found.st_nlink > 0);
    AbsolutePath::absolute(&path).filter(|_| is_there)
}

/// Files of proc(5) about the reading process itself have one name for all processes: `/proc/self/…`, and
/// `/proc/net/…`.
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

/// The same path without links, for this process.
fn own_entry(path: &AbsolutePath) -> AbsolutePath {
    let rest = match path.as_path().strip_prefix("/proc/self") {
        Err(_) if path.as_path().starts_with("/proc/net") => path.as_path().strip_prefix("/proc"),
        rest => rest,
    };
    let own = rest.ok().map(|rest| own_folder().join(rest));
    own.and_then(|own| AbsolutePath::absolute(&own))
        .unwrap_or_else(|| path.clone())
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
        let deep = AbsolutePath::absolute(&base.join("real/a/b/c")).unwrap();
        assert_eq!(real(&base.join("folder/a/b/c")), deep);
        assert_eq!(real(&base.join("broken")).as_path(), base.join("nowhere"));
        let below = base.join("nowhere/a");
        assert_eq!(real(&base.join("broken/a")).as_path(), below);
        assert!(is_closed(
            &AbsolutePath::absolute(&base.join("self/a/b")).unwrap()
        ));
        let endless = AbsolutePath::absolute(&base.join("self")).unwrap();
        assert_eq!(
            (resolve(&endless), is_closed(&endless)),
            (endless.clone(), true)
        );
        assert!(open(&file).is_ok());
        for link in ["folder/file", "link", "twice", "broken", "self"] {
            let link = AbsolutePath::absolute(&base.join(link)).unwrap();
            let error = open(&link).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(libc::ELOOP), "{link}");
        }
    }

    /// docs/policy.md says that this is not promised.
    #[test]
    fn a_hard_link_is_a_path_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let base = folder.path().canonicalize().unwrap();
        std::fs::write(base.join("file"), "x").unwrap();
        std::fs::hard_link(base.join("file"), base.join("link")).unwrap();
        let link = AbsolutePath::absolute(&base.join("link")).unwrap();
        assert_eq!(resolve(&link), link);
        assert!(open(&link).is_ok());
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
            // A user who may not inspect another process does not learn that this is a magic link.
            assert!(
                is_closed(&path(text)) || text.starts_with("/proc/1/"),
                "{text}"
            );
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
