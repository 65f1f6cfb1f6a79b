//! traceroute beside the native one over the same network.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::odd_router::{self, OddRouter, Oddness};
use nethost_tests::topology::{CLIENT, DIAMOND, NOBODY, SERVER, SERVER6, Topology, UNROUTED};

cases! {
    [Netns, Program("traceroute")] in each way => {
        finds_the_same_hops,
        paces_and_leaves_from_where_it_is_told,
    }
    [Netns, Program("traceroute")] => { annotates_the_same, shows_silence, finds_the_same_narrow_link }
    [Netns] in each way => { one_trace_follows_one_path }
    [Netns] => { says_the_same_in_json }
    [Netns, OtherUser] => { needs_no_privilege }
    [Tun] in each way => { shows_labels_and_reads_short_quotes }
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "traceroute", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("traceroute").words(args).run()
}

/// The hops with their times left out: number, addresses, stars and annotations.
fn hops(output: &Output) -> Vec<String> {
    let untimed = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_time = |at: usize| words.get(at + 1) == Some(&"ms") || words[at] == "ms";
        let kept: Vec<&str> = (0..words.len())
            .filter(|&at| !is_time(at))
            .map(|at| words[at])
            .collect();
        kept.join(" ")
    };
    output.stdout.lines().skip(1).map(untimed).collect()
}

fn same(node: &Namespace, args: &str) {
    let ours = ours(node, args);
    // The native one misses answers on a busy machine, so it is asked again before they differ.
    let native = (0..3)
        .map(|_| native(node, args))
        .find(|native| hops(native) == hops(&ours))
        .unwrap_or_else(|| native(node, args));
    compare(args, &ours, &native);
}

fn compare(args: &str, ours: &Output, native: &Output) {
    assert_eq!(
        hops(ours),
        hops(native),
        "traceroute {args}\nours: {ours}\nnative: {native}"
    );
    assert_eq!(
        ours.code, native.code,
        "traceroute {args}\nours: {ours}\nnative: {native}"
    );
}

fn finds_the_same_hops() {
    let net = Topology::line();
    for method in ["", "-I", "-T", "-U"] {
        same(net.client(), &format!("-n {method} {SERVER}"));
        same(net.client(), &format!("-n {method} -6 {SERVER6}"));
    }
    same(net.client(), &format!("-n -q 1 -f 2 -m 3 {SERVER}"));
}

fn paces_and_leaves_from_where_it_is_told() {
    let net = Topology::line();
    for options in [
        "-N 1",
        "-N 1 -z 10 -q 1",
        &format!("-s {CLIENT}"),
        "-i link0",
        "-w 1,2,3",
        "-t 16",
        "-p 40000",
    ] {
        same(net.client(), &format!("-n {options} {SERVER}"));
    }
    let started = std::time::Instant::now();
    ours(net.client(), &format!("-n -q 1 -m 2 -z 300 {SERVER}"));
    assert!(
        started.elapsed().as_millis() >= 300,
        "-z waits between probes"
    );
    assert_ne!(
        ours(net.client(), &format!("-n -s 192.0.2.9 {SERVER}")).code,
        0
    );
    assert_ne!(
        ours(net.client(), &format!("-n -i nosuch0 {SERVER}")).code,
        0
    );
}

fn annotates_the_same() {
    for args in [
        format!("-n -q 1 -U -p 53 {SERVER}"),
        format!("-n -q 1 {UNROUTED}"),
        format!("-n -q 1 -w 5 {NOBODY}"),
    ] {
        // A network for each tool, as a router rations what it says of missing routes to one host.
        let tools: [fn(&Namespace, &str) -> Output; 2] = [ours, native];
        let [ours, native] = tools.map(|tool| {
            let net = Topology::line();
            net.node("r2").firewall(
                "forward ip ttl < 64 udp dport 53 reject with icmpx type admin-prohibited",
            );
            tool(net.client(), &args)
        });
        compare(&args, &ours, &native);
    }
}

fn shows_silence() {
    let net = Topology::line();
    net.node("r2")
        .firewall("output icmp type time-exceeded drop");
    same(net.client(), &format!("-n -w 0.5 {SERVER}"));
}

fn finds_the_same_narrow_link() {
    let net = Topology::line();
    net.mtu(2, 1300);
    let output = ours(net.client(), &format!("-n --mtu {SERVER}"));
    assert!(
        output.stdout.contains("F=1500") && output.stdout.contains("F=1300"),
        "{output}"
    );
}

fn one_trace_follows_one_path() {
    let net = Topology::diamond();
    for _ in 0..8 {
        let output = ours(net.client(), &format!("-n -q 3 -I {SERVER}"));
        let seen = DIAMOND
            .iter()
            .filter(|hop| output.stdout.contains(*hop))
            .count();
        assert_eq!(seen, 1, "{output}");
    }
}

fn says_the_same_in_json() {
    let net = Topology::line();
    let output = ours(net.client(), &format!("-n --json {SERVER}"));
    assert!(
        serde_json::from_str::<serde_json::Value>(&output.stdout).is_ok(),
        "{output}"
    );
    for hop in nethost_tests::topology::HOPS {
        assert!(
            output.stdout.contains(&format!("\"{hop}\"")),
            "no {hop} in {output}"
        );
    }
}

fn needs_no_privilege() {
    let net = Topology::line();
    for args in [format!("-n -q 1 {SERVER}"), format!("-n -q 1 -T {SERVER}")] {
        let run = invoke(net.client(), "", "traceroute", &args).run_as_other_user();
        assert_eq!(hops(&run.output).len(), 4, "{}", run.output);
        assert_eq!(run.output.code, 0, "{}", run.output);
    }
}

fn shows_labels_and_reads_short_quotes() {
    let oddness = Oddness {
        labels: vec![(16_004, 0, 1)],
        ..Oddness::default()
    };
    let net = Topology::line();
    let router = OddRouter::attach(net.node("r1"), oddness);
    for target in [odd_router::HOST, odd_router::HOST6] {
        let output = ours(net.client(), &format!("-n -e -q 1 {target}"));
        assert!(output.stdout.contains("16004"), "{output}");
    }
    drop(router);
    let net = Topology::line();
    let _router = OddRouter::attach(
        net.node("r1"),
        Oddness {
            short_quote: true,
            ..Oddness::default()
        },
    );
    for method in ["", "-I"] {
        let output = ours(
            net.client(),
            &format!("-n -q 1 {method} {}", odd_router::HOST),
        );
        assert!(
            output.stdout.contains(odd_router::ROUTER),
            "{method}: {output}"
        );
    }
}
