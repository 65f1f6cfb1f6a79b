//! netstat beside net-tools' over the same sockets.

use crate::case::{cases, sampled};
use crate::held_sockets::hold;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;

cases! {
    [Netns, Program("netstat")] in each way => { shows_the_same, misuse_is_the_same }
    [Netns] in each way => { each_request_can_be_denied }
}

fn ours(node: &Namespace, options: &str, args: &str) -> Output {
    invoke(node, options, "netstat", args).run().output
}

/// Times pass between two runs: `keepalive (7195.33/0/0)`.
fn without_times(text: &str) -> String {
    let line = |line: &str| match line.rsplit_once(" (") {
        Some((begin, rest)) if line.contains(" (") && rest.ends_with(')') => {
            // How often it was sent changes too while nobody answers.
            let counts = rest.rsplit_once('/').map_or(rest, |(_, counts)| counts);
            format!("{begin} (/{counts}\n")
        }
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// Without the connections between processes that have no name: those of nethost itself are among them.
fn without_pairs(text: &str) -> String {
    let is_pair = |line: &&str| {
        line.starts_with("unix") && line.contains(" CONNECTED ") && !line.contains('/')
    };
    let lines: Vec<_> = text.lines().filter(|line| !is_pair(line)).collect();
    lines.join("\n")
}

fn compare(node: &Namespace, args: &str) {
    let native = node.command("netstat").words(args).run();
    let ours = ours(node, "", args);
    assert_eq!(
        (
            ours.code,
            without_pairs(&without_times(&ours.stdout)),
            &ours.stderr
        ),
        (
            native.code,
            without_pairs(&without_times(&native.stdout)),
            &native.stderr
        ),
        "netstat {args}\n{ours}{native}"
    );
}

fn shows_the_same() {
    let net = Topology::alone();
    let _held = hold(net.client());
    let mut lines = Vec::new();
    for what in [
        "", "-t", "-u", "-w", "-U", "-tu", "-tuw", "-4", "-6", "-A inet", "--inet6", "-t4", "-u6",
    ] {
        for which in ["", "-a", "-l"] {
            for form in [
                "-n",
                "-ne",
                "-no",
                "-nW",
                "-neo",
                "--numeric-hosts",
                "--numeric-ports -n",
            ] {
                lines.push(format!("{what} {which} {form}"));
            }
        }
    }
    for line in sampled(&lines) {
        compare(net.client(), line);
    }
    for args in [
        "-r", "-rn", "-rne", "-rnee", "-rn6", "-rC", "-g", "-gn", "-g4", "-g6", "-ltn", "-an",
        "-S", "-M", "-h", "-Z",
    ] {
        compare(net.client(), args);
    }
    for args in [
        "-i", "-ia", "-ie", "-iae", "-iee", "-s", "-st", "-su", "-sw", "-s6", "-s4t",
    ] {
        // What runs between two runs is counted.
        let words = |text: &str| {
            let bare = text.replace(|c: char| c.is_ascii_digit(), "");
            bare.lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
        };
        let native = net.client().command("netstat").words(args).run();
        let ours = ours(net.client(), "", args);
        assert_eq!(words(&ours.stdout), words(&native.stdout), "netstat {args}");
    }
}

fn misuse_is_the_same() {
    let net = Topology::alone();
    for args in [
        "-z",
        "--nosuch",
        "-ir",
        "-ss",
        "-ii",
        "-?",
        "-A unix -r",
        "-A foo",
        "-A ipx",
        "--ax25",
        "--protocol",
        "--num",
        "-x4y",
    ] {
        compare(net.client(), args);
    }
}

fn each_request_can_be_denied() {
    let net = Topology::alone();
    // Owners are looked for only where there are sockets.
    let _held = net
        .client()
        .inside(|| std::net::TcpListener::bind("127.0.0.1:0").unwrap());
    for (capability, args) in [
        ("sockets.read", "-tan"),
        ("counters.read", "-s"),
        ("counters.read", "-i"),
        ("counters.read", "-rn"),
        ("process.read", "-tlnp"),
    ] {
        let run = ours(net.client(), &format!("--deny {capability}"), args);
        assert_eq!(run.code, 1, "{run}");
        assert!(
            run.stderr.contains(&format!("denied: {capability}")),
            "{run}"
        );
    }
}
