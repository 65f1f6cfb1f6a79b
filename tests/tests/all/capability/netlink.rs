//! The network's configuration.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{NETLINK_DROPS, NETLINK_FACTS, NETLINK_MALFORMED};
use nethost_tests::host::invoke;
use nethost_tests::netlink::{MAIN, state};
use nethost_tests::topology::Topology;
use rtnetlink::packet_route::AddressFamily;

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => {
        is_allowed,
        reading_is_not_writing,
        writes_what_is_granted_and_records_every_field,
        is_dropped,
    }
    [Netns] => { is_malformed }
    [Netns, OtherUser] => { the_kernel_has_the_last_word }
}

fn is_denied() {
    let net = Topology::alone();
    denied(net.client(), NETLINK_FACTS, "list", "route.read", "links");
    denied(
        net.client(),
        NETLINK_FACTS,
        "namespace other",
        "netns.read",
        "other",
    );
}

fn is_allowed() {
    let net = Topology::alone();
    let run = allowed(
        net.client(),
        "--allow route.read=links",
        NETLINK_FACTS,
        "list",
    );
    assert_eq!(run.output.stdout, "link lo\n", "{}", run.output);
    assert_ne!(run.log.total("bytes_received"), 0);
}

fn reading_is_not_writing() {
    let net = Topology::alone();
    let run = invoke(
        net.client(),
        "--allow route.read",
        NETLINK_FACTS.path(),
        "route 192.0.2.0/24",
    )
    .run();
    let line = "put denied capability=\"route.write\" target=\"192.0.2.0/24\"";
    assert!(run.output.stdout.contains(line), "{}", run.output);
    assert!(run.log.of("open").is_empty(), "{:#?}", run.log);
    let routes = state::routes(net.client(), AddressFamily::Inet);
    let in_main = routes.iter().filter(|route| state::table(route) == MAIN);
    assert_eq!(in_main.count(), 0, "{routes:?}");
}

fn writes_what_is_granted_and_records_every_field() {
    let net = Topology::alone();
    let run = allowed(
        net.client(),
        "--allow route.write=192.0.2.0/24",
        NETLINK_FACTS,
        "route 192.0.2.0/24 route 198.51.100.0/24",
    );
    for line in [
        "put ok",
        "put again kernel 17 File exists",
        "remove ok",
        "remove again kernel 3 No such process",
        "put denied capability=\"route.write\" target=\"198.51.100.0/24\"",
    ] {
        assert!(run.output.stdout.contains(line), "{line} in {}", run.output);
    }
    let opened = run.log.of("open");
    assert_eq!(opened.len(), 4, "{:#?}", run.log);
    let record = opened[0].to_string();
    for field in [
        "\"to\"",
        "192.0.2.0",
        "\"to-length\"",
        "\"24\"",
        "\"table\"",
        "\"254\"",
        "\"protocol\"",
        "\"type\"",
        "\"7\"",
        "\"metric\"",
        "\"77\"",
    ] {
        assert!(record.contains(field), "{field} in {record}");
    }
    let refused = run.log.of("close").into_iter();
    let outcomes: Vec<_> = refused
        .map(|record| record["outcome"].to_string())
        .collect();
    let failed = outcomes.iter().filter(|outcome| **outcome != "\"ok\"");
    assert_eq!(failed.count(), 2, "{outcomes:?}");
}

fn is_malformed() {
    let net = Topology::alone();
    malformed(
        net.client(),
        "--allow route.read --allow route.write --allow netns.read",
        NETLINK_MALFORMED,
        "",
    );
    let links = state::links(net.client());
    assert_eq!(links.len(), 1, "{links:?}");
}

fn is_dropped() {
    let net = Topology::alone();
    dropped(net.client(), "--allow route.read", NETLINK_DROPS, "");
}

fn the_kernel_has_the_last_word() {
    let net = Topology::alone();
    let run = invoke(
        net.client(),
        "--allow route.write",
        NETLINK_FACTS.path(),
        "route 192.0.2.0/24",
    )
    .run_as_other_user();
    assert!(
        run.output
            .stdout
            .contains("put kernel 1 Operation not permitted"),
        "{}",
        run.output
    );
}
