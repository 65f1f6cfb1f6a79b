//! What ip changes, beside iproute2's in a twin network; and what one has written, the other reads.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::shell;
use nethost_tests::iproute2::{difference, expect_none, furnished, native, ours, steady};
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nethost_tests::topology::Topology;
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("ip")] in each way => { changes_the_same, names_namespaces_for_each_other }
    [Netns, Program("ip")] => { saves_and_restores_the_same }
}

/// Changes, each with what it answers: the same in both networks, and the same networks afterwards.
const CHANGES: &str = "\
addr add 10.0.0.10/24 dev v0
addr add 10.0.0.10/24 dev v0
addr add 10.0.0.11/24 brd + dev v0 label v0:1
addr add 10.8.0.1 peer 10.8.0.2 dev v0
addr add fd01::2/64 dev v0 noprefixroute
addr replace 10.0.0.13/24 dev v0
addr del 10.0.0.10/24 dev v0
addr del 10.0.0.10/24 dev v0
addr add 10.0.0.300/24 dev v0
addr add 10.0.0.3/24
addr add 10.0.0.3/24 dev nosuch
link set v0 mtu 1400
link set v0 txqueuelen 500
link property add dev v0 altname uplink0 altname a-much-longer-name-than-a-link-can-have
link property add dev v0 altname uplink0
link set uplink0 alias again
link property del dev v0 altname uplink0
link property del dev v0 altname nosuch
link property add altname x
link property foo
link set v0 alias hello
link set v0 multicast off
link set v0 arp off
link set v0 arp on
link set v0 group 5
link set group 5 mtu 1450
link set group 77 down
link set v0 group default
link set v0 mtu 10
link set nosuch up
link add br1 address 02:00:00:00:01:01 type bridge stp_state 1 forward_delay 400 priority 100
link set br1 type bridge hello_time 300 mcast_snooping 0
link set v1 type bridge_slave cost 55 learning off hairpin on priority 3
link set v1 nomaster
link add vx1 address 02:00:00:00:01:02 type vxlan id 10 dstport 4789 remote 10.0.0.77 local 10.0.0.1 dev v0 ttl 5 nolearning
link add link v0 mv1 address 02:00:00:00:01:03 type macvlan mode private
link add ifb1 address 02:00:00:00:01:04 type ifb
link add a0 address 02:00:00:00:01:05 mtu 1300 type veth peer name a1 address 02:00:00:00:01:06 mtu 1200
link add br0 type bridge
link del br1
link del br1
link set a0 group 6
link set a1 group 6
link del group 6
link del group 6
link del group default
link del a0
route add 192.168.10.0/24 via 10.0.0.9
route add 192.168.10.0/24 via 10.0.0.9
route add 192.168.2.0/24 via 10.0.0.9 dev v0 metric 50 src 10.0.0.1 mtu 1300 proto static
route add 192.168.3.0/24 via 10.0.0.9 table 100 advmss 1000 window 100 initcwnd 10 hoplimit 5
route add 192.168.4.0/24 via 172.16.0.1 dev v0 onlink
route add unreachable 10.69.0.0/16 metric 10
route add throw 10.69.0.0/16 table 300
route add local 10.70.0.0/16 dev lo
route add 192.168.5.0/24 nexthop via 10.0.0.9 weight 3 nexthop via 10.0.0.8 dev v0
route add 192.168.7.0/24 tos 0x10 via 10.0.0.9
route append 192.168.10.0/24 via 10.0.0.7
route change 192.168.2.0/24 via 10.0.0.7 metric 50
route change 192.168.200.0/24 via 10.0.0.7
route replace 192.168.11.0/24 via 10.0.0.7
route replace 192.168.11.0/24 via 10.0.0.6
route add fd10::/64 via fd00::9
route add fd12::/64 via fd00::9 dev v0 pref high
route add fd13::/64 nexthop via fd00::9 nexthop via fd00::8 weight 2
-6 route add unreachable fd14::/64
route add 1.2.3.4 via 9.9.9.9
route add 1.2.3.4/24 via 10.0.0.9
route add 1.2.3.4 dev nosuch
route add 1.2.3.4 via foo
route add 1.2.3.4 via fd00::1 table foo
route del 192.168.10.0/24
route del 192.168.99.0/24
route del fd13::/64
route flush table 300
route flush proto static
rule add from 10.3.0.0/16 table 100
rule add from 10.3.0.0/16 table 100
rule add to 10.2.0.0/16 table 200 pref 1000
rule add fwmark 1 table 100 priority 1001
rule add oif v0 table default pref 1004
rule add ipproto udp dport 53 table 100 pref 1008
rule add uidrange 0-100 table 100 pref 1010
rule add prohibit from 10.6.0.0/16 pref 1015
-6 rule add to fd01::/64 lookup 200 pref 500
rule add table foo
rule del pref 1000
rule del pref 1000
rule del from 10.3.0.0/16
neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0
neigh add 10.0.0.7 lladdr 02:00:00:00:00:07 dev v0
neigh change 10.0.0.7 lladdr 02:00:00:00:00:77 dev v0
neigh replace 10.0.0.51 lladdr 02:00:00:00:00:51 dev v0 nud noarp
neigh add proxy 10.0.0.20 dev v0
neigh add 10.0.0.52 lladdr 02:00:00:00:00:51
neigh del 10.0.0.7 dev v0
neigh del proxy 10.0.0.20 dev v0
addrlabel add prefix fd77::/16 label 77
addrlabel add prefix fd77::/16 label 77
addrlabel del prefix fd77::/16 label 77
addr flush dev v0 scope link
ntable change name arp_cache dev v0 queue 10
ntable change name arp_cache thresh1 128 thresh2 512
ntable change name ndisc_cache dev v0 retrans 2000 base_reachable 20000
maddr add 33:33:00:00:00:77 dev v0
maddr add 33:33:00:00:00:77 dev v0
maddr del 33:33:00:00:00:77 dev v0
maddr del 33:33:00:00:00:78 dev v0
tcp_metrics flush
tcp_metrics flush 10.0.0.0/8
addr flush dev v0 label foo
rule flush pref 1001
neigh flush dev v0
route flush table 101
link set v0 address 02:00:00:00:00:99
link set v0 promisc on
link set v0 promisc off
link set v0 name w0
link set w0 name v0
link set dev v0 down
link set dev v0 up
link set v0 allmulticast on
tuntap add dev tun8 mode tun user 0 pi multi_queue
tuntap add dev tun8 mode tun
tuntap del dev nosuch mode tap
link add br7 address 02:00:00:00:07:01 type bridge vlan_filtering 1
link set v1 master br7
link set v1 nomaster
addr change 10.0.0.13/24 dev v0 valid_lft 1000 preferred_lft 500
addr add 10.0.0.14/24 dev v0 scope host
addr add 10.0.0.15/24 brd 10.0.0.255 dev v0 metric 50 valid_lft forever
addr add fd00::77/64 dev v0 home nodad
addr del fd00::77/64 dev v0
addr flush dev v0 to 10.0.0.14/32
route add 10.99.0.0/16 dev v0 expires 100
route add fd99::/64 dev v0 expires 1000
route add 10.98.0.0/16 dev v0 congctl cubic rto_min 100ms quickack 1
route add 10.97.0.0/16 dev v0 realms 3/4
route add multicast 239.0.0.0/8 dev v0
route add 10.96.0.0/16 nhid 5
route prepend 192.168.11.0/24 via 10.0.0.5
route test 192.168.11.0/24
route add prohibit 10.95.0.0/16
route change 10.95.0.0/16 via 10.0.0.9
route del 10.95.0.0/16 via 10.0.0.8
route del 10.95.0.0/16 table main
rule add not fwmark 0x1 lookup 100 suppress_ifgroup 3 pref 2000
rule add tos 0x10 table 100 pref 2001
rule add from all iif lo goto 3000 pref 2002
rule add nop pref 2003
rule add l3mdev pref 2004
rule add unreachable pref 2005
rule add from 10.0.0.0/8 realms 5 pref 2006
rule del pref 2004
rule flush
-6 rule flush
neigh add fd00::55 lladdr 02:00:00:00:00:56 dev v0 nud stale
neigh change fd00::55 dev v0 lladdr 02:00:00:00:00:57
neigh del fd00::55 dev v0
neigh flush all
addrlabel flush
link del vx1
token set ::1:2 dev v0
token del dev v0
nexthop add id 1 via 10.0.0.9 dev v0
nexthop add id 1 via 10.0.0.9 dev v0
nexthop add id 2 blackhole proto static
nexthop add id 3 via 10.0.0.8 dev v0 onlink
-6 nexthop add id 4 dev v0
nexthop add id 5 via fd00::9 dev v0
nexthop add id 6 group 1,3/3
nexthop add id 7 group 1/3,2 type resilient buckets 8 idle_timer 60 unbalanced_timer 10
nexthop add id 8 group 1/1
nexthop add id 9 via 1.2.3.4
nexthop add id 9 dev nosuch
nexthop add id x dev v0
nexthop add foo
nexthop add id 10 via 10.0.0.9 fdb
nexthop add id 11 group 10 fdb
nexthop
-j nexthop
-d nexthop
-j -p -d nexthop
nexthop list groups
nexthop list fdb
nexthop list dev v0
nexthop list proto 4
nexthop list proto static
nexthop show master nosuch
-6 nexthop
nexthop get id 7
nexthop get id 99
nexthop replace id 3 dev v1
nexthop get id 3
route add 10.77.0.0/16 nhid 6
route show 10.77.0.0/16
nexthop del id 2
nexthop del id 99
nexthop del id 5 foo
nexthop list id 1
nexthop flush proto 4
nexthop
nexthop foo
mptcp endpoint add 10.0.0.1 id 5 signal port 3300 dev v0
mptcp endpoint add 10.0.0.2 subflow backup
mptcp endpoint add fd00::3 id 9 subflow fullmesh
mptcp endpoint add 10.0.0.2 subflow
mptcp endpoint add 10.0.0.4 port 5
mptcp endpoint add 10.0.0.4 signal fullmesh
mptcp endpoint add
mptcp endpoint add foo
mptcp endpoint add 10.0.0.4 dev nosuch
mptcp endpoint
-j mptcp endpoint
mptcp endpoint show id 9
mptcp endpoint show id 77
mptcp endpoint show foo
mptcp endpoint change id 9 nofullmesh
mptcp endpoint change id 9 backup
mptcp endpoint change id 9 signal
mptcp endpoint
mptcp endpoint delete id 9
mptcp endpoint delete id 99
mptcp endpoint delete
mptcp endpoint delete id 0
mptcp endpoint flush
mptcp endpoint
mptcp limits
mptcp limits set subflows 3 add_addr_accepted 1
mptcp limits show
mptcp limits set foo
mptcp limits set subflows 99
mptcp foo
mptcp endpoint foo
nexthop flush
nexthop add id 20 via 10.0.0.9 dev v0 proto bgp
nexthop add id 21 group 20
mptcp endpoint add 10.0.0.1 signal
";

/// What the native tool reads afterwards.
const READ_BACK: &[&str] = &[
    "-d address",
    "-d link",
    "-d route show table all",
    "-6 -d route show table all",
    "rule",
    "-6 rule",
    "neigh",
    "neigh show proxy",
    "-6 neigh show proxy",
    "addrlabel",
    "-4 ntable show dev v0",
    "-6 ntable show dev v0",
    "-0 maddr show dev v0",
    "tuntap",
    "token",
    "nexthop",
    "mptcp endpoint",
    "mptcp limits",
];

fn changes_the_same() {
    let (net, twin) = (furnished(), furnished());
    let mut differences = Vec::new();
    for line in CHANGES.lines() {
        let (mine, theirs) = (ours(net.client(), line), native(twin.client(), line));
        differences.extend(difference(line, &mine, &theirs));
    }
    let sorted = |output: Output| {
        let text = steady(&output.stdout);
        // The groups of solicited nodes come and go with addresses on the kernel's own time, and when an address
        // goes while it is still being probed, the link's share of its group may stay.
        let own = |line: &&str| !line.contains("link  33:33:ff:");
        let mut lines: Vec<_> = text.lines().filter(own).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    // Some states follow a change on the kernel's own time.
    let give_up = Instant::now() + Duration::from_secs(20);
    for args in READ_BACK {
        loop {
            let (mine, theirs) = (
                sorted(native(net.client(), args)),
                sorted(native(twin.client(), args)),
            );
            if mine == theirs {
                break;
            }
            if Instant::now() > give_up {
                let only = |a: &[String], b: &[String]| {
                    let only: Vec<_> = a.iter().filter(|line| !b.contains(line)).collect();
                    format!("{only:#?}")
                };
                differences.push(format!(
                    "after all, ip {args}: only after ours {}, only after the native one {}",
                    only(&mine, &theirs),
                    only(&theirs, &mine)
                ));
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
    // And as a library reads it that is neither's.
    let own = |line: &String| !line.contains("33:33:ff:");
    let [mine, theirs] = [&net, &twin].map(|net| {
        let lines = state::lines(net.client()).into_iter();
        lines.filter(own).collect::<Vec<_>>()
    });
    for (here, there, whose) in [(&mine, &theirs, "ours"), (&theirs, &mine, "the native one")] {
        let only = here.iter().filter(|line| !there.contains(line));
        differences.extend(only.map(|line| format!("only after {whose}: {line}")));
    }
    expect_none(&differences);
}

fn saves_and_restores_the_same() {
    let (net, twin) = (furnished(), Topology::alone());
    let files = tempfile::tempdir().unwrap();
    twin.client().cable("v0", twin.client(), "v1");
    for (end, last) in [("v0", 1), ("v1", 2)] {
        twin.client().hardware_address(end, [2, 0, 0, 0, 0, last]);
    }
    twin.client().up(&["v0", "v1"]);
    let done = |node: &Namespace, script: &str| {
        let run = shell(node)
            .env("D", files.path())
            .arg("-ec")
            .arg(script)
            .run();
        assert_eq!(run.code, 0, "{script}: {run}");
        run.stdout
    };
    // Sequence number and port stand in the messages, so it is compared what each makes of the other's.
    for (object, select) in [
        ("route", "table 100"),
        ("route", "dev v0 proto boot"),
        ("address", "dev v0"),
        ("rule", ""),
    ] {
        done(
            net.client(),
            &format!(
                "$NETHOST ip {object} save {select} > $D/ours; ip {object} save {select} > $D/native"
            ),
        );
        let size = |name: &str| std::fs::metadata(files.path().join(name)).unwrap().len();
        assert_eq!(size("ours"), size("native"), "{object}");
        assert!(size("ours") > 4, "{object}");
        if object != "rule" {
            let dumps = "$NETHOST ip OBJECT showdump < $D/native; ip OBJECT showdump < $D/ours";
            let dumps = done(net.client(), &dumps.replace("OBJECT", object));
            let (mine, theirs) = dumps.split_at(dumps.len() / 2);
            assert_eq!(mine, theirs, "{object}");
            assert!(!mine.is_empty(), "{object}");
        }
    }
    done(
        net.client(),
        "ip route save table 100 > $D/routes; $NETHOST ip rule save > $D/rules",
    );
    let twin = twin.client();
    twin.addresses("v0", &["10.0.0.1/24"]);
    done(
        twin,
        "$NETHOST --allow route.write ip route restore < $D/routes; ip rule restore < $D/rules",
    );
    let restored = native(twin, "route show table 100").stdout;
    assert_eq!(
        restored,
        native(net.client(), "route show table 100").stdout
    );
    assert_eq!(
        native(twin, "rule show pref 100").stdout,
        native(net.client(), "rule show pref 100").stdout
    );
}

fn names_namespaces_for_each_other() {
    let net = Topology::alone();
    // The names are mounts; these are of this shell alone.
    let script = "\
        mount --make-rprivate / && mount -t tmpfs tmpfs /run && N=\"$NETHOST --allow route.write ip\"\n\
        $N netns add one && ip netns add two && ip netns list && $NETHOST ip netns list\n\
        $N netns set one 7 && ip netns list-id && $NETHOST ip netns list-id\n\
        ip link add w8 type veth peer name w9 netns one && ip link show w8 | grep -q 'link-netns one$'\n\
        for o in '' -d -j -o; do [ \"$(ip $o link show w8)\" = \"$($NETHOST ip $o link show w8)\" ]; done; ip link del w8\n\
        ip netns exec one ip link add w0 type veth peer name w1\n\
        $NETHOST ip -n one -br link show type veth && ip -n one -br link show type veth\n\
        $N netns attach three $$ && ip netns list | grep three\n\
        ip netns exec one sleep 60 & P=$!; while ! [ \"$(ip netns identify $P)\" = one ]; do sleep 0.05; done\n\
        [ \"$($NETHOST ip netns identify $P)\" = one ] && [ \"$($NETHOST ip netns identify)\" = three ]\n\
        [ \"$($NETHOST ip netns pids one)\" = $P ] && [ \"$(ip netns pids one)\" = $P ]; kill $P\n\
        ! $NETHOST ip netns identify foo && ! $NETHOST ip netns pids nosuch\n\
        ! $N netns add one && $N netns del one && ip netns del two && $N -all netns del && ls /run/netns | wc -l\n";
    let run = shell(net.client())
        .args(["-ec", script])
        .under("unshare", &["--mount".as_ref()])
        .run();
    assert_eq!(run.code, 0, "{run}");
    let mut lines: Vec<&str> = run.stdout.lines().collect();
    let rest = lines.split_off(8);
    let (listed, rest) = (lines, rest);
    assert_eq!(sorted(&listed[..2]), ["one", "two"], "{run}");
    assert_eq!(sorted(&listed[2..4]), ["one", "two"], "{run}");
    assert_eq!(listed[4], "nsid 7 (iproute2 netns name: one)", "{run}");
    assert_eq!(listed[4], listed[5], "{run}");
    assert_eq!(&[listed[6], listed[7]], &rest[..2], "{run}");
    assert_eq!(&rest[2..], ["three", "0"], "{run}");
    assert!(
        run.stderr
            .contains("Cannot create namespace file \"/run/netns/one\": File exists"),
        "{run}"
    );
}

fn sorted<'a>(lines: &[&'a str]) -> Vec<&'a str> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines
}
