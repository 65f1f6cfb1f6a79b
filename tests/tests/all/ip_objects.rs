//! The objects of ip that a machine seldom has - routes that encapsulate, IPsec, segment routing, counters by group -
//! beside iproute2's in a twin network, line by line. What needs modules of the kernel is in `cargo xtask lab`.

use crate::case::cases;
use nethost_tests::host::invoke;
use nethost_tests::iproute2::{batch, difference, expect_none, furnished, native, ours};

cases! {
    [Netns, Program("ip")] in each way => { keys_are_on_no_record }
    [Netns, Program("ip")] => { does_the_same }
}

/// A bridge and its port that nothing was sent over: their counters are the same in both networks.
const QUIET: &str = "\
link add br8 address 02:00:00:00:08:01 type bridge
link add ifb8 address 02:00:00:00:08:02 type ifb
link set ifb8 master br8
";

/// What is done and shown, in this order. Where the kernel lacks an object, both say so.
const COMMANDS: &str = "\
macsec show
fou show
ila list
sr tunsrc show
-j sr tunsrc show
sr tunsrc set fd00::1
sr tunsrc show
sr tunsrc set 10.0.0.1
sr tunsrc
sr hmac show
sr foo
sr hmac foo
sr hmac set 0
sr hmac set 5 md5
ioam namespace show
ioam namespace add 5 data 0xdead wide beef
ioam namespace show
-j ioam namespace show
ioam schema add 7 hello
ioam namespace set 5 schema 7
ioam namespace show
ioam schema show
ioam namespace set 5 schema none
ioam schema del 7
ioam namespace add 70000
ioam namespace add 1 foo
ioam namespace add 1 data 1 foo
ioam foo
ioam namespace foo
stats show dev lo
-s stats show dev lo group link
-j stats show dev lo
stats show dev br8 group xstats subgroup bridge
-j stats show dev br8 group xstats subgroup bridge suite stp
stats show dev ifb8 group xstats_slave subgroup bridge suite stp
-j -p stats show dev ifb8 group xstats_slave subgroup bridge
link xstats type bridge dev br8
-j link xstats type bridge dev br8
link xstats type bridge mcast dev br8
-j -p link xstats type bridge_slave dev ifb8
link xstats type bridge_slave stp dev ifb8
-j -p stats show dev v0 group offload
stats show dev v0 group foo
stats show dev v0 subgroup x
stats show dev v0 group link subgroup foo
stats show dev v0 group xstats subgroup foo
stats show dev nosuch
stats foo
stats set dev v0 l3_stats on
stats set dev v0 l3_stats off
stats set dev v0 l3_stats foo
stats set dev v0
stats set l3_stats on
link afstats
link afstats dev v0
link afstats dev nosuch
link afstats foo
link xstats type bridge foo
link xstats
link xstats foo
link xstats type foo
link xstats type dummy
link xstats type bridge help
link set v0 vf 0 mac 02:00:00:00:00:09
link set v0 vf 0 vlan 5 qos 2
link set v0 vf 0 spoofchk on trust off
link set v0 vf 0 state auto
link set v0 vf 0 state foo
link set v0 vf 0 max_tx_rate 10 min_tx_rate 5
link set v0 vf x
link set v0 xdp off
link set v0 xdpgeneric off
link show v0
route add 10.20.0.0/16 encap ip id 100 dst 10.0.0.99 src 10.0.0.1 ttl 20 tos 4 via 10.0.0.9
route add 10.21.0.0/16 encap ip id 100 dst 10.0.0.99 key csum seq via 10.0.0.9 metric 5
route add 10.22.0.0/16 encap ip6 id 100 dst fd00::99 hoplimit 3 tc 5 via 10.0.0.9
route add 10.23.0.0/16 encap mpls 100 via 10.0.0.9
route add 10.24.0.0/16 encap seg6 mode encap segs fd00::8,fd00::9 dev v0
route add fd20::/64 encap seg6 mode inline segs fd00::8,fd00::9 dev v0
route add fd21::/64 encap seg6 mode encap segs fd00::8 hmac 7 dev v0
route add fd22::/128 encap seg6local action End dev v0
route add fd23::/128 encap seg6local action End.X nh6 fd00::9 dev v0
route add fd24::/128 encap seg6local action End.DX4 nh4 10.0.0.9 count dev v0
route add fd25::/128 encap seg6local action End.DX2 oif v0 dev v0
route add fd26::/128 encap seg6local action End.B6.Encaps srh segs fd00::8,fd00::7 dev v0
route add fd27::/128 encap seg6local action End flavors psp,usd dev v0
route add fd28::/64 encap ioam6 trace prealloc type 0x800000 ns 5 size 12 dev v0
route add fd29::/64 encap rpl segs fd00::8,fd00::7 dev v0
route add fd2a::/64 encap ip6 id 5 dst fd00::99 dev v0
route add fd2b::/64 encap xfrm if_id 7 dev v0
route add 10.25.0.0/16 nexthop encap ip id 5 dst 10.0.0.50 via 10.0.0.9 weight 2 nexthop via 10.0.0.8
route
-d route
-j route
-6 route show dev v0
-j -6 route show dev v0
-s -6 route show fd24::
route get 10.20.1.1
-j route get 10.20.1.1
route get fd20::5
route get fibmatch 10.20.1.1
-o route show 10.25.0.0/16
route add 10.26.0.0/16 encap
route add 10.26.0.0/16 encap foo
route add 10.26.0.0/16 encap mpls
route add 10.26.0.0/16 encap mpls foo dev v0
route add 10.26.0.0/16 encap ip id x dev v0
route add 10.26.0.0/16 encap ip id 1 id 2 dev v0
route add 10.26.0.0/16 encap ip dst foo dev v0
route add fd30::/64 encap seg6 segs fd00::1 dev v0
route add fd30::/64 encap seg6 mode foo dev v0
route add fd30::/64 encap seg6local dev v0
route add fd30::/64 encap seg6local action Foo dev v0
route add fd30::/64 encap seg6local action End table foo dev v0
route add fd30::/64 encap ioam6 trace dev v0
route add fd30::/64 encap ioam6 freq 3/2 trace
route add fd30::/64 encap ioam6 trace prealloc type 0 ns 1 size 4
route add fd30::/64 encap ioam6 trace prealloc type 1 ns 1 size 5
route add fd30::/64 encap xfrm dev v0
route del 10.20.0.0/16 encap ip id 100 dst 10.0.0.99 via 10.0.0.9
route del 10.23.0.0/16
route add 10.27.0.0/16 via 10.0.0.9 fastopen_no_cookie 1
route add 10.27.0.0/16 via 10.0.0.9 fastopen_no_cookie 2
route add 10.28.0.0/16 via 10.0.0.9 mtu lock 1400 rtt 20ms rttvar 5 ssthresh 10 cwnd 5 initrwnd 7 quickack 1 congctl cubic features ecn rto_min 200ms reordering 4
route add 10.29.0.0/16 via inet6 fe80::1 dev v0
route add 10.30.0.0/16 via 10.0.0.9 ttl-propagate foo
route show 10.27.0.0/16
route show 10.28.0.0/16
-j route show 10.28.0.0/16
nexthop add id 1 encap ip id 100 dst 10.0.0.99 via 10.0.0.9 dev v0
nexthop add id 2 encap mpls 100 via 10.0.0.9 dev v0
nexthop add id 3 encap seg6 mode encap segs fd00::8 via fd00::9 dev v0
nexthop
-j nexthop
nexthop get id 1
route add 10.31.0.0/16 nhid 1
route show 10.31.0.0/16
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 0x1000 reqid 5 mode tunnel enc cbc(aes) 0x00112233445566778899aabbccddeeff
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 0x1000 reqid 5 mode tunnel enc cbc(aes) 0x00112233445566778899aabbccddeeff
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 0x1001 mode transport auth hmac(sha256) 0x0011223344556677 enc cbc(aes) 0x00112233445566778899aabbccddeeff limit packet-hard 5000 sel src 10.0.0.0/24 dst 10.1.0.0/16 proto tcp dport 80 flag noecn mark 5 mask 0xff if_id 9
xfrm state add src fd00::1 dst fd00::9 proto ah spi 7 auth hmac(sha1) abcdefgh
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 0x1002 aead rfc4106(gcm(aes)) 0x0011223344556677889900112233445566778899 128 replay-window 64 flag esn
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 0x1003 encap espinudp 4500 4500 0.0.0.0 enc cbc(aes) 0x00112233445566778899aabbccddeeff
xfrm state list nokeys
xfrm state count
xfrm state delete dst 10.0.0.9 proto esp spi 0x1001
xfrm state delete dst 10.0.0.9 proto esp spi 0x1999
xfrm state get dst 10.0.0.9 proto esp spi 0x1999
xfrm state add
xfrm state add src 10.0.0.1
xfrm state add proto foo
xfrm state add proto esp
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 5 mode foo
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 5 comp deflate
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto ah spi 5 enc x y
xfrm state add src 10.0.0.1 dst fd00::1 proto esp spi 5
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 5 foo
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 5 enc
xfrm state add src 10.0.0.1 dst 10.0.0.9 proto esp spi 5 enc x
xfrm state deleteall src 10.0.0.1
xfrm state flush proto ah
xfrm state flush
xfrm state flush foo
xfrm state flush proto foo
xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/16 dir out priority 5 tmpl src 10.0.0.1 dst 10.0.0.9 proto esp reqid 5 mode tunnel
xfrm policy add src 10.0.0.0/24 dst 10.1.0.0/16 dir out priority 5 tmpl src 10.0.0.1 dst 10.0.0.9 proto esp reqid 5 mode tunnel
xfrm policy update src 10.0.0.0/24 dst 10.1.0.0/16 dir out priority 7 tmpl src 10.0.0.1 dst 10.0.0.9 proto esp reqid 6 mode tunnel level use
xfrm policy add src fd00::/64 dst fd01::/64 proto udp sport 5 dir in action block index 9
xfrm policy add dir fwd src 10.0.0.0/24 dst 10.2.0.0/16 flag localok icmp limit time-hard 3000 mark 1
xfrm policy list
xfrm policy count
xfrm policy get src 10.0.0.0/24 dst 10.1.0.0/16 dir out
xfrm policy get src 10.0.0.0/24 dst 10.9.0.0/16 dir out
xfrm policy delete src 10.0.0.0/24 dst 10.9.0.0/16 dir out
xfrm policy delete src 10.0.0.0/24 dst 10.1.0.0/16 dir out
xfrm policy delete dir out
xfrm policy delete src 10.0.0.0/24
xfrm policy add dir foo
xfrm policy add src 10.0.0.0/24
xfrm policy add src 10.0.0.0/24 dst fd00::/64 dir out
xfrm policy add dir in tmpl
xfrm policy add dir in priority x
xfrm policy add dir in foo
xfrm policy set hthresh4 16 24
xfrm policy set hthresh4 33 24
xfrm policy set foo
xfrm policy setdefault in block fwd accept
xfrm policy getdefault
xfrm policy setdefault in foo
xfrm policy setdefault foo
xfrm policy setdefault in accept
xfrm policy deleteall
xfrm policy flush
xfrm policy flush ptype foo
xfrm policy foo
xfrm state foo
link add mt0 link v0 address 02:00:00:00:01:01 type macvtap mode bridge
link add mv9 link v0 address 02:00:00:00:01:02 type macvlan mode source
link set mv9 type macvlan macaddr add 02:00:00:00:00:77
link set mv9 type macvlan macaddr set 02:00:00:00:00:77 02:00:00:00:00:78
-d link show mv9
link set mv9 type macvlan macaddr flush
link add x type macvlan mode foo
link add x type dummy
link add x type vxlan id 99999999
link add x type gtp role foo
link add x type geneve id 5
link add x type macsec icvlen 5
link add x type bareudp dstport 5
link add x type xfrm if_id 0
link add x type xfrm dev v0
link add xf0 type xfrm dev v0 if_id 7
-d link show xf0
link add x type ipip ttl 5 nopmtudisc
link set v0 type gre ttl 3
link set br0 type bridge mcast_vlan_snooping 1
link set br0 type bridge no_linklocal_learn 1 vlan_filtering 1
-d link show br0
link add vx1 address 02:00:00:00:01:04 type vxlan id 5 dstport 4789 ttl inherit tos inherit df set srcport 5 10 udp6zerocsumtx
-d link show vx1
link set br0 type bridge forward_delay foo
";

fn does_the_same() {
    let (net, twin) = (furnished(), furnished());
    let mut differences = Vec::new();
    for node in [net.client(), twin.client()] {
        batch(node, QUIET);
    }
    assert!(COMMANDS.lines().count() > 200);
    for line in COMMANDS.lines() {
        let (mine, theirs) = (ours(net.client(), line), native(twin.client(), line));
        differences.extend(difference(line, &mine, &theirs));
    }
    expect_none(&differences);
}

fn keys_are_on_no_record() {
    const KEY: &str = "00112233445566778899aabbccddeeff";
    let net = furnished();
    let state = "src 10.0.0.1 dst 10.0.0.9 proto esp spi 0x1000";
    let line = format!("xfrm state add {state} mode tunnel enc cbc(aes) 0x{KEY}");
    let run = invoke(net.client(), "--allow route.write", "ip", &line).run();
    let records = run.log.of("open");
    let record = records.iter().find(|it| it["cap"] == "route.write");
    let record = record.unwrap().to_string();
    assert!(!record.contains(KEY), "{record}");
    assert!(record.contains("(key not recorded)"), "{record}");
    // A rule for one link is none for IPsec, which is of no link.
    let one = invoke(net.client(), "--allow route.write=10.0.0.0/8", "ip", &line).run();
    assert_eq!(one.output.code, 2, "{}", one.output);
    assert!(!one.log.only("denied").to_string().contains(KEY));
    // A kernel without IPsec refuses what was granted.
    if run.output.code == 0 {
        let shown = ours(net.client(), "xfrm state list");
        assert!(!shown.stdout.contains(KEY), "{shown}");
        let there = native(net.client(), "xfrm state list");
        assert!(there.stdout.contains(KEY), "{there}");
    }
}
