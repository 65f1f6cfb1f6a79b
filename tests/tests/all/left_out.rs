//! Tests that do not mean the same in every way to run nethost: which, in which way, and why.

use nethost_tests::privilege::Way;

/// As a user without privilege.
const USERS: &[Way] = &[Way::Capabilities, Way::Service];
const THEIR_OWN: &str =
    "it runs nethost as a user without any privilege, in whichever way the others do";

/// Ways, a test or `MODULE::*`, and the reason.
const LEFT_OUT: &[(&[Way], &str, &str)] = &[
    (
        USERS,
        "capability::files::the_kernel_has_the_last_word",
        THEIR_OWN,
    ),
    (
        USERS,
        "capability::icmp::needs_no_privilege_where_the_kernel_lets",
        THEIR_OWN,
    ),
    (
        USERS,
        "capability::netlink::the_kernel_has_the_last_word",
        THEIR_OWN,
    ),
    (USERS, "ping::runs_for_everyone", THEIR_OWN),
    (USERS, "traceroute::needs_no_privilege", THEIR_OWN),
    (
        &[Way::Capabilities],
        "ip_changes::names_namespaces_for_each_other",
        "names of namespaces are mounts below /run, which take more than a privilege of the network",
    ),
    (
        &[Way::Service],
        "ip_changes::names_namespaces_for_each_other",
        "names of namespaces are mounts, and those of this test are its shell's alone, not the service's",
    ),
    (
        &[Way::Service],
        "policy::a_systems_policy_that_others_may_write_is_refused",
        "there is no run to refuse: with such a policy no service starts",
    ),
];

/// Why a test is left out in this way, or none when it is not.
pub(crate) fn why(way: Way, test: &str) -> Option<&'static str> {
    let found = of(way).find(|(named, _)| matches(named, test));
    found.map(|(_, why)| why)
}

/// The names in the table that are no test's any more.
pub(crate) fn stale<'a>(way: Way, tests: &'a [String]) -> impl Iterator<Item = &'static str> + 'a {
    let names = of(way).map(|(named, _)| named);
    names.filter(|named| !tests.iter().any(|test| matches(named, test)))
}

fn of(way: Way) -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = LEFT_OUT
        .iter()
        .filter(move |(ways, ..)| ways.contains(&way));
    all.map(|(_, named, why)| (*named, *why))
}

fn matches(named: &str, test: &str) -> bool {
    match named.strip_suffix('*') {
        Some(module) => test.starts_with(module),
        None => named == test,
    }
}
