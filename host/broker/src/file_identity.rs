//! Which file is at a path, by device and inode, and which files are below it.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use rustix::fs::{major, minor};
use serde::{Deserialize, Serialize};

/// No more are told.
const MOST: usize = 1 << 20;

/// Which entries of folders are told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Walk {
    /// Those of the folder.
    pub entries: bool,
    /// Those of the folders below it too.
    pub tree: bool,
    /// Also those in other file systems.
    pub file_systems: bool,
    /// Symbolic links are followed.
    pub links: bool,
}

/// Which file it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIdentity {
    /// Its path, as far as it is UTF-8.
    pub path: String,
    /// It is a folder.
    pub folder: bool,
    /// st_dev.
    pub device: (u32, u32),
    /// st_ino.
    pub inode: u64,
    /// st_rdev of a device's file.
    pub special: Option<(u32, u32)>,
    /// The errno with which a folder could not be listed.
    pub problem: Option<u32>,
}

impl FileIdentity {
    fn of(path: &Path, facts: &fs::Metadata) -> Self {
        let kind = facts.file_type();
        let numbers = |device| (major(device), minor(device));
        let is_device = kind.is_char_device() || kind.is_block_device();
        Self {
            path: String::from_utf8_lossy(path.as_os_str().as_bytes()).into_owned(),
            folder: kind.is_dir(),
            device: numbers(facts.dev()),
            inode: facts.ino(),
            special: is_device.then(|| numbers(facts.rdev())),
            problem: None,
        }
    }
}

/// What is at a path without links, then what is below it. Folders that are `closed` are not looked into. The list takes no
/// more than so many bytes, half of them as it is written.
pub(super) fn identify(
    path: &Path,
    walk: Walk,
    closed: impl Fn(&Path) -> bool,
    most: usize,
) -> io::Result<Vec<FileIdentity>> {
    let facts = fs::symlink_metadata(path)?;
    let (device, mut seen) = (facts.dev(), HashSet::new());
    let mut found = vec![FileIdentity::of(path, &facts)];
    let mut size = 0;
    let mut folders: Vec<(PathBuf, usize)> = Vec::new();
    if walk.entries && facts.is_dir() {
        seen.insert((facts.dev(), facts.ino()));
        folders.push((path.to_owned(), 0));
    }
    while let Some((folder, place)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                // One that has gone is none.
                let errno = error.raw_os_error().filter(|errno| *errno != libc::ENOENT);
                found[place].problem = errno.map(i32::cast_unsigned);
                continue;
            }
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let Ok(mut facts) = entry.metadata() else {
                continue;
            };
            if !walk.file_systems && facts.dev() != device {
                continue;
            }
            if facts.is_symlink() {
                match fs::metadata(&path) {
                    Ok(target) if walk.links => facts = target,
                    _ => continue,
                }
            }
            let is_folder = facts.is_dir();
            if is_folder && closed(&path) {
                continue;
            }
            let identity = FileIdentity::of(&path, &facts);
            size += size_of_val(&identity) + identity.path.len();
            if found.len() == MOST || 2 * size > most {
                return Err(io::Error::from_raw_os_error(libc::EFBIG));
            }
            found.push(identity);
            if is_folder && walk.tree && seen.insert((facts.dev(), facts.ino())) {
                folders.push((path, found.len() - 1));
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_tree_is_walked_as_far_as_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("a/b")).unwrap();
        fs::create_dir_all(at("closed")).unwrap();
        for name in ["one", "a/two", "a/b/three", "closed/four"] {
            fs::write(at(name), "").unwrap();
        }
        // A link to what is above it does not lead on without end.
        std::os::unix::fs::symlink(folder.path(), at("a/b/link")).unwrap();
        let walked = |walk| {
            let closed = |path: &Path| path.ends_with("closed");
            let found = identify(folder.path(), walk, closed, 1 << 20).unwrap();
            let below = |one: &FileIdentity| {
                let path = Path::new(&one.path).strip_prefix(folder.path()).unwrap();
                path.display().to_string()
            };
            let mut names: Vec<String> = found.iter().map(below).collect();
            names.sort_unstable();
            names
        };
        let entries = Walk {
            entries: true,
            ..Walk::default()
        };
        let tree = Walk {
            tree: true,
            ..entries
        };
        let links = Walk {
            links: true,
            ..tree
        };
        assert_eq!(walked(Walk::default()), [""]);
        assert_eq!(walked(entries), ["", "a", "one"]);
        let all = ["", "a", "a/b", "a/b/three", "a/two", "one"];
        assert_eq!(walked(tree), all);
        assert!(walked(links).contains(&"a/b/link".to_owned()));
        assert!(identify(folder.path(), tree, |_| false, 64).is_err());
        let found = identify(&at("one"), tree, |_| false, 64).unwrap();
        assert_eq!(found[0].inode, fs::metadata(at("one")).unwrap().ino());
    }
}
