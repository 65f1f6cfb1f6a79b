//! ping beside the native one over the same network.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::odd_router::{self, OddRouter, Oddness};
use nethost_tests::topology::{HOPS, NOBODY, SERVER, SERVER6, Topology, UNROUTED, UNROUTED6};
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns, Program("ping")] in each way => { does_the_same_on_both_kinds_of_socket }
    [Netns, Program("ping")] => {
        prints_the_same_replies,
        prints_the_same_errors,
        counts_the_same_losses,
        loses_by_chance_within_noise,
        ends_with_the_same_codes,
        reaches_loopback_and_groups,
        tells_at_once_that_a_resolver_refuses,
        names_those_without_a_name_by_their_address,
    }
    [Netns] in each way => { summarizes_on_signals }
    [Netns] => { takes_dashes_from_slides }
    [Netns, OtherUser] => { runs_for_everyone }
    [Tun, Program("ping")] in each way => { notices_what_is_odd }
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("ping").words(args).run()
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "ping", args).run().output
}

/// The lines with their times left out.
fn timeless(text: &str) -> Vec<String> {
    let plain = |line: &str| {
        let line = match line.split_once("time=") {
            Some((head, _)) => head,
            None => line.split_once(", time ").map_or(line, |(head, _)| head),
        };
        line.split_once(" = ")
            .map_or(line, |(head, _)| head)
            .trim_end()
            .to_string()
    };
    text.lines()
        .map(plain)
        .filter(|line| !line.is_empty())
        .collect()
}

fn same(node: &Namespace, args: &str) {
    compare(args, &ours(node, args), &native(node, args));
}

fn compare(args: &str, ours: &Output, native: &Output) {
    assert_eq!(
        timeless(&ours.stdout),
        timeless(&native.stdout),
        "ping {args}\nours: {ours}\nnative: {native}"
    );
    assert_eq!(
        ours.code, native.code,
        "ping {args}\nours: {ours}\nnative: {native}"
    );
}

fn prints_the_same_replies() {
    let net = Topology::line();
    for address in HOPS {
        same(net.client(), &format!("-n -c 2 -i 0.05 {address}"));
    }
    same(net.client(), &format!("-n -c 2 -i 0.05 {SERVER6}"));
    same(net.client(), &format!("-n -q -c 2 -i 0.05 {SERVER}"));
    same(net.client(), &format!("-n -c 1 -s 3000 {SERVER}"));
    // The native one keeps its clock in the payload and has no times without one; ours has.
    let args = format!("-n -c 1 -s 0 {SERVER}");
    let (native, ours) = (native(net.client(), &args), ours(net.client(), &args));
    let mut without_summary = timeless(&ours.stdout);
    assert_eq!(
        without_summary.pop().as_deref(),
        Some("rtt min/avg/max/mdev"),
        "{ours}"
    );
    assert_eq!(without_summary, timeless(&native.stdout), "{ours}");
    assert_eq!(ours.code, native.code, "{ours}");
}

fn prints_the_same_errors() {
    for args in [
        format!("-n -c 2 -i 0.05 -W 1 -t 2 {SERVER}"),
        format!("-n -c 2 -i 0.05 -W 1 -t 2 {SERVER6}"),
        format!("-n -c 2 -i 0.05 -W 1 {UNROUTED}"),
        format!("-n -c 2 -i 0.05 -W 1 {UNROUTED6}"),
        format!("-n -c 1 -W 1 -M do -s 1400 {SERVER}"),
        format!("-n -c 1 -W 1 -s 72 {SERVER}"),
        "-n -c 1 -W 4 10.0.0.77".into(),
        format!("-n -c 1 -W 5 {NOBODY}"),
    ] {
        // A network for each tool: kernels remember path MTUs, and ration what they say to one host.
        let tools: [fn(&Namespace, &str) -> Output; 2] = [ours, native];
        let [ours, native] = tools.map(|tool| {
            let net = Topology::line();
            net.mtu(2, 1300);
            net.node("r2").firewall(
                "forward icmp type echo-request ip length 100 reject with icmpx type admin-prohibited",
            );
            tool(net.client(), &args)
        });
        compare(&args, &ours, &native);
    }
}

fn counts_the_same_losses() {
    for target in [SERVER, SERVER6] {
        let net = Topology::line();
        // Every fourth request, so that both tools lose the same ones.
        net.node("r2").firewall(
            "forward icmp type echo-request numgen inc mod 4 0 drop
             forward icmpv6 type echo-request numgen inc mod 4 0 drop",
        );
        same(net.client(), &format!("-n -c 20 -i 0.01 -W 0.2 {target}"));
    }
}

fn loses_by_chance_within_noise() {
    let net = Topology::line();
    net.node("r2")
        .firewall("forward icmp type echo-request numgen random mod 100 < 30 drop");
    let args = format!("-n -q -c 200 -i 0.002 -W 0.2 {SERVER}");
    for output in [native(net.client(), &args), ours(net.client(), &args)] {
        let loss = output
            .stdout
            .split(", ")
            .find_map(|part| part.split_once("% packet loss"));
        let loss: f64 = loss
            .and_then(|(loss, _)| loss.parse().ok())
            .unwrap_or_else(|| panic!("{output}"));
        assert!((15.0..=45.0).contains(&loss), "{output}");
    }
}

fn ends_with_the_same_codes() {
    let net = Topology::line();
    let cases = [
        format!("-c 1 {SERVER}"),
        "-c 1 -W 0.2 10.0.0.77".into(),
        "-c 1 no-such-host.invalid".into(),
        "-c x ::1".into(),
    ];
    for args in cases {
        let (native, ours) = (native(net.client(), &args), ours(net.client(), &args));
        assert_eq!(
            ours.code, native.code,
            "ping {args}\nours: {ours}\nnative: {native}"
        );
    }
}

fn does_the_same_on_both_kinds_of_socket() {
    let net = Topology::line();
    for for_everyone in [false, true] {
        net.client().ping_sockets(for_everyone);
        for target in [SERVER, SERVER6] {
            same(net.client(), &format!("-n -c 2 -i 0.05 {target}"));
            same(net.client(), &format!("-n -c 1 -W 1 -t 2 {target}"));
        }
    }
}

fn runs_for_everyone() {
    let net = Topology::line();
    net.client().ping_sockets(true);
    let run = invoke(net.client(), "", "ping", &format!("-n -c 1 {SERVER}")).run_as_other_user();
    assert_eq!(run.output.code, 0, "{}", run.output);
    net.client().ping_sockets(false);
    let run = invoke(net.client(), "", "ping", &format!("-n -c 1 {SERVER}")).run_as_other_user();
    assert_eq!(run.output.code, 2, "{}", run.output);
    assert!(
        run.output.stderr.contains("ping_group_range"),
        "no remedy in {}",
        run.output
    );
}

fn summarizes_on_signals() {
    let net = Topology::line();
    let running = nethost(net.client())
        .words("run --audit /dev/null ping -n -i 0.05")
        .arg(SERVER)
        .spawn();
    running.expect("icmp_seq=3");
    running.signal(Signal::SIGQUIT);
    std::thread::sleep(Duration::from_millis(100));
    running.signal(Signal::SIGINT);
    let output = running.finish();
    assert_eq!(output.code, 0, "{output}");
    assert!(output.stdout.contains("packets transmitted"), "{output}");
    assert!(
        output.stderr.contains("packets") || output.stdout.matches("packets").count() > 1,
        "no interim line: {output}"
    );
}

fn takes_dashes_from_slides() {
    let net = Topology::line();
    for args in [
        format!("\u{2013}c 1 \u{2013}n {SERVER}"),
        format!("\u{2212}c 1 {SERVER}"),
    ] {
        let output = ours(net.client(), &args);
        assert_eq!(output.code, 0, "{output}");
        assert!(output.stdout.contains("1 received"), "{output}");
    }
    let output = ours(net.client(), &format!("-c 1 \u{201c}{SERVER}\u{201d}"));
    assert!(
        output.code == 2 && output.stderr.contains("quot"),
        "{output}"
    );
}

fn notices_what_is_odd() {
    for oddness in [
        Oddness {
            reorder: true,
            ..Oddness::default()
        },
        Oddness {
            delay: Duration::from_millis(30),
            ..Oddness::default()
        },
    ] {
        let net = Topology::line();
        let _router = OddRouter::attach(net.node("r1"), oddness);
        same(
            net.client(),
            &format!("-n -c 4 -i 0.1 -W 1 {}", odd_router::HOST),
        );
    }
    let args = format!("-n -c 4 -i 0.1 -W 1 {}", odd_router::HOST);
    let net = Topology::line();
    let wrong = Oddness {
        corrupt: true,
        ..Oddness::default()
    };
    let router = OddRouter::attach(net.node("r1"), wrong);
    for size in [56, 100, 17, 16] {
        same(net.client(), &format!("-s {size} {args}"));
    }
    drop(router);
    let net = Topology::line();
    let twice = Oddness {
        duplicates: 1,
        ..Oddness::default()
    };
    let _router = OddRouter::attach(net.node("r1"), twice);
    for output in [ours(net.client(), &args), native(net.client(), &args)] {
        // The last reply ends the run, so its duplicate may come too late.
        let duplicates = output.stdout.matches("(DUP!)").count();
        assert!((3..=4).contains(&duplicates), "{output}");
        let summary = format!("4 received, +{duplicates} duplicates, 0% packet loss");
        assert!(output.stdout.contains(&summary), "{output}");
    }
}

fn reaches_loopback_and_groups() {
    let net = Topology::line();
    net.node("r1")
        .sysctl("net.ipv4.icmp_echo_ignore_broadcasts", "0");
    for args in [
        "-n -c 1 0",
        "-n -c 1 0.0.0.0",
        "-n -c 1 ::",
        "-c 1 ::",
        "-n -c 1 -W 1 224.0.0.1",
        "-n -c 1 -W 1 -I 10.0.0.1 224.0.0.1",
        "-n -c 1 -W 1 255.255.255.255",
    ] {
        same(net.client(), args);
    }
    // The gate sees where the packets go.
    let denied = invoke(
        net.client(),
        "--deny icmp.echo=127.0.0.0/8",
        "ping",
        "-n -c 1 0",
    )
    .run();
    assert_eq!(denied.output.code, 2, "{}", denied.output);
    assert!(
        denied.output.stderr.contains("127.0.0.1"),
        "{}",
        denied.output
    );
}

fn tells_at_once_that_a_resolver_refuses() {
    for configured in [
        "",
        "nameserver 127.0.0.1\n",
        "nameserver ::1\nnameserver 127.0.0.2\nsearch a.test b.test\n",
    ] {
        let mut net = Topology::alone();
        net.file("resolv.conf", configured, "/etc/resolv.conf");
        for args in ["-c 1 nosuch.example", "-c 1 nosuch"] {
            let (ours, native) = (ours(net.client(), args), native(net.client(), args));
            assert_eq!(
                (ours.code, &ours.stderr),
                (native.code, &native.stderr),
                "{configured:?} {args}\n{ours}{native}"
            );
            assert!(ours.elapsed < Duration::from_secs(4), "{ours}");
        }
    }
}

fn names_those_without_a_name_by_their_address() {
    let mut net = Topology::line();
    net.file("resolv.conf", "nameserver 127.0.0.1\n", "/etc/resolv.conf");
    net.file(
        "hosts",
        &format!("{SERVER} server.test\n{SERVER6} server6.test\n"),
        "/etc/hosts",
    );
    for args in [
        "-c 1 server.test".into(),
        "-c 1 server6.test".into(),
        "-n -c 1 server.test".into(),
        format!("-c 1 {SERVER}"),
        // The router that tells of the error has no name.
        "-c 1 -W 1 -t 1 server.test".into(),
        "-c 1 -W 1 -t 1 server6.test".into(),
    ] {
        same(net.client(), &args);
    }
}
