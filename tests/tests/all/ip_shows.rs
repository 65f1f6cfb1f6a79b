//! ip beside iproute2's: several hundred command lines over one network, text and JSON, line by line.

use crate::case::cases;
use nethost_tests::etc::Etc;
use nethost_tests::host::nethost;
use nethost_tests::iproute2::{difference, expect_none, furnished, native, ours};

cases! {
    [Netns, Program("ip")] => { shows_the_same, shows_the_same_names, ends_the_same }
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
