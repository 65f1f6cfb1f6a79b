//! Files (landlock(7)): those that the rooms of this plugin read themselves, its compiled form, and no other.

use std::os::fd::BorrowedFd;

use landlock::{
    ABI, Access, AccessFs, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    Scope, path_beneath_rules,
};

use super::sys;

/// Restricts this process to these, as far as this kernel can; and to signals to itself. What is open stays open.
pub(super) fn restrict(files: &[&str], code: Option<BorrowedFd<'_>>) -> Result<(), RulesetError> {
    let known = ABI::V6;
    let code = code.map(|code| Ok::<_, RulesetError>(PathBeneath::new(code, AccessFs::ReadFile)));
    Ruleset::default()
        .handle_access(AccessFs::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?
        .add_rules(path_beneath_rules(
            files,
            AccessFs::ReadFile | AccessFs::ReadDir,
        ))?
        .add_rules(code)?
        .restrict_self()
        .map(drop)
}

/// What of it this kernel lacks, in words of the audit log: `files` where it has no Landlock at all. What came
/// with later versions (landlock(7), VERSIONS) the list of system calls refuses as well, but for files.
pub fn lacking() -> Vec<&'static str> {
    lacking_in(sys::landlock_version())
}

fn lacking_in(version: i32) -> Vec<&'static str> {
    let since = [
        (1, "files"),
        (2, "links"),
        (3, "truncation"),
        (4, "tcp"),
        (5, "devices"),
        (6, "signals"),
    ];
    let missing = since.iter().filter(|(since, _)| version < *since);
    missing.map(|(_, what)| *what).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kernel_lacks_is_named() {
        let none: [&str; 0] = [];
        assert_eq!(lacking_in(-1)[0], "files");
        assert_eq!(lacking_in(0).len(), 6);
        assert_eq!(lacking_in(2), ["truncation", "tcp", "devices", "signals"]);
        assert_eq!(lacking_in(6), none);
        assert_eq!(lacking_in(9), none);
    }
}
