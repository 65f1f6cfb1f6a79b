//! arp beside net-tools' over the same cache.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;
use rtnetlink::packet_route::neighbour::NeighbourState;

cases! {
    [Netns] in each way => { changes_need_a_grant, reads_the_file_where_netlink_is_denied }
    [Netns, Program("arp")] in each way => { shows_the_same, changes_the_same, sets_what_a_file_lists }
}

fn furnished() -> Topology {
    let mut net = Topology::alone();
    let hosts = "127.0.0.1 localhost\n10.0.0.5 five.example five\n\
                 10.0.0.8 a-rather-long-name-for-a-column.example\n\
                 10.0.0.10 ten.example\n10.0.0.30 thirty.example\n10.0.0.31 other.example\n";
    net.file("hosts", hosts, "/etc/hosts");
    let node = net.client();
    node.cable("v0", node, "v1");
    node.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
    node.up(&["v0", "v1"]);
    node.addresses("v0", &["10.0.0.1/24"]);
    for (address, last, state) in [
        ("10.0.0.5", Some(0x05), NeighbourState::Permanent),
        ("10.0.0.10", None, NeighbourState::Failed),
        ("10.0.0.30", Some(0x30), NeighbourState::Noarp),
        ("10.0.0.31", Some(0x31), NeighbourState::Stale),
    ] {
        let hardware = last.map(|last| [2, 0, 0, 0, 0, last]);
        node.neighbour("v0", address, hardware, state);
    }
    node.proxy("v0", "10.0.0.8");
    net
}

fn ours(node: &Namespace, options: &str, args: &str) -> Output {
    invoke(node, options, "arp", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("arp").words(args).run()
}

fn changes_need_a_grant() {
    let net = furnished();
    let run = ours(net.client(), "", "-s 10.0.0.20 02:00:00:00:00:20");
    assert_eq!(run.code, 2, "{run}");
    assert!(
        run.stderr.contains("--allow route.write=10.0.0.20"),
        "{run}"
    );
    let there = ours(net.client(), "", "-an");
    assert!(!there.stdout.contains("10.0.0.20"), "{there}");
}

fn reads_the_file_where_netlink_is_denied() {
    let net = furnished();
    let run = ours(net.client(), "--deny route.read", "-an 10.0.0.5");
    assert_eq!(
        run.stdout, "? (10.0.0.5) at 02:00:00:00:00:05 [ether] PERM on v0\n",
        "{run}"
    );
    let run = ours(net.client(), "--deny route.read --deny file.read", "-an");
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("route.read"), "{run}");
}

fn shows_the_same() {
    let net = furnished();
    for args in [
        "",
        "-a",
        "-e",
        "-v",
        "-av",
        "-ev",
        "-n",
        "-an",
        "-en",
        "-vn",
        "-n 10.0.0.5",
        "-a five",
        "five",
        "-n five",
        "-n 10.0.0.77",
        "-an 10.0.0.99",
        "-i nosuch -n",
        "-i v0 -n",
        "-i v0 -a",
        "-i v1",
        "-nv 10.0.0.5",
        "-H ether -n",
        "-t ether -n",
        "-A inet -n",
        "-p inet -n",
    ] {
        let (ours, native) = (ours(net.client(), "", args), native(net.client(), args));
        assert_eq!(
            (ours.code, &ours.stdout, &ours.stderr),
            (native.code, &native.stdout, &native.stderr),
            "arp {args}\n{ours}{native}"
        );
    }
}

/// The same changes in twin networks: each answers the same, and the caches are the same afterwards.
fn changes_the_same() {
    let (net, twin) = (furnished(), furnished());
    for args in [
        "-s 10.0.0.20 02:00:00:00:00:20",
        "-s 10.0.0.21 02:00:00:00:00:21 temp",
        "-i v0 -s 10.0.0.24 02:00:00:00:00:24 pub",
        "-s 10.0.0.25 02:00:00:00:00:25 dev v0",
        "-Ds 10.0.0.22 v0 pub",
        "-Ds 10.0.0.26 v0",
        "-Ds 10.0.0.27 nosuch pub",
        "-s 192.0.2.7 02:00:00:00:00:40",
        "-i nosuch -s 10.0.0.40 02:00:00:00:00:40",
        "-s nosuchhost 02:00:00:00:00:40",
        "-s 10.0.0.40",
        "-s",
        "-d five",
        "-d 10.0.0.5",
        "-i v0 -d 10.0.0.8 pub",
        "-d 10.0.0.99",
        "-i nosuch -d 10.0.0.20",
        "-d nosuchhost",
        "-d",
        "-H foo -n",
        "-A foo -n",
    ] {
        let mine = ours(net.client(), "--allow route.write", args);
        let theirs = native(twin.client(), args);
        assert_eq!(
            (mine.code, &mine.stdout, &mine.stderr),
            (theirs.code, &theirs.stdout, &theirs.stderr),
            "arp {args}\n{mine}{theirs}"
        );
    }
    // A word that makes no sense changes nothing, and is named.
    for args in [
        "-s 10.0.0.41 02:00:00:00:00:41 foo",
        "-d 10.0.0.20 foo",
        "-s 10.0.0.41 02:00:00:00:00",
    ] {
        let mine = ours(net.client(), "--allow route.write", args);
        assert_ne!(mine.code, 0, "{mine}");
        assert_eq!(mine.stderr.lines().count(), 1, "{mine}");
    }
    let sorted = |node: &Namespace| {
        let mut lines: Vec<_> = native(node, "-an")
            .stdout
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    let (mine, theirs) = (sorted(net.client()), sorted(twin.client()));
    assert_eq!(mine, theirs);
    let published = "? (10.0.0.24) at <from_interface> PERM PUB on v0";
    assert!(mine.iter().any(|line| line == published), "{mine:?}");
}

fn sets_what_a_file_lists() {
    let (net, twin) = (furnished(), furnished());
    let list = tempfile::NamedTempFile::new().unwrap();
    let text = "# a list\n\n10.0.0.50 02:00:00:00:00:50\n10.0.0.51\t02:00:00:00:00:51 temp\nalone\n\
                10.0.0.52 nonsense\n192.0.2.7 02:00:00:00:00:40\n10.0.0.53 02:00:00:00:00:53 pub\n";
    std::fs::write(list.path(), text).unwrap();
    let path = list.path().display();
    for args in [format!("-i v0 -f {path}"), "-f /no/such/file".into()] {
        let mine = ours(net.client(), "--allow route.write", &args);
        let theirs = native(twin.client(), &args);
        assert_eq!(
            (mine.code, &mine.stdout, &mine.stderr),
            (theirs.code, &theirs.stdout, &theirs.stderr),
            "arp {args}\n{mine}{theirs}"
        );
    }
    let sorted = |node: &Namespace| {
        let mut lines: Vec<_> = native(node, "-an")
            .stdout
            .lines()
            .map(str::to_owned)
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(net.client()), sorted(twin.client()));
    let denied = ours(net.client(), "", &format!("-f {path}"));
    assert!(
        denied.code == 2 && denied.stderr.contains("route.write"),
        "{denied}"
    );
    let denied = ours(net.client(), "--deny file.read", &format!("-f {path}"));
    assert!(
        denied.code == 2 && denied.stderr.contains("file.read"),
        "{denied}"
    );
}
