//! Whether this user can write to a place, also if it does not exist yet, and whether others could.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, StatVfsMountFlags, accessat, statvfs};

use nethost_core::owned_path::{self, Owner};

/// Why nothing can be written there.
pub(super) enum Obstacle {
    /// Others can write there, in the words of the check.
    Owner(String),
    /// The file system is read-only.
    ReadOnly(PathBuf),
    /// This user may not.
    Rights(PathBuf),
}

impl Obstacle {
    pub(super) fn found(&self) -> String {
        match self {
            Self::Owner(words) => words.clone(),
            Self::ReadOnly(at) => format!("the file system of {} is read-only", at.display()),
            Self::Rights(at) => format!("this user may not write to {}", at.display()),
        }
    }
}

/// Whether this user can write files in a folder, and nobody but root else. Folders that do not exist would be created.
pub(super) fn writable(folder: &Path) -> Result<(), Obstacle> {
    judged(folder)?;
    let there = folder.ancestors().find(|folder| folder.exists());
    let there = there.unwrap_or(Path::new("/"));
    if statvfs(there).is_ok_and(|facts| facts.f_flag.contains(StatVfsMountFlags::RDONLY)) {
        return Err(Obstacle::ReadOnly(there.into()));
    }
    let rights = Access::WRITE_OK | Access::EXEC_OK;
    match accessat(CWD, there, rights, AtFlags::EACCESS) {
        Ok(()) => Ok(()),
        Err(rustix::io::Errno::ROFS) => Err(Obstacle::ReadOnly(there.into())),
        Err(_) => Err(Obstacle::Rights(there.into())),
    }
}

/// Whether nobody but root and this user can change where a path leads.
pub(super) fn judged(path: &Path) -> Result<(), Obstacle> {
    owned_path::judge(path, Owner::RootOrSelf).map_err(|error| Obstacle::Owner(error.to_string()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_folder_of_ones_own_can_be_written_to() {
        let folder = tempfile::tempdir().unwrap();
        assert!(writable(&folder.path().join("a/b")).is_ok());
        let open = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let Err(Obstacle::Owner(words)) = writable(folder.path()) else {
            unreachable!("others can write to it");
        };
        assert!(words.contains("chmod go-w"), "{words}");
    }

    #[test]
    fn a_read_only_file_system_is_named() {
        let Err(obstacle) = writable(Path::new("/proc/sys/nowhere")) else {
            return;
        };
        assert!(obstacle.found().contains("/proc"), "{}", obstacle.found());
    }
}
