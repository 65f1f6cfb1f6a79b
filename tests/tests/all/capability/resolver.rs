//! The system's resolver.

use super::{allowed, malformed};
use crate::case::cases;
use crate::probes::{RESOLVER_ABANDONS, RESOLVER_FACTS, RESOLVER_MALFORMED};
use nethost_tests::dns::{NameServer, Zone};
use nethost_tests::host::invoke;
use nethost_tests::topology::{SERVER, SERVER6, Topology};
use std::time::Duration;

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { is_allowed }
    [Netns] => { asks_name_servers, cleans_what_strangers_say, is_malformed, is_abandoned }
}

fn is_denied() {
    let net = Topology::line();
    let options = "--allow dns.resolve --deny dns.resolve";
    let run = invoke(
        net.client(),
        options,
        RESOLVER_FACTS.path(),
        &format!("server.test {SERVER} link0"),
    )
    .run();
    assert!(
        run.output
            .stdout
            .contains("addresses denied capability=\"dns.resolve\""),
        "{}",
        run.output
    );
    assert!(
        run.output
            .stdout
            .contains("names denied capability=\"dns.resolve\""),
        "{}",
        run.output
    );
    // Interfaces are named without a request.
    assert!(
        run.output.stdout.contains("interface Ok(\"link0\")"),
        "{}",
        run.output
    );
    assert_eq!(run.log.of("denied").len(), 2, "{:#?}", run.log);

    // One lookup alone, so that there is one record.
    let run = invoke(net.client(), "", RESOLVER_ABANDONS.path(), "known.example").traced();
    assert!(
        nethost_tests::strace::network_calls(&run.calls).is_empty(),
        "{:#?}",
        run.calls
    );
    assert!(!run.log.of("denied").is_empty(), "{:#?}", run.log);
}

fn is_allowed() {
    let net = Topology::line();
    let args = format!("server.test {SERVER} link0");
    let run = allowed(net.client(), "--allow dns.resolve", RESOLVER_FACTS, &args);
    let addresses = run
        .output
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("addresses "))
        .unwrap_or_default();
    let mut addresses: Vec<&str> = addresses.split(' ').collect();
    addresses.sort_unstable();
    assert_eq!(addresses, [SERVER, SERVER6], "{}", run.output);
    assert!(
        run.output.stdout.contains("names server.test"),
        "{}",
        run.output
    );
    let run = allowed(
        net.client(),
        "--allow dns.resolve",
        RESOLVER_FACTS,
        "server.test 10.0.3.2 no-such-device",
    );
    assert!(
        run.output.stdout.contains("index ErrorCode::NoSuchDevice"),
        "{}",
        run.output
    );
}

fn asks_name_servers() {
    let net = Topology::line();
    let zone = Zone {
        addresses: vec![("known.example", SERVER.parse().unwrap())],
        names: vec![("9.9.9.10.in-addr.arpa", vec![b"far", b"example"])],
        ..Zone::default()
    };
    let _server = NameServer::start(net.client(), zone);
    let run = allowed(
        net.client(),
        "--allow dns.resolve",
        RESOLVER_FACTS,
        "known.example 10.9.9.9 lo",
    );
    assert!(
        run.output.stdout.contains(&format!("addresses {SERVER}\n")),
        "{}",
        run.output
    );
    assert!(
        run.output.stdout.contains("names far.example"),
        "{}",
        run.output
    );
    let run = allowed(
        net.client(),
        "--allow dns.resolve",
        RESOLVER_FACTS,
        "unknown.example 10.9.9.8 lo",
    );
    assert!(
        run.output
            .stdout
            .contains("addresses ErrorCode::NameUnresolvable"),
        "{}",
        run.output
    );
    assert!(
        run.output
            .stdout
            .contains("names ErrorCode::NameUnresolvable"),
        "{}",
        run.output
    );
}

fn cleans_what_strangers_say() {
    let net = Topology::line();
    let zone = Zone {
        names: vec![(
            "9.9.9.10.in-addr.arpa",
            vec![b"\x1b[31mred\x07", b"ex\nample"],
        )],
        ..Zone::default()
    };
    let _server = NameServer::start(net.client(), zone);
    let run = allowed(
        net.client(),
        "--allow dns.resolve",
        RESOLVER_FACTS,
        "server.test 10.9.9.9 lo",
    );
    assert!(
        !run.output.stdout.contains('\u{1b}') && !run.output.stdout.contains('\u{7}'),
        "{}",
        run.output
    );
    assert!(!run.output.stdout.contains("ex\nample"), "{}", run.output);
}

fn is_malformed() {
    let net = Topology::line();
    let _server = NameServer::start(net.client(), Zone::default());
    malformed(net.client(), "--allow dns.resolve", RESOLVER_MALFORMED, "");
}

fn is_abandoned() {
    let net = Topology::line();
    // A name server that never answers.
    let mut net = net;
    net.file(
        "resolv.conf",
        "nameserver 10.0.3.2\noptions timeout:30 attempts:1\n",
        "/etc/resolv.conf",
    );
    net.node("server").firewall("input udp dport 53 drop\n");
    let run = allowed(
        net.client(),
        "--allow dns.resolve",
        RESOLVER_ABANDONS,
        "slow.example",
    );
    assert!(
        run.output.stdout.contains("began 50 ended 0\ndropped\n"),
        "{}",
        run.output
    );
    assert!(
        run.output.elapsed < Duration::from_secs(10),
        "{}",
        run.output
    );
}
