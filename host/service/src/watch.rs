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

/// These policies for a user. Nobody if the user was in the password file before and is not any more, or if a policy now
/// requires another signer.
pub fn still(policies: Policies, subject: &Subject, user: User, before: &Listed) -> Reloaded {
    let now = User::listed(user.uid);
    if before.known && !now.known {
        return Reloaded::Nobody(format!("/etc/passwd has no user {} any more", user.uid));
    }
    let subject = Subject {
        user: user.without_lost(before, &now),
        ..subject.clone()
    };
    if let Some(why) = policies.unsigned(&subject) {
        return Reloaded::Nobody(why);
    }
    Reloaded::Policies(Box::new(policies), Box::new(subject))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use nethost_policy::{Names, parse};

    #[test]
    fn a_policy_that_now_requires_another_signer_ends_the_run() {
        let names = Names {
            capabilities: &[],
            plugins: &[],
        };
        let policies = |text: &str| Policies {
            ceiling: Some(parse("p.toml", text, names).unwrap()),
            ..Policies::default()
        };
        let user = User::current();
        let listed = User::listed(user.uid);
        let still = |text: &str| still(policies(text), &Subject::default(), user.clone(), &listed);
        assert!(matches!(still("version = 1"), Reloaded::Policies(..)));
        let Reloaded::Nobody(why) = still("version = 1\n[signers]\nrequired = []") else {
            panic!("it goes on");
        };
        assert!(why.contains("requires the signature"), "{why}");
    }
}
