//! Checks whether the reasons to allow a run still exist: its policies, and its user.

use std::path::{Path, PathBuf};

use nethost_core::{Listed, User};
use nethost_policy::{Policies, Reloaded, SYSTEM_FILE, Subject};

/// The sources of each run's policy. A user who can write to the folder can write to the policy.
pub fn watched_files() -> Vec<PathBuf> {
    let system = Path::new(SYSTEM_FILE);
    let files = [system, Path::new("/etc/passwd"), Path::new("/etc/group")];
    let files = files.into_iter().chain(system.parent());
    files.map(Path::to_owned).collect()
}

/// These policies for a user. None if the user was in the password file before and is not any more.
pub fn still(policies: Policies, subject: &Subject, user: User, before: &Listed) -> Reloaded {
    let now = User::listed(user.uid);
    if before.known && !now.known {
        return Reloaded::Nobody(format!("/etc/passwd has no user {} any more", user.uid));
    }
    let subject = Subject {
        user: user.without_lost(before, &now),
        ..subject.clone()
    };
    Reloaded::Policies(Box::new(policies), Box::new(subject))
}
