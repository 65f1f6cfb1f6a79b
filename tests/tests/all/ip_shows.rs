//! ip beside iproute2's: several hundred command lines over one network, text and JSON, line by line.

use crate::case::cases;
use nethost_tests::etc::Etc;
use nethost_tests::host::nethost;
use nethost_tests::iproute2::{difference, expect_none, furnished, native, ours};
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("ip")] in each way => { shows_the_same_policies }
    [Netns, Program("ip")] => {
        shows_the_same,
        shows_the_same_names,
        helps_with_the_same_words,
        ends_the_same,
    }
    [Netns, Program("ip"), Program("smcrouted")] => { shows_the_same_multicast_routes }
}

const OPTIONS: &[&str] = &[
    "",
    "-4",
    "-6",
    "-d",
    "-o",
    "-br",
    "-j",
    "-j -p -d",
    "-N -d",
    "-6 -j",
    "-c",
    "-c -br",
    "-c=always -o",
];

const COMMANDS: &str = "\
address
a show dev v0
addr show up
addr show permanent
addr show scope host
addr show type veth
addr show to 10.0.0.0/24
addr show label v0*
link
link show v0
l show type bridge
link show master br0
link show type vxlan
link show up
link show nosuch
route
r show table all
r show table 100
route show dev v0
route show proto kernel
route show root 10.0.0.0/8
route show match 10.0.0.1
route show table 77
route show type blackhole
route get 10.0.0.3
route get 192.168.0.1 from 10.0.0.1
route get fd00::5
route get 9.9.9.9
route get fibmatch 192.168.0.1
rule
rule show pref 100
neigh
neigh show nud permanent
n show proxy
neigh show dev v0
neigh get 10.0.0.5 dev v0
neigh get 10.0.0.77 dev v0
ntable show dev v0
addrlabel
maddr
mrule
mroute
token
tunnel
tuntap
tcp_metrics
netconf
netconf show dev v0
netconf show dev nosuch
nexthop
vrf
vrf show nosuch
mptcp endpoint
foo
";

/// Where docs/ip.md says that ours differs, and why.
fn differs(options: &str, command: &str) -> bool {
    let has = |option: &str| options.split(' ').any(|word| word == option);
    match command {
        // An empty object for each link that the filter leaves out.
        "link show up" => has("-j"),
        _ if has("-j") && command.starts_with("addr show") => true,
        // Text in place of JSON.
        "neigh get 10.0.0.5 dev v0" => has("-j"),
        // Addresses without the links that they belong to.
        "addr show label v0*" => has("-br"),
        // What -4, -6 and -o have to do with the type of a link is a mistake there.
        "addr show type veth" => has("-4") || has("-6") || has("-o"),
        // JSON that ends in the middle.
        "route show table 77" | "r show table 100" => has("-j"),
        "netconf show dev v0" => has("-j") && (has("-4") || has("-6")),
        "addrlabel" => has("-4"),
        _ => false,
    }
}

fn shows_the_same() {
    let net = furnished();
    let lines: Vec<String> = OPTIONS
        .iter()
        .flat_map(|options| {
            let commands = COMMANDS.lines().filter(|line| !differs(options, line));
            commands.map(move |command| format!("{options} {command}"))
        })
        .collect();
    assert!(lines.len() > 400, "{}", lines.len());
    let differing = |lines: &[String]| -> Vec<String> {
        let runs = lines.iter().filter_map(|line| {
            let mine = nethost(net.client()).arg("ip").words(line).run();
            difference(line, &mine, &native(net.client(), line))
        });
        runs.collect()
    };
    let (first, second) = lines.split_at(lines.len() / 2);
    let differences = std::thread::scope(|scope| {
        let other = scope.spawn(|| differing(first));
        let mut all = differing(second);
        all.extend(other.join().unwrap());
        all
    });
    expect_none(&differences);
}

/// Names of what the network has, and of a prefix, which has none.
const HOSTS: &str = "\
127.0.0.1 localhost
127.255.255.255 broadcast.example
::1 localhost6
10.0.0.1 one.example
10.0.0.9 gateway.example gw
10.0.0.5 five.example
10.0.0.6 proxied.example
10.9.0.2 peer.example
10.0.0.255 all.example
192.168.0.0 network.example
192.168.0.1 target.example
239.1.1.1 group.example
1.2.3.4 rule.example
fd00::9 gateway6.example
fd00::5 five6.example
";

/// -r.
fn shows_the_same_names() {
    let net = furnished();
    let etc = Etc::bare();
    etc.write("hosts", HOSTS);
    let commands = "\
address
-br address
-c address show dev v0
route show table all
-j route
-c route get 192.168.0.1
route get 192.168.0.1 from 10.0.0.1 iif v0
-6 route
rule
neigh
-br neigh
-c -br neigh
neigh show proxy
maddr
addrlabel
-d link show vx0
token
";
    let mut differences = Vec::new();
    let mut named = 0;
    for command in commands.lines() {
        let line = format!("-r {command}");
        let mine = etc.seen_by(nethost(net.client()).arg("ip").words(&line));
        let theirs = etc.seen_by(net.client().command("ip").words(&line));
        let mine = mine.run();
        named += mine.stdout.matches(".example").count();
        differences.extend(difference(&line, &mine, &theirs.run()));
    }
    expect_none(&differences);
    assert!(named > 20, "{named}");
}

/// IPsec's. This kernel has no ESP, so there are no associations.
const POLICIES: &str = "\
src 10.0.0.0/24 dst 10.1.0.0/24 dir out tmpl src 10.0.0.1 dst 10.0.0.2 proto esp reqid 1 mode tunnel
src 10.0.0.0/24 dst 10.2.0.0/24 proto udp sport 53 dir in priority 100 index 8 tmpl src 0.0.0.0 dst 0.0.0.0 proto esp reqid 5 mode transport level use tmpl proto comp mode transport
src fd00::/64 dst fd01::/64 dir fwd action block priority 7 mark 1 mask 3 if_id 0x10 flag localok
dev v0 dir out action allow ptype sub limit packet-hard 10
src 10.7.0.0/24 dst 10.1.0.0/24 proto icmp type 8 code 0 dir out mark 2 if_id 5 tmpl src 10.0.0.1 dst 10.0.0.2 proto ah spi 0x77 mode tunnel
";

fn shows_the_same_policies() {
    let net = furnished();
    let node = net.client();
    for policy in POLICIES.lines() {
        let words = format!("xfrm policy add {policy}");
        node.command("ip").words(&words).succeed();
    }
    let lines = "\
xfrm policy
-s xfrm policy
-o xfrm policy
-6 xfrm policy
xfrm policy list dir in
xfrm policy list dir foo
xfrm policy list foo
xfrm policy count
xfrm policy foo
xfrm state
xfrm state list nokeys
xfrm state list foo
xfrm state count
xfrm state foo
";
    let compared = lines.lines().filter_map(|line| {
        let ours = ours(node, line);
        assert!(
            !line.ends_with("policy") || ours.stdout.contains("dir fwd"),
            "{ours}"
        );
        difference(line, &ours, &native(node, line))
    });
    expect_none(&compared.collect::<Vec<_>>());
    let json = ours(node, "-j xfrm policy").stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 5, "{json}");
}

fn shows_the_same_multicast_routes() {
    let net = furnished();
    let node = net.client();
    let files = tempfile::tempdir().unwrap();
    let at = |name: &str| files.path().join(name);
    let routes = "\
        phyint v0 enable\nphyint br0 enable ttl-threshold 3\n\
        mroute from v0 source 10.0.0.7 group 239.1.2.3 to br0\n\
        mroute from v0 source 10.0.0.8 group 239.9.2.3 to br0\n\
        mroute from v0 source fd00::7 group ff05::1234 to br0\n";
    std::fs::write(at("smcroute.conf"), routes).unwrap();
    let daemon = node
        .command("smcrouted")
        .words("-n -N -f")
        .arg(at("smcroute.conf"))
        .arg("-P")
        .arg(at("pid"))
        .arg("-u")
        .arg(at("socket"))
        .patience(Duration::from_secs(120))
        .spawn();
    let give_up = Instant::now() + Duration::from_secs(30);
    let count = |family: &str| native(node, family).stdout.lines().count();
    while count("-4 mroute") < 2 || count("-6 mroute") < 1 {
        assert!(Instant::now() < give_up, "no multicast routes");
        std::thread::sleep(Duration::from_millis(50));
    }
    let lines = "\
mroute
-c mroute
-j mroute
-4 mroute
-6 mroute
-o mroute
mroute show table all
mroute show table 100
mroute show table foo
mroute show iif v0
mroute show iif br0
mroute show iif nosuch
mroute show to
mroute foo
";
    let mut differences: Vec<String> = lines
        .lines()
        .filter_map(|line| difference(line, &ours(node, line), &native(node, line)))
        .collect();
    // Where it does not know a family, iproute2 takes no prefix.
    for (line, routes) in [
        ("mroute show 239.1.2.3", 1),
        ("mroute show from 10.0.0.0/24", 2),
        ("mroute show to 239.0.0.0/8 from 10.0.0.8", 1),
        ("mroute show ff05::/16", 1),
    ] {
        let shown = ours(node, line);
        if shown.stdout.lines().count() != routes {
            differences.push(format!("ip {line}: {shown}"));
        }
    }
    let statistics = ours(node, "-s -4 mroute").stdout;
    if statistics.matches("  0 packets, 0 bytes, Age ").count() != 2 {
        differences.push(statistics);
    }
    expect_none(&differences);
    daemon.signal(nix::sys::signal::Signal::SIGTERM);
    let _ = daemon.finish();
}

/// Words of iproute2's help that ours does not have, because docs/ip.md says that it is not there.
fn not_there(object: &str) -> &'static str {
    match object {
        "" => "amt where maximum-addr-flush-attempts filename name",
        "address" => {
            "amt bareudp bond bond_slave bridge bridge_slave dsa dummy erspan geneve gre gretap gtp ifb \
                      ip6erspan ip6gre ip6gretap ip6tnl ipip ipoib ipvlan ipvtap macsec macvlan macvtap netdevsim \
                      nlmon rmnet sit team team_slave vcan veth vlan vrf vti vxcan vxlan wwan xfrm virt_wifi"
        }
        "link" => {
            "dsa netdevsim nlmon parentdev protodown_reason section team team_slave vcan verbose virt_wifi wwan \
                   object program pinned vlanid proto"
        }
        "monitor" => "all-nsid file stats",
        "mptcp" => "monitor",
        "nexthop" => "bucket index nhid mpls",
        "vrf" => "exec cmd identify pids",
        "netns" => "exec cmd monitor target-nsid",
        "route" => {
            "mpls bridge link ip ip6 seg6 seg6local rpl ioam6 xfrm mode segs hmac \
                    cleanup inline l2encap action count flavors srh nh4 nh6 vrftable endpoint psp usp usd \
                    next-csid trace prealloc ns size if_id link_dev red"
        }
        "tunnel" => {
            "prl 6rd isatap o i seq csum no tos pmtudisc prl-default prl-nodefault prl-delete 6rd-prefix \
                     6rd-relay_prefix 6rd-reset ff"
        }
        "fou" => "ipproto-name addr",
        "macsec" => "bit hex string lladdr u32 u64 where",
        "sr" => "where",
        "l2tp" => "any hex digits bytes or",
        "xfrm" => "monitor where",
        _ => "",
    }
}

/// Each object's help: where it goes, how it ends, and that no word of iproute2's is missing unnoticed.
fn helps_with_the_same_words() {
    let net = furnished();
    let words = |text: &str| -> std::collections::BTreeSet<String> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let words = text
            .split(|c| !is_part(c))
            .map(|word| word.trim_matches('-'));
        let is_word = |word: &&str| word.starts_with(|c: char| c.is_ascii_lowercase());
        words.filter(is_word).map(str::to_owned).collect()
    };
    let mut differences = Vec::new();
    for object in [
        "",
        "address",
        "addrlabel",
        "fou",
        "ila",
        "ioam",
        "l2tp",
        "link",
        "macsec",
        "maddress",
        "monitor",
        "mptcp",
        "mroute",
        "mrule",
        "neigh",
        "netconf",
        "netns",
        "nexthop",
        "ntable",
        "route",
        "rule",
        "sr",
        "tcp_metrics",
        "token",
        "tunnel",
        "tuntap",
        "vrf",
        "xfrm",
    ] {
        let line = format!("{object} help");
        let (ours, native) = (ours(net.client(), &line), native(net.client(), &line));
        assert_eq!((ours.code, native.code), (255, 255), "{ours}{native}");
        assert_eq!(
            (ours.stdout.as_str(), native.stdout.as_str()),
            ("", ""),
            "{ours}"
        );
        let (known, left_out) = (words(&ours.stderr), words(not_there(object)));
        let missing = words(&native.stderr).into_iter();
        let missing: Vec<_> = missing
            .filter(|word| !known.contains(word) && !left_out.contains(word))
            .collect();
        if !missing.is_empty() {
            differences.push(format!("ip {object} help has no {missing:?}"));
        }
    }
    expect_none(&differences);
}

/// What is refused, and what needs more words.
fn ends_the_same() {
    let net = furnished();
    let lines = "\
-s link show lo
-s -s -d link show vx0
-s -j link show ifb0
-h -s link show ifb0
link show nosuch
route show table 77
-j rule
-p -j neigh
-n nosuch link
-Q link
link set
link set dev
link add type veth peer
route get
route add 1.2.3.4 via foo
neigh get 10.0.0.5
neigh add 10.0.0.5
ntable change name arp_cache
ntable change name nosuch thresh1 5
ntable show dev nosuch
tcp_metrics show 10.0.0.77
tcp_metrics del
tunnel show gre0
tunnel add t0 mode gre remote 10.0.0.9
tunnel add t0
tunnel del t0
maddr add 33:33:00:00:00:77
maddr add 10.0.0.1 dev v0
maddr add 02:00:00:00:00:77 dev v0
tuntap add dev t0
tuntap add dev a/b mode tun
rule add table nosuch
rule del
addrlabel add label 3
token set ::1
netns add
netns add a/b
netns set x
route restore
addr showdump
foo
address foo
route foo bar
netns foo
";
    let differences: Vec<String> = lines
        .lines()
        .filter_map(|line| difference(line, &ours(net.client(), line), &native(net.client(), line)))
        .collect();
    expect_none(&differences);
}
