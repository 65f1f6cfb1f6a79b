//! Tests that do not mean the same in every mode of installation: which, in which mode, and why.

use nethost_tests::need::Requirement;
use nethost_tests::privilege::InstallMode;

enum Tests {
    Named(&'static str),
    /// All that need this.
    Needing(Requirement),
}
use Tests::{Named, Needing};

const LEFT_OUT: &[(&[InstallMode], Tests, &str)] = &[
    (
        &[InstallMode::Capabilities, InstallMode::Service],
        Needing(Requirement::OtherUser),
        "it runs nethost as a user without any privilege, and does so in the round of root's",
    ),
    (
        &[InstallMode::Namespace],
        Needing(Requirement::OtherUser),
        "there is one user in the namespace, and it wants another",
    ),
    (
        &[InstallMode::Capabilities],
        Named("ip_changes::names_namespaces_for_each_other"),
        "names of namespaces are mounts below /run, which take more than a privilege of the network",
    ),
    (
        &[InstallMode::Service],
        Named("ip_changes::names_namespaces_for_each_other"),
        "names of namespaces are mounts, and those of this test are its shell's alone, not the service's",
    ),
    (
        &[InstallMode::Service],
        Named("policy::a_systems_policy_that_others_may_write_is_refused"),
        "there is no run to refuse: with such a policy no service starts",
    ),
];

/// Why a test is left out in this mode. None if it is not.
pub(crate) fn why(mode: InstallMode, name: &str, needs: &[Requirement]) -> Option<&'static str> {
    let found = LEFT_OUT.iter().find(|(modes, tests, _)| {
        let concerned = match tests {
            Named(named) => *named == name,
            Needing(need) => needs.contains(need),
        };
        concerned && modes.contains(&mode)
    });
    found.map(|(.., why)| *why)
}

/// A name in the table that is no test's any more.
pub(crate) fn stale(is_test: impl Fn(&str) -> bool) -> Option<&'static str> {
    LEFT_OUT.iter().find_map(|(_, tests, _)| match tests {
        Named(name) if !is_test(name) => Some(*name),
        _ => None,
    })
}
