//! tracepath beside iputils' over the same networks.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::{SERVER, SERVER6, Topology};

cases! {
    [Netns] in each way => { is_denied_what_the_policy_forbids }
    [Netns, Program("tracepath")] in each way => { finds_the_same_path, finds_the_same_narrow_links }
    [Netns, Program("tracepath")] => { refuses_the_same }
    [Netns] => { says_the_same_in_json }
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "tracepath", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("tracepath").words(args).run()
}

/// Without times.
fn untimed(text: &str) -> Vec<String> {
    let line = |line: &str| {
        let words = line.split_whitespace().filter(|word| !word.ends_with("ms"));
        words.collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).collect()
}

fn compare(args: &str, mine: &Output, theirs: &Output) {
    assert_eq!(
        (mine.code, untimed(&mine.stdout), &mine.stderr),
        (theirs.code, untimed(&theirs.stdout), &theirs.stderr),
        "tracepath {args}\nours: {mine}\nnative: {theirs}"
    );
}

/// On a busy machine an answer of the next hop may come late, so both are asked again before they differ.
fn same(node: &Namespace, args: &str) {
    let both = (0..3)
        .map(|_| (ours(node, args), native(node, args)))
        .find(|(mine, theirs)| untimed(&mine.stdout) == untimed(&theirs.stdout));
    let (mine, theirs) = both.unwrap_or_else(|| (ours(node, args), native(node, args)));
    compare(args, &mine, &theirs);
}

fn is_denied_what_the_policy_forbids() {
    let net = Topology::line();
    let run = invoke(
        net.client(),
        "--deny udp.exchange",
        "tracepath",
        format!("-n {SERVER}").as_str(),
    )
    .run()
    .output;
    assert_eq!(run.code, 1, "{run}");
    assert!(
        run.stderr.starts_with("tracepath: denied: udp.exchange"),
        "{run}"
    );
}

fn finds_the_same_path() {
    let net = Topology::line();
    for server in [SERVER, SERVER6] {
        for options in [
            "-n",
            "-n -m 2",
            "-n -m 0",
            "-n -l 1000",
            "-n -p 5000",
            "-n -b",
        ] {
            same(net.client(), &format!("{options} {server}"));
        }
        same(net.client(), &format!("-n {server}/6000"));
    }
    same(net.client(), "-n -l 99999999 127.0.0.1");
    same(net.client(), "-n 127.0.0.1");
    same(net.client(), "-n ::1");
}

fn finds_the_same_narrow_links() {
    let net = Topology::line();
    net.mtu(1, 1400);
    net.mtu(2, 1300);
    for server in [SERVER, SERVER6] {
        for options in ["-n", "-n -l 1350", "-n -l 1200", "-n -m 2"] {
            // The kernel remembers the MTU of a path.
            for family in ["-4", "-6"] {
                let flush = format!("{family} route flush cache");
                let _ = net.client().command("ip").words(&flush).run();
            }
            let mine = ours(net.client(), &format!("{options} {server}"));
            for family in ["-4", "-6"] {
                let flush = format!("{family} route flush cache");
                let _ = net.client().command("ip").words(&flush).run();
            }
            let theirs = native(net.client(), &format!("{options} {server}"));
            compare(options, &mine, &theirs);
        }
        // And this time it is remembered.
        same(net.client(), &format!("-n {server}"));
    }
}

fn refuses_the_same() {
    let net = Topology::line();
    for args in [
        "",
        "-x",
        "-m 300 h",
        "-m x h",
        "-m -1 h",
        "-p 70000 h",
        "-4 -6 h",
        "-4 ::1",
        "-6 127.0.0.1",
        "a b",
        "-h",
        "-?",
        "h/x",
        "-l 28 127.0.0.1",
        "-l 48 ::1",
        "-l x h",
        "-l",
    ] {
        compare(args, &ours(net.client(), args), &native(net.client(), args));
    }
}

fn says_the_same_in_json() {
    let net = Topology::line();
    let run = ours(net.client(), &format!("-n --json {SERVER}"));
    let facts: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let last = facts.last().unwrap();
    assert_eq!(last["event"], "resume", "{run}");
    assert_eq!(last["pmtu"], 1500, "{run}");
    let reached = facts.iter().find(|fact| fact["what"] == "reached").unwrap();
    assert_eq!(reached["origin"]["host"]["address"], SERVER, "{run}");
    assert_eq!(reached["hop"], last["hops"], "{run}");
}
