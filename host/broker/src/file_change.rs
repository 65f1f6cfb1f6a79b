//! Changes to files for the operations, and what a request to write says beside its path.
//!
//! A file is reached by the path that was judged, with no link followed (openat2(2)).

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;

use rustix::fs::{
    AtFlags, CWD, FileType, Gid, Mode, OFlags, ResolveFlags, Timespec, Timestamps, Uid, fchmod,
    fchown, fstat, ftruncate, mkdirat, openat, openat2, renameat, statat, unlinkat, utimensat,
};
use rustix::io::Errno;

use crate::capabilities::unix::{folder_of, reach, with_umask};
use nethost_core::{AbsolutePath, Request};

/// What becomes of a file that may be there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// There must be none.
    Create,
    /// It is emptied, or created.
    Replace,
    /// It is extended, or created.
    Append,
}

impl Opening {
    const ALL: [Self; 3] = [Self::Create, Self::Replace, Self::Append];

    /// What a request to open a file for writing says.
    pub fn said(self, permissions: u32) -> Vec<(&'static str, String)> {
        let mode = match self {
            Self::Create => "create",
            Self::Replace => "replace",
            Self::Append => "append",
        };
        vec![
            ("mode", mode.into()),
            ("permissions", format!("{permissions:04o}")),
        ]
    }

    /// What a request is for, and the permission bits of a new file.
    pub(super) fn of(request: &Request) -> Option<(Self, u32)> {
        let (_, bits) = request.changes.get(1)?;
        let bits = u32::from_str_radix(bits, 8).ok()?;
        let bits = Some(bits).filter(|bits| *bits <= 0o777)?;
        // What is on record is what it is, in this one form.
        let mut all = Self::ALL.into_iter();
        let opening = all.find(|opening| request.changes == opening.said(bits))?;
        Some((opening, bits))
    }
}

/// Opens a regular file for writing. It is looked at before it is emptied, and never waits for a FIFO.
pub(super) fn open(
    path: &AbsolutePath,
    opening: Opening,
    permissions: u32,
    umask: Option<Mode>,
) -> io::Result<File> {
    // To open a device can be an act of its own, such as starting a watchdog.
    match reach(path, OFlags::PATH) {
        Ok(there) if !is_regular(&there)? && opening != Opening::Create => {
            return Err(Errno::INVAL.into());
        }
        _ => {}
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOCTTY;
    let flags = flags
        | OFlags::NONBLOCK
        | match opening {
            Opening::Create => OFlags::EXCL,
            Opening::Replace => OFlags::empty(),
            Opening::Append => OFlags::APPEND,
        };
    let followed = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
    let mode = Mode::from_raw_mode(permissions);
    let opened: OwnedFd = with_umask(umask, || {
        Ok(openat2(CWD, path.as_path(), flags, mode, followed)?)
    })?;
    if !is_regular(&opened)? {
        return Err(Errno::INVAL.into());
    }
    if opening == Opening::Replace {
        ftruncate(&opened, 0)?;
    }
    Ok(opened.into())
}

/// Makes the folders above a file that are missing, from the lowest that is there: all of them, or none if one is
/// denied.
pub(super) fn make_folders(
    path: &AbsolutePath,
    umask: Option<Mode>,
    is_denied: impl Fn(AbsolutePath) -> bool,
) -> io::Result<()> {
    let flags = OFlags::PATH | OFlags::DIRECTORY;
    let mut missing = Vec::new();
    let mut place = path.parent().ok_or(Errno::INVAL)?;
    let mut folder = loop {
        match reach(place, flags) {
            Ok(folder) => break folder,
            Err(error) if error.raw_os_error() == Some(libc::ENOENT) => {
                if AbsolutePath::absolute(place).is_none_or(&is_denied) {
                    return Err(Errno::ACCESS.into());
                }
                missing.push(place.file_name().ok_or(Errno::NOENT)?);
                place = place.parent().ok_or(Errno::NOENT)?;
            }
            Err(error) => return Err(error),
        }
    };
    with_umask(umask, || {
        for name in missing.iter().rev() {
            match mkdirat(&folder, *name, Mode::from_raw_mode(0o777)) {
                // Somebody else has made it meanwhile.
                Ok(()) | Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
            let flags = flags | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            folder = openat(&folder, *name, flags, Mode::empty())?;
        }
        Ok(())
    })
}

/// How often another name is tried for a file that is being written.
const TRIES: u32 = 5;

/// Replaces a regular file at once, or creates it.
pub(super) fn replace(path: &AbsolutePath, contents: &[u8], umask: Option<Mode>) -> io::Result<()> {
    let (folder, name) = folder_of(path)?;
    let there = match statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => None,
        there => Some(there?),
    };
    let is_file = |kind| FileType::from_raw_mode(kind) == FileType::RegularFile;
    if there.as_ref().is_some_and(|there| !is_file(there.st_mode)) {
        return Err(Errno::INVAL.into());
    }
    // Until it has the permissions of the old one, nobody else reads it.
    let mode = there.as_ref().map_or(0o666, |_| 0o600);
    let (beside, new) = with_umask(umask, || create_beside(&folder, Mode::from_raw_mode(mode)))?;
    let mut new = File::from(new);
    let mut write = || -> io::Result<()> {
        new.write_all(contents)?;
        if let Some(there) = &there {
            let (user, group) = (Uid::from_raw(there.st_uid), Gid::from_raw(there.st_gid));
            // Only root may give a file away. Without that right it is the user's who writes it.
            let _ = fchown(&new, Some(user), Some(group));
            fchmod(&new, Mode::from_raw_mode(there.st_mode & 0o777))?;
        }
        new.sync_all()?;
        Ok(renameat(&folder, &*beside, &folder, name)?)
    };
    let replaced = write();
    if replaced.is_err() {
        // The first error is the one to tell.
        let _ = unlinkat(&folder, &*beside, AtFlags::empty());
    }
    replaced
}

/// A new file in a folder, with a name that nobody has.
fn create_beside(folder: &OwnedFd, mode: Mode) -> io::Result<(String, OwnedFd)> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    for _ in 0..TRIES {
        let mut random = [0; 8];
        rustix::rand::getrandom(&mut random, rustix::rand::GetRandomFlags::empty())?;
        let name = format!(".nethost-{:016x}", u64::from_ne_bytes(random));
        match openat(folder, &*name, flags, mode) {
            Err(Errno::EXIST) => {}
            opened => return Ok((name, opened?)),
        }
    }
    Err(Errno::EXIST.into())
}

/// Removes a regular file.
pub(super) fn remove(path: &AbsolutePath) -> io::Result<()> {
    let (folder, name) = regular(path)?;
    Ok(unlinkat(&folder, name, AtFlags::empty())?)
}

/// Sets when a regular file was last written; last read is left as it is.
pub(super) fn set_modified(path: &AbsolutePath, seconds: i64) -> io::Result<()> {
    let (folder, name) = regular(path)?;
    let at = |tv_sec, tv_nsec| Timespec { tv_sec, tv_nsec };
    let times = Timestamps {
        last_access: at(0, rustix::fs::UTIME_OMIT),
        last_modification: at(seconds, 0),
    };
    Ok(utimensat(&folder, name, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

fn is_regular(file: &OwnedFd) -> io::Result<bool> {
    Ok(FileType::from_raw_mode(fstat(file)?.st_mode) == FileType::RegularFile)
}

fn regular(path: &AbsolutePath) -> io::Result<(OwnedFd, &std::ffi::OsStr)> {
    let (folder, name) = folder_of(path)?;
    let found = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => Ok((folder, name)),
        _ => Err(Errno::INVAL.into()),
    }
}
