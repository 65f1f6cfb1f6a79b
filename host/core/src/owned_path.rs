//! Who can change the target of a path. A file that decides or proves something, such as a policy, a grant, the audit
//! log, its key or native code, is only used if nobody but root and one user can have written it. Each folder from /
//! on is checked, with all symbolic links and the file itself.
//!
//! A user who can write to one of the folders can replace the next file or folder of the path. In a sticky folder
//! such as /tmp, only the owner of an entry can replace it (unlink(2)), so there the owner of the next component is
//! checked. An ACL entry that allows writing is visible in the mode of the file, because the group bits are its mask
//! (acl(5)).

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::User;

/// The same limit of symbolic links as the kernel (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// Who may own the components of a path, and so change what it leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// Only root: for files that apply to all users.
    Root,
    /// Root and the acting user.
    RootOrSelf,
    /// Root, the acting user, and the owner of the file itself, whom the operator trusts by naming the file.
    WhoseItIs,
}

/// A component of a path that other users can change.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// By its owner.
    #[error(
        "{shown} belongs to user {owner}, who can change what is there; it must be {wanted}: `chown` it, or use another place",
        shown = .component.display()
    )]
    Owner {
        /// Which.
        component: PathBuf,
        /// Whose it is.
        owner: u32,
        /// The required owner.
        wanted: String,
    },
    /// By its mode.
    #[error(
        "others can write to {shown} (user {owner}'s, mode {mode:04o}), and so change what is there; `chmod go-w {shown}`, or use another place",
        shown = .component.display()
    )]
    Mode {
        /// Which.
        component: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Its mode.
        mode: u32,
    },
    /// The system's.
    #[error("{shown}: {source}", shown = .component.display())]
    System {
        /// Which.
        component: PathBuf,
        /// What it said.
        source: io::Error,
    },
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        match error {
            Error::System { ref source, .. } => Self::new(source.kind(), error.to_string()),
            _ => Self::new(io::ErrorKind::PermissionDenied, error.to_string()),
        }
    }
}

/// Checks each existing component of a path. The walk ends at the first component that does not exist. Whoever
/// creates it checks the path again.
pub fn judge(path: &Path, owner: Owner) -> Result<(), Error> {
    let system = |component: &Path, source| Error::System {
        component: component.into(),
        source,
    };
    let path = std::path::absolute(path).map_err(|error| system(path, error))?;
    let judge = Judge::new(&path, owner);
    let mut left: VecDeque<OsString> = names(&path).collect();
    let mut here = PathBuf::from("/");
    let mut links = 0;
    judge.component(&here, &facts(&here).map_err(|error| system(&here, error))?)?;
    while let Some(name) = left.pop_front() {
        if name == ".." {
            // The folders above have been checked already.
            here.pop();
            continue;
        }
        let next = here.join(&name);
        let found = match facts(&next) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            found => found.map_err(|error| system(&next, error))?,
        };
        judge.component(&next, &found)?;
        if !found.is_symlink() {
            here = next;
            continue;
        }
        links += 1;
        if links > MOST_LINKS {
            let error = io::Error::from_raw_os_error(libc::ELOOP);
            return Err(system(&next, error));
        }
        let target = std::fs::read_link(&next).map_err(|error| system(&next, error))?;
        if target.is_absolute() {
            here = PathBuf::from("/");
        }
        for name in names(&target).collect::<Vec<_>>().into_iter().rev() {
            left.push_front(name);
        }
    }
    Ok(())
}

fn facts(path: &Path) -> io::Result<Metadata> {
    std::fs::symlink_metadata(path)
}

fn names(path: &Path) -> impl Iterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some(OsStr::new("..").to_owned()),
        _ => None,
    })
}

struct Judge {
    may_own: Vec<u32>,
}

impl Judge {
    fn new(path: &Path, owner: Owner) -> Self {
        let own = rustix::process::geteuid().as_raw();
        let may_own = match owner {
            Owner::Root => vec![0],
            Owner::RootOrSelf => vec![0, own],
            Owner::WhoseItIs => {
                let theirs = std::fs::metadata(path).map(|found| found.uid());
                [0, own].into_iter().chain(theirs).collect()
            }
        };
        Self { may_own }
    }

    fn component(&self, path: &Path, found: &Metadata) -> Result<(), Error> {
        let (owner, mode) = (found.uid(), found.mode() & 0o7777);
        // A folder from outside of a user namespace. Its owner is not visible inside.
        let may_own =
            self.may_own.contains(&owner) || (found.is_dir() && Some(owner) == unmapped());
        if !may_own {
            return Err(Error::Owner {
                component: path.into(),
                owner,
                wanted: self.wanted(),
            });
        }
        let sticky = found.is_dir() && mode & 0o1000 != 0;
        // The mode of a link has no meaning.
        if found.is_symlink() || mode & 0o022 == 0 || sticky {
            return Ok(());
        }
        if mode & 0o002 == 0 && group_is_harmless(path, found) {
            return Ok(());
        }
        Err(Error::Mode {
            component: path.into(),
            owner,
            mode,
        })
    }

    fn wanted(&self) -> String {
        let mut others: Vec<_> = self.may_own.iter().filter(|id| **id != 0).collect();
        others.dedup();
        let others = others.into_iter().map(|id| format!(" or user {id}'s"));
        std::iter::once("root's".to_owned()).chain(others).collect()
    }
}

/// The user ID that stands for owners outside of a user namespace (user_namespaces(7)).
fn unmapped() -> Option<u32> {
    let read = |path| std::fs::read_to_string(path).ok();
    let map = read("/proc/self/uid_map")?;
    let all = map.split_whitespace().eq(["0", "0", "4294967295"]);
    if all {
        return None;
    }
    read("/proc/sys/kernel/overflowuid")?.trim().parse().ok()
}

/// Whether the group that can write here contains only the owner. Many distributions create a private group for each
/// user, with a umask that lets the group write. One shared folder is accepted as Ubuntu has it: /var/log, to which
/// the group of the system logger can write.
fn group_is_harmless(path: &Path, found: &Metadata) -> bool {
    let (owner, group) = (found.uid(), found.gid());
    if !found.is_dir() {
        return false;
    }
    if owner == 0 {
        return path == Path::new("/var/log") && User::group_id("syslog") == Some(group);
    }
    User::has_private_group(owner, group)
}

#[cfg(test)]
mod tests;
