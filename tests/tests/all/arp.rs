//! arp beside net-tools' over the same cache.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;

cases! {
    [Netns] => { changes_need_a_grant, reads_the_file_where_netlink_is_denied }
    [Netns, Program("arp")] => { shows_the_same, changes_what_the_native_one_sees }
}

fn furnished() -> Topology {
    let net = Topology::alone();
    net.client().ip("\
        link add v0 address 02:00:00:00:00:01 type veth peer name v1\n\
        link set v0 up\nlink set v1 up\naddr add 10.0.0.1/24 dev v0\n\
        neigh add 10.0.0.5 lladdr 02:00:00:00:00:05 dev v0\n\
        neigh add 10.0.0.10 nud failed dev v0\nneigh add proxy 10.0.0.8 dev v0\n");
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
        "-n",
        "-an",
        "-en",
        "-vn",
        "-n 10.0.0.5",
        "-n 10.0.0.77",
        "-an 10.0.0.99",
        "-i nosuch -n",
        "-i v0 -n",
        "-nv 10.0.0.5",
    ] {
        let (ours, native) = (ours(net.client(), "", args), native(net.client(), args));
        assert_eq!(
            (ours.code, &ours.stdout),
            (native.code, &native.stdout),
            "arp {args}\n{ours}{native}"
        );
    }
}

fn changes_what_the_native_one_sees() {
    let net = furnished();
    let node = net.client();
    for args in [
        "-s 10.0.0.20 02:00:00:00:00:20",
        "-s 10.0.0.21 02:00:00:00:00:21 temp",
        "-Ds 10.0.0.22 v0 pub",
        "-d 10.0.0.5",
    ] {
        let run = ours(node, "--allow route.write", args);
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (0, ""),
            "arp {args}\n{run}"
        );
    }
    let seen = native(node, "-an").stdout;
    for line in [
        "? (10.0.0.20) at 02:00:00:00:00:20 [ether] PERM on v0\n",
        "? (10.0.0.21) at 02:00:00:00:00:21 [ether] on v0\n",
        "? (10.0.0.22) at <from_interface> PERM PUB on v0\n",
    ] {
        assert!(seen.contains(line), "{line} in {seen}");
    }
    assert!(!seen.contains("10.0.0.5)"), "{seen}");
    let gone = ours(node, "--allow route.write", "-d 10.0.0.5");
    assert_eq!(
        (gone.code, gone.stderr.as_str()),
        (255, "No ARP entry for 10.0.0.5\n"),
        "{gone}"
    );
}
