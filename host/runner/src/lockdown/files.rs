//! File access (landlock(7)): the files that the capabilities of this plugin read themselves, the compiled form, and no
//! others.

use std::os::fd::BorrowedFd;

use landlock::{
    ABI, Access, AccessFs, PathBeneath, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError,
    Scope, path_beneath_rules,
};

/// Restricts this process to these files, as far as this kernel supports it, and to signals to itself. What is open
/// stays open.
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
