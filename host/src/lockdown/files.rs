//! Files (landlock(7)): those that the rooms of this plugin read themselves, and no other.

use landlock::{
    ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, Scope,
    path_beneath_rules,
};

/// Restricts this process to these, as far as this kernel can; and to signals to itself.
pub(super) fn restrict(files: &[&str]) -> Result<(), RulesetError> {
    let known = ABI::V6;
    Ruleset::default()
        .handle_access(AccessFs::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?
        .add_rules(path_beneath_rules(
            files,
            AccessFs::ReadFile | AccessFs::ReadDir,
        ))?
        .restrict_self()
        .map(drop)
}
