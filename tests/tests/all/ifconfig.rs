//! ifconfig beside net-tools' in twin networks.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;

cases! {
    [Netns] in each way => { changes_need_a_grant, each_fact_is_in_json, reading_can_be_denied }
    // The native one's ioctls want privileges beyond a user namespace for some changes.
    [Netns, OtherUser, Program("ifconfig"), Program("ip")] => { shows_and_changes_the_same }
    [Netns, Program("ifconfig")] => { helps_the_same }
}

fn furnished() -> Topology {
    let mut net = Topology::alone();
    net.file(
        "hosts",
        "127.0.0.1 localhost\n10.0.0.5 five.example five\n",
        "/etc/hosts",
    );
    let node = net.client();
    node.cable("v0", node, "v1");
    node.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
    node.hardware_address("v1", [2, 0, 0, 0, 0, 2]);
    node.up(&["v0", "v1"]);
    node.addresses("v0", &["10.0.0.1/24"]);
    net
}

fn ours(node: &Namespace, options: &str, args: &str) -> Output {
    invoke(node, options, "ifconfig", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("ifconfig").words(args).run()
}

/// Without what differs from one network to its twin: counters, and addresses that the kernel makes.
fn steady(text: &str) -> String {
    let counts = |line: &&str| !line.contains("X packets") && !line.contains("X errors");
    let made = |line: &&str| !line.contains("inet6 fe80") && !line.contains(" fe80:");
    let lines = text.lines().filter(counts).filter(made);
    lines.map(|line| format!("{line}\n")).collect()
}

fn changes_need_a_grant() {
    let net = furnished();
    for args in ["v0 10.0.0.9", "v0 down", "v0 add fd00::5/64", "v0 mtu 1400"] {
        let run = ours(net.client(), "", args);
        assert_eq!(run.code, 2, "{run}");
        assert!(run.stderr.contains("--allow route.write="), "{run}");
    }
    // A grant for one address is none for another.
    let narrow = "--allow route.write=10.0.0.0/24";
    let run = ours(net.client(), narrow, "v0 10.9.0.9 netmask 255.255.255.0");
    assert_eq!(run.code, 2, "{run}");
    let there = ours(net.client(), "", "v0");
    assert!(
        there
            .stdout
            .contains("inet 10.0.0.1  netmask 255.255.255.0"),
        "{there}"
    );
}

fn reading_can_be_denied() {
    let net = furnished();
    let run = ours(net.client(), "--deny route.read", "v0");
    assert_eq!(run.code, 2, "{run}");
    assert!(
        run.stderr.starts_with("ifconfig: denied: route.read"),
        "{run}"
    );
}

fn each_fact_is_in_json() {
    let net = furnished();
    let run = ours(net.client(), "", "--json v0");
    let fact: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(fact["name"], "v0");
    assert_eq!(fact["inet"]["address"], "10.0.0.1");
    assert_eq!(fact["inet"]["netmask"], "255.255.255.0");
    assert_eq!(fact["hardware_address"], "02:00:00:00:00:01");
    assert_eq!(fact["flag_names"][0], "UP");
    assert!(fact["counts"]["rx_packets"].is_u64(), "{run}");
}

fn helps_the_same() {
    let net = furnished();
    for args in ["--help", "-h", "-?", "-help", "v0 hw foo"] {
        let (mine, theirs) = (ours(net.client(), "", args), native(net.client(), args));
        assert_eq!(
            (mine.code, &mine.stdout, &mine.stderr),
            (theirs.code, &theirs.stdout, &theirs.stderr),
            "ifconfig {args}"
        );
    }
    for args in ["-s", "-s -a", "-a -s"] {
        let columns = |text: &str| {
            let names = text
                .lines()
                .map(|line| line[..21.min(line.len())].to_owned());
            names.collect::<Vec<_>>()
        };
        let (mine, theirs) = (ours(net.client(), "", args), native(net.client(), args));
        assert_eq!(
            columns(&mine.stdout),
            columns(&theirs.stdout),
            "ifconfig {args}"
        );
    }
}

/// Each line in turn, in both networks: the same answer, and the same addresses and links afterwards.
fn shows_and_changes_the_same() {
    let (net, twin) = (furnished(), furnished());
    let state = |node: &Namespace| {
        let shown = |words: &str| node.command("ip").words(words).run().stdout;
        steady(&shown("-o addr show")) + &steady(&shown("-o link show"))
    };
    let mut differences = Vec::new();
    for args in LINES.lines() {
        let mine = ours(net.client(), "--allow route.write", args);
        let theirs = native(twin.client(), args);
        let told = |run: &Output| (run.code, steady(&run.stdout), run.stderr.clone());
        if told(&mine) != told(&theirs) {
            differences.push(format!("ifconfig {args}\nours: {mine}\nnative: {theirs}"));
        }
        let (here, there) = (state(net.client()), state(twin.client()));
        if here != there {
            differences.push(format!(
                "after ifconfig {args}\nours: {here}\nnative: {there}"
            ));
            break;
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

const LINES: &str = "\
-a
v0
v0:1
v0:7
nosuch
-x
v0 10.0.0.5
v0 10.0.0.5 netmask 255.255.255.0
v0 10.0.0.6/24
v0 10.0.0.7 netmask 255.255.255.0 broadcast 10.0.0.200
v0:2 10.0.0.20
v0:2 netmask 255.255.255.0
v0:2 10.0.0.21 netmask 255.255.255.0 up
-a
v0:2 down
v0:2 down
v0:3 up
v0 add 10.0.0.30
v0 add 10.0.0.31
v0 add 10.0.0.31
v0 del 10.0.0.30
v0 add fd00::5/64
v0 add fd00::5/64
v0 inet6 add fd00::6/64
v0 inet6 fd00::7
v0 del fd00::5/64
v0 del fd00::5/64
v0 del fd00::77
v0 add fd00::5/129
v0 mtu 1400
v0 mtu 5
v0 mtu x
v0 mtu
v0 txqueuelen 100
v0 txqueuelen -5
v0 txqueuelen 0x10
v0 hw ether 02:00:00:00:00:99
v0 hw ether 1:2:3
v0 hw ether zz
v0 hw foo
v0 hw loop 1
v0 hw
v0 -arp
v0 arp
v0 promisc
v0 -promisc
v0 allmulti
v0 -allmulti
v0 -multicast
v0 multicast
v0 trailers
v0 -trailers
v0 dynamic
v0 -dynamic
v0 -broadcast
v0 broadcast
v0 broadcast 10.0.0.99
v0 pointopoint 10.0.0.98
v0 -pointopoint
v0 dstaddr 10.0.0.97
v0 dstaddr foo.example
v0 dstaddr
v0 netmask 255.0.255.0
v0 netmask
v0 netmask 255.255.0.0 netmask 255.0.0.0
v1 netmask 255.0.0.0
v1 broadcast 10.0.0.1
v1 dstaddr 10.0.0.1
v0 down
v0 up
v0 down up
nosuch up
nosuch -promisc
nosuch mtu 1400
nosuch txqueuelen 4
nosuch hw ether 02:00:00:00:00:44
nosuch 10.0.0.1
nosuch 10.0.0.1 netmask 255.0.0.0
nosuch add fd00::1
nosuch name foo
-v nosuch up
-v nosuch mtu 4
averyveryverylongname
averyveryverylongname up
v0 nosuch.example
v0 netmask nosuch.example
v0 0.0.0.0
v0
v0 192.168.7.1
v0 172.16.0.1
v0 224.0.0.1
v0 255.255.255.255
v0 240.0.0.1
v0 10.1
v0 default
v0 10.0.0.1/33
v0 10.0.0.1/a
v0 10.0.0.1/24 netmask 255.0.0.0
v0 netmask 255.0.0.0 10.0.0.2
v0 10.0.0.3 mtu 1300 up
v0 inet 10.0.0.4 netmask 255.255.255.0
v0 loopback
lo 127.0.0.2
lo 127.0.0.1
lo
v0 keepalive 4
v0 outfill 3
v0 irq 4
v0 io_addr 4
v0 mem_start 4
v0 media foo
v0 tunnel ::1
v0 tunnel foo
v0 down name v9
v9
v9 name v0
v0 name lo
v0 up
v0:x 10.0.0.66
v0:x
v0 10.0.0.1 10.0.0.2
";
