//! What ping does beyond one target at a time, and the options that shape what it sends.

use std::time::Instant;

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::{HOPS, SERVER, SERVER6, Topology, UNROUTED};
use rtnetlink::packet_route::address::AddressScope;

cases! {
    [Netns] in each way => { asks_files_networks_and_ranges, marks_its_packets, keeps_ipv6_zones }
    [Netns] => {
        asks_several_targets,
        says_what_routers_answer_about_one_of_several,
        gives_percentiles_as_json,
        floods_as_fast_as_replies_return,
        floods_a_hundred_a_second_into_silence,
        adapts_and_preloads,
        rings_for_each_answer_on_a_terminal,
        takes_a_flood_s_dots_back_on_a_terminal,
    }
    [Netns, Program("ping")] in each way => { broadcasts_only_when_told }
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "ping", args).run().output
}

fn asks_several_targets() {
    let net = Topology::line();
    let output = ours(
        net.client(),
        &format!("-c 3 -i 0.05 {} {SERVER} {SERVER6} {UNROUTED}", HOPS[0]),
    );
    for answers in [HOPS[0], SERVER, SERVER6] {
        let summary = format!("{answers} : xmt/rcv/%loss = 3/3/0%");
        assert!(output.stdout.contains(&summary), "no {summary} in {output}");
    }
    assert!(
        output
            .stdout
            .contains(&format!("{UNROUTED} : xmt/rcv/%loss = 3/0/100%")),
        "{output}"
    );
    assert_eq!(output.code, 1, "one target did not answer: {output}");
}

fn asks_files_networks_and_ranges() {
    let net = Topology::line();
    let list = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(
        list.path(),
        format!("# routers\n{}\n\n{}\n", HOPS[0], HOPS[1]),
    )
    .unwrap();
    let output = ours(
        net.client(),
        &format!("--targets {}", list.path().display()),
    );
    for alive in [HOPS[0], HOPS[1]] {
        assert!(
            output.stdout.contains(&format!("{alive} is alive")),
            "{output}"
        );
    }
    let output = ours(net.client(), "10.0.0.0/30");
    for alive in ["10.0.0.1 is alive", "10.0.0.2 is alive"] {
        assert!(output.stdout.contains(alive), "{output}");
    }
    let output = ours(net.client(), "10.0.0.1-2");
    assert_eq!(output.stdout.matches("is alive").count(), 2, "{output}");
    let output = ours(net.client(), "--targets /no/such/file");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("/no/such/file"), "{output}");
}

fn says_what_routers_answer_about_one_of_several() {
    let net = Topology::line();
    for everyone in [false, true] {
        net.client().ping_sockets(everyone);
        // One by one, and as a set.
        for targets in [
            format!("{} {UNROUTED}", HOPS[0]),
            format!("{UNROUTED}/32 {}/32", HOPS[0]),
        ] {
            let output = ours(net.client(), &format!("-c 1 -W 2 {targets}"));
            let said = format!("ping: {UNROUTED}: Destination Net Unreachable (from ");
            assert!(output.stderr.contains(&said), "no {said} in {output}");
        }
    }
}

fn gives_percentiles_as_json() {
    let net = Topology::line();
    let output = ours(net.client(), &format!("--json -c 5 -i 0.01 {SERVER}"));
    let events: Vec<serde_json::Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(
        events
            .iter()
            .filter(|event| event["event"] == "reply")
            .count(),
        5,
        "{output}"
    );
    let summary = events.last().unwrap();
    assert_eq!(summary["received"], 5, "{output}");
    let figure = |name: &str| summary[name].as_f64().unwrap();
    assert!(
        figure("rtt_min_ms") <= figure("rtt_p50_ms")
            && figure("rtt_p50_ms") <= figure("rtt_p99_ms"),
        "{output}"
    );
    assert!(figure("rtt_p99_ms") <= figure("rtt_max_ms"), "{output}");
}

fn floods_as_fast_as_replies_return() {
    let net = Topology::line();
    let started = Instant::now();
    let output = ours(net.client(), &format!("-q -f -c 5000 {}", HOPS[0]));
    assert!(
        output
            .stdout
            .contains("5000 packets transmitted, 5000 received, 0% packet loss"),
        "{output}"
    );
    // A hundred a second would take fifty seconds.
    assert!(started.elapsed().as_secs() < 15, "{output}");
}

fn floods_a_hundred_a_second_into_silence() {
    let net = Topology::line();
    net.node("r1").firewall("input icmp type echo-request drop");
    let output = ours(net.client(), &format!("-q -f -w 1 {}", HOPS[0]));
    let sent: u32 = output
        .stdout
        .lines()
        .find_map(|line| line.split_once(" packets transmitted"))
        .unwrap()
        .0
        .parse()
        .unwrap();
    assert!((50..=110).contains(&sent), "{output}");
    assert_eq!(output.code, 1, "{output}");
}

fn adapts_and_preloads() {
    let net = Topology::line();
    let started = Instant::now();
    let output = ours(net.client(), &format!("-q -A -c 20 {SERVER}"));
    assert!(output.stdout.contains("20 received"), "{output}");
    assert!(
        started.elapsed().as_secs() < 10,
        "a second between packets would take 19: {output}"
    );
    let output = ours(net.client(), &format!("-n -l 3 -c 3 {SERVER}"));
    assert!(
        output.stdout.contains("3 received") && output.stdout.contains("pipe 3"),
        "{output}"
    );
}

fn marks_its_packets() {
    let net = Topology::line();
    net.node("r1")
        .firewall("forward icmp type echo-request ip dscp != 4 drop");
    assert_eq!(
        ours(net.client(), &format!("-n -c 1 -W 1 {SERVER}")).code,
        1
    );
    assert_eq!(
        ours(net.client(), &format!("-n -c 1 -W 1 -Q 0x10 {SERVER}")).code,
        0
    );
}

fn keeps_ipv6_zones() {
    let net = Topology::line();
    // The router's first link leads to the client.
    let peers: Vec<_> = state::addresses(net.node("r1"))
        .iter()
        .filter(|address| address.header.scope == AddressScope::Link)
        .map(state::local)
        .collect();
    let answers = peers.iter().any(|address| {
        let output = ours(net.client(), &format!("-n -c 1 -W 1 {address}%link0"));
        output.code == 0 && output.stdout.contains(&format!("from {address}%link0"))
    });
    assert!(answers, "{peers:?}");
    let output = ours(net.client(), "-n -c 1 fe80::1%nosuch0");
    assert_eq!(output.code, 2, "{output}");
}

fn broadcasts_only_when_told() {
    let net = Topology::line();
    net.node("r1")
        .sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "0");
    let native = net
        .client()
        .command("ping")
        .words("-n -c 1 -W 1 10.0.0.255")
        .run();
    let output = ours(net.client(), "-n -c 1 -W 1 10.0.0.255");
    assert_eq!((output.code, &output.stderr), (native.code, &native.stderr));
    let output = ours(net.client(), "-n -b -c 1 -W 1 10.0.0.255");
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("64 bytes from 10.0.0.2"), "{output}");
    // A group needs no -b.
    assert_eq!(ours(net.client(), "-n -c 1 -W 1 224.0.0.1").code, 0);
}

/// What a terminal shows of `ping ARGS 127.0.0.1`, bytes and all.
fn on_terminal(args: &[&str]) -> String {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let ping = nethost(net.client()).arg("ping").args(args);
    let running = terminal.start(ping.arg("127.0.0.1"));
    terminal.expect("rtt min/avg/max/mdev");
    assert_eq!(running.finish().code, 0);
    terminal.shown()
}

fn rings_for_each_answer_on_a_terminal() {
    let shown = on_terminal(&["-a", "-c", "3", "-i", "0.01"]);
    assert_eq!(shown.matches('\u{7}').count(), 3, "{shown:?}");
    let silent = on_terminal(&["-c", "3", "-i", "0.01"]);
    assert!(!silent.contains('\u{7}'), "{silent:?}");
}

/// One dot is left for each request that was not answered: none.
fn takes_a_flood_s_dots_back_on_a_terminal() {
    let shown = on_terminal(&["-f", "-c", "50"]);
    let (_, after) = shown.split_once("bytes of data.\r\n").unwrap();
    let (signs, _) = after.split_once("\r\n").unwrap();
    let dots = signs.matches('.').count();
    assert_eq!(dots, signs.matches("\u{8} \u{8}").count(), "{shown:?}");
    assert!(
        signs.chars().all(|sign| ".\u{8} ".contains(sign)),
        "{shown:?}"
    );
}
