//! route beside net-tools' in twin networks.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;

cases! {
    [Netns] in each way => { changes_need_a_grant, each_fact_is_in_json, reading_can_be_denied }
    [Netns, Program("route"), Program("ip")] in each way => { shows_and_changes_the_same }
    [Netns, Program("route")] => { names_hosts_and_networks_the_same, helps_the_same }
}

fn furnished() -> Topology {
    let mut net = Topology::alone();
    let hosts = "127.0.0.1 localhost\n10.0.0.2 router.example router\n10.2.0.1 lonely.example\n";
    net.file("hosts", hosts, "/etc/hosts");
    net.file(
        "networks",
        "loopback 127.0.0.0\nlink-local 169.254.0.0\nbackbone 10.3 spine\n",
        "/etc/networks",
    );
    let node = net.client();
    node.cable("v0", node, "v1");
    node.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
    node.hardware_address("v1", [2, 0, 0, 0, 0, 2]);
    node.up(&["v0", "v1"]);
    node.addresses("v0", &["10.0.0.1/24", "fd00::1/64"]);
    for words in [
        "addr add 10.0.0.9/24 dev v0 label v0:1",
        "-6 route replace fd00::/64 dev v0 proto kernel metric 256",
    ] {
        let _ = node.command("ip").words(words).run();
    }
    net
}

fn ours(node: &Namespace, options: &str, args: &str) -> Output {
    invoke(node, options, "route", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("route").words(args).run()
}

fn told(run: &Output) -> (i32, &str, &str) {
    (run.code, &run.stdout, &run.stderr)
}

fn changes_need_a_grant() {
    let net = furnished();
    for args in [
        "add -net 10.3.0.0/16 gw 10.0.0.2",
        "-6 add fd01::/64 gw fd00::2",
    ] {
        let run = ours(net.client(), "", args);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.stderr.contains("--allow route.write="), "{run}");
    }
    // A grant for one network is none for another.
    let narrow = "--allow route.write=10.3.0.0/16";
    let run = ours(net.client(), narrow, "add -net 10.4.0.0/16 gw 10.0.0.2");
    assert_eq!(run.code, 2, "{run}");
    let run = ours(net.client(), narrow, "add -net 10.3.0.0/16 gw 10.0.0.2");
    assert_eq!(run.code, 0, "{run}");
    let there = ours(net.client(), "", "-n");
    assert!(there.stdout.contains("10.3.0.0        10.0.0.2"), "{there}");
}

fn reading_can_be_denied() {
    let net = furnished();
    let run = ours(net.client(), "--deny counters.read", "-n");
    assert_eq!(run.code, 2, "{run}");
    assert!(
        run.stderr.starts_with("route: denied: counters.read"),
        "{run}"
    );
    let run = ours(
        net.client(),
        "--deny route.read --allow route.write",
        "add 10.2.0.2 v0",
    );
    assert_eq!(run.code, 2, "{run}");
}

fn each_fact_is_in_json() {
    let net = furnished();
    let run = ours(net.client(), "", "-n --json");
    let facts: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(!facts.is_empty(), "{run}");
    assert_eq!(facts[0]["destination"], "10.0.0.0");
    assert_eq!(facts[0]["prefix_length"], 24);
    assert_eq!(facts[0]["interface"], "v0");
}

fn helps_the_same() {
    let net = furnished();
    for args in ["--help", "-h", "-h -6", "-h -A inet", "-?"] {
        let (mine, theirs) = (ours(net.client(), "", args), native(net.client(), args));
        assert_eq!(told(&mine), told(&theirs), "route {args}");
    }
}

/// In a table, the destination that is a network has its name from networks(5), a host its own.
fn names_hosts_and_networks_the_same() {
    let net = furnished();
    for words in [
        "route add 10.3.0.0/16 via 10.0.0.2",
        "route add 169.254.0.0/16 dev v0",
        "route add 10.2.0.1 via 10.0.0.2",
        "route add default via 10.0.0.2",
    ] {
        let _ = net.client().command("ip").words(words).run();
    }
    for args in ["", "-e", "-ee", "-n", "-N"] {
        let (mine, theirs) = (ours(net.client(), "", args), native(net.client(), args));
        assert_eq!(told(&mine), told(&theirs), "route {args}");
    }
    let mine = invoke(net.client(), "", "netstat", "-r").run().output;
    let theirs = net.client().command("netstat").words("-r").run();
    assert_eq!(told(&mine), told(&theirs));
    let run = ours(
        net.client(),
        "--allow route.write",
        "add -net spine netmask 255.255.0.0 metric 9 gw router",
    );
    assert_eq!(run.code, 0, "{run}");
    let shown = ours(net.client(), "", "");
    assert!(
        shown
            .stdout
            .contains("backbone        router.example  255.255.0.0     UG    9"),
        "{shown}"
    );
}

/// Each line in turn, in both networks: the same answer, and the same routes afterwards.
fn shows_and_changes_the_same() {
    let (net, twin) = (furnished(), furnished());
    let state = |node: &Namespace| {
        let shown = |words: &str| node.command("ip").words(words).run().stdout;
        let six = shown("-6 route show");
        let made = six.lines().filter(|line| !line.starts_with("fe80"));
        let six: Vec<&str> = made.collect();
        format!("{}{}", shown("-4 route show"), six.join("\n"))
    };
    let mut differences = Vec::new();
    for args in LINES.lines() {
        let mine = ours(net.client(), "--allow route.write", args);
        let theirs = native(twin.client(), args);
        if told(&mine) != told(&theirs) {
            differences.push(format!("route {args}\nours: {mine}\nnative: {theirs}"));
        }
        let (here, there) = (state(net.client()), state(twin.client()));
        if here != there {
            differences.push(format!("after route {args}\nours: {here}\nnative: {there}"));
            break;
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

const LINES: &str = "\
add 10.1.0.0/16 dev v0
add -net 10.1.0.0/16 dev v0
add -net 10.1.0.0/16 dev v0
add -host 10.2.0.1 dev v0
add 10.2.0.2 v0
add -net 10.3.0.0 netmask 255.255.0.0 gw 10.0.0.2
add -net 10.4.0.0 netmask 255.255.0.0 gw 10.0.0.2 metric 5 mss 1000 window 300 irtt 40 dev v0
add default gw 10.0.0.3
add default gw 10.0.0.3 metric 7
add -net 10.5.0.0/16 reject
add -host 10.5.1.1 reject
add -net 10.6.0.0 dev v0
add -net 10.6.0.1/16 dev v0
add -net 10.6.0.0 netmask 255.0.255.0 dev v0
add -host 10.6.0.0 netmask 255.255.0.0 dev v0
add -net 10.6.0.0/16 netmask 255.255.0.0 dev v0
add 10.7.0.0/16 gw 10.0.0.2
add -net 10.8.0.0/16 gw 10.99.0.1
add -net 10.8.0.0/16 gw nosuch.example
add -net 10.8.0.0/16 gw default
add -net 10.8.0.0/16 dev nosuch
add -net 10.8.0.0/16 dev v0:1
add -net 10.9.0.0/16 dev v0:7
add -net 10.9.0.0/16 dev v0 dev v1
add -net 10.9.0.0/16 v0 v1
add -net 10.9.0.0/16 metric x
add -net 10.9.0.0/16 mss 5 dev v0
add -net 10.9.0.0/16 window 5 dev v0
add -net
add -host
add 
add loopback dev lo
add -net link-local netmask 255.255.0.0 dev v0
add 10.10.0.0/33 dev v0
add -net 10.10.0.0/33 dev v0
add -net 10.10.0.0/0x10 dev v0
add -net 10.12 netmask 255.255.0.0 dev v0
add -net 10.11.0.0/x dev v0
add 10.13.0.1 dev v0 mod dyn reinstate
del 10.2.0.2
del 10.2.0.2
del -net 10.1.0.0/16
del -net 10.3.0.0 netmask 255.255.0.0
del -net 10.5.0.0/16 reject
del -host 10.5.1.1
del -net 10.77.0.0/16
del default
del default gw 10.0.0.3
delete -host 10.2.0.1 dev v1
delete -host 10.2.0.1 dev v0
add -C default gw 10.0.0.3
-6 add fd01::/64 gw fd00::2
-6 add fd01::/64 gw fd00::2
-6 add fd02::/64 dev v0
-6 add fd03::1 v0
-6 add default gw fd00::3
-6 add default gw fd00::3 metric 1024
-6 add fd04::/64 gw fd00::2 metric 77 dev v0
-6 add fd05::/64
-6 add fd05::/129 dev v0
-6 add fd05::/64 dev nosuch
-6 add fd05::/64 gw fd99::1
-6 add fd05::/64 gw nosuch.example
-6 add fd05::/64 gw
-6 add fd05::1/64 dev v0
-6 add
-6 del fd02::/64
-6 del fd01::/64 gw fd00::2
-6 del fd77::/64
-6 del default
-6 del fd04::/64 dev v0
-6 del fd04::/64 metric 77
-6 del
-6 add fd06::/64 reject
-6 -C add fd06::/64 dev v0
-6 add fd08::/64 v0 v1
add 10.20.0.0 netmask 255.255.0.0 gw 10.0.0.2
add 10.21.0.0 netmask 255.255.255.255 gw 10.0.0.2
add -host 10.22.0.1/32 gw 10.0.0.2
add -net 10.23.0.1/32 gw 10.0.0.2
add 10.24.0.1/32 gw 10.0.0.2
add -net default gw 10.0.0.2
add -net 0.0.0.0 gw 10.0.0.2
add 0.0.0.0 gw 10.0.0.2
add -net 224.0.0.0 netmask 240.0.0.0 dev v0
-n
-e
-ee
-eee
-C
-Cee
-6 -C
-N
-h -6
-h -A inet
-A foo
-Z
--nope
-A
foo
flush
-6 flush
-v
-F
-CF
-n
";
