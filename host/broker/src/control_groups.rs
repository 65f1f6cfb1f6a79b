//! The control groups of version 2 (cgroups(7)): folders of a file system, whose inodes are the numbers by which the
//! kernel names them.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirEntryExt, MetadataExt};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::printable::printable;

/// No more are told.
const MOST: usize = 1 << 16;

/// A control group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlGroup {
    /// The kernel's number for it.
    pub id: u64,
    /// From the folder where they are mounted on, in printable form.
    pub path: String,
}

/// Those that can be seen, and the folder where they are mounted.
pub(super) fn list() -> io::Result<(String, Vec<ControlGroup>)> {
    let mounts = BufReader::new(File::open("/proc/self/mountinfo")?);
    let mut folders = mounts.lines().map_while(Result::ok);
    let folder = folders.find_map(|line| mounted(&line));
    let folder = folder.ok_or_else(|| io::Error::from_raw_os_error(libc::ENOENT))?;
    let groups = below(&folder)?;
    Ok((printable(folder.as_os_str().as_bytes()), groups))
}

/// Where a line of mountinfo (proc(5)) has them mounted. A folder with blanks in its name, which is written in octal
/// digits there, is none of the usual ones.
fn mounted(line: &str) -> Option<PathBuf> {
    let (place, kind) = line.split_once(" - ")?;
    let is_wanted = kind.split(' ').next() == Some("cgroup2");
    place
        .split(' ')
        .nth(4)
        .filter(|_| is_wanted)
        .map(PathBuf::from)
}

/// A folder and the folders below it, each behind the one that it is in. One that is removed meanwhile is left out.
fn below(folder: &Path) -> io::Result<Vec<ControlGroup>> {
    let mut groups = vec![ControlGroup {
        id: fs::metadata(folder)?.ino(),
        path: "/".into(),
    }];
    let mut folders = vec![folder.to_owned()];
    while let Some(above) = folders.pop() {
        let Ok(entries) = fs::read_dir(&above) else {
            continue;
        };
        for entry in entries.flatten() {
            if groups.len() == MOST || !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let path = entry.path();
            let shown = path.strip_prefix(folder).unwrap_or(&path).as_os_str();
            groups.push(ControlGroup {
                id: entry.ino(),
                path: format!("/{}", printable(shown.as_bytes())),
            });
            folders.push(path);
        }
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn each_folder_is_a_group() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("a/b\nc")).unwrap();
        fs::write(folder.path().join("a/file"), "").unwrap();
        let groups = below(folder.path()).unwrap();
        let paths: Vec<&str> = groups.iter().map(|group| group.path.as_str()).collect();
        assert_eq!(paths, ["/", "/a", "/a/b\\nc"]);
        let id = fs::metadata(folder.path().join("a")).unwrap().ino();
        assert_eq!(groups[1].id, id);
    }

    #[test]
    fn only_version_2_is_taken() {
        let line = "29 21 0:25 / /sys/fs/cgroup/unified rw,nosuid shared:9 - cgroup2 cgroup2 rw";
        assert_eq!(mounted(line), Some("/sys/fs/cgroup/unified".into()));
        for line in [
            "30 21 0:26 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids",
            "1 2 0:1 / / rw - ext4 /dev/cgroup2 rw",
            "",
        ] {
            assert_eq!(mounted(line), None);
        }
    }
}
