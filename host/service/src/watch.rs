//! Whether what allows a run is still there: its policies, and its user.

use std::path::{Path, PathBuf};

use nethost_core::{Listed, User};
use nethost_policy::{Policies, Reloaded, SYSTEM_FILE, Subject};

/// What each run's policy is from. Who can write to the folder can write to the policy.
pub fn watched_files() -> Vec<PathBuf> {
    let system = Path::new(SYSTEM_FILE);
    let files = [system, Path::new("/etc/passwd"), Path::new("/etc/group")];
    let files = files.into_iter().chain(system.parent());
    files.map(Path::to_owned).collect()
}

/// These policies for a user, unless there is no such user any more, whom the password file had before.
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
