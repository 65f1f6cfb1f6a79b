//! Files (landlock(7)): those that rooms read themselves, and no other. What a plugin asks for by name is
//! opened by the broker.

use landlock::{
    ABI, Access, AccessFs, Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, Scope,
    path_beneath_rules,
};

/// What rooms read: the resolver, the system's facts, roots of trust, random numbers.
const READABLE: &[&str] = &[
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/os-release",
    "/usr/lib/os-release",
    "/lib/modules",
    "/etc/ssl/certs",
    "/etc/pki",
    "/usr/share/ca-certificates",
    "/dev/random",
    "/dev/urandom",
];

/// Restricts this process to them, as far as this kernel can; and to signals to itself.
pub(super) fn restrict() -> Result<(), RulesetError> {
    let known = ABI::V6;
    Ruleset::default()
        .handle_access(AccessFs::from_all(known))?
        .scope(Scope::from_all(known))?
        .create()?
        .add_rules(path_beneath_rules(
            READABLE,
            AccessFs::ReadFile | AccessFs::ReadDir,
        ))?
        .restrict_self()
        .map(drop)
}
