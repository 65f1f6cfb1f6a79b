//! Tests that do not mean the same in every way to run nethost: which, in which way, and why.

use nethost_tests::need::Need;
use nethost_tests::privilege::Way;

enum Tests {
    Named(&'static str),
    /// All that need this.
    Needing(Need),
}
use Tests::{Named, Needing};

const LEFT_OUT: &[(&[Way], Tests, &str)] = &[
    (
        &[Way::Capabilities, Way::Service],
        Needing(Need::OtherUser),
        "it runs nethost as a user without any privilege, and does so in the round of root's",
    ),
    (
        &[Way::Namespace],
        Needing(Need::OtherUser),
        "there is one user in the namespace, and it wants another",
    ),
    (
        &[Way::Capabilities],
        Named("ip_changes::names_namespaces_for_each_other"),
        "names of namespaces are mounts below /run, which take more than a privilege of the network",
    ),
    (
        &[Way::Service],
        Named("ip_changes::names_namespaces_for_each_other"),
        "names of namespaces are mounts, and those of this test are its shell's alone, not the service's",
    ),
    (
        &[Way::Service],
        Named("policy::a_systems_policy_that_others_may_write_is_refused"),
        "there is no run to refuse: with such a policy no service starts",
    ),
];

/// Why a test is left out in this way, or none when it is not.
pub(crate) fn why(way: Way, name: &str, needs: &[Need]) -> Option<&'static str> {
    let found = LEFT_OUT.iter().find(|(ways, tests, _)| {
        let concerned = match tests {
            Named(named) => *named == name,
            Needing(need) => needs.contains(need),
        };
        concerned && ways.contains(&way)
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
