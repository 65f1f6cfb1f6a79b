//! Files (landlock(7)): those that the rooms of this plugin read themselves, and no other.

use landlock::{
    ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, Scope,
    path_beneath_rules,
};

/// Random numbers, where getrandom(2) is not used.
const ALWAYS: [&str; 2] = ["/dev/random", "/dev/urandom"];

/// Restricts this process to these, as far as this kernel can; and to signals to itself.
pub(super) fn restrict(files: &[&str]) -> Result<(), RulesetError> {
    let known = ABI::V6;
    Ruleset::default()
        .handle_access(AccessFs::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?
        .add_rules(path_beneath_rules(
            ALWAYS.iter().chain(files),
            AccessFs::ReadFile | AccessFs::ReadDir,
        ))?
        .restrict_self()
        .map(drop)
}
