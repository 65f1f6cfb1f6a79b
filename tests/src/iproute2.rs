//! A network to compare ip(8) with ours in, and what counts as the same.

use crate::command::Output;
use crate::host::invoke;
use crate::namespace::Namespace;
use crate::netlink::state;
use crate::privilege::user;
use crate::topology::Topology;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::{AddressHeaderFlags, AddressScope};
use std::time::{Duration, Instant};

/// A network with something of everything that kernels without modules have. The native tool makes it, in its own words:
/// these are what the tests compare.
const FURNITURE: &str = "\
link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
link add br0 address 02:00:00:00:00:03 type bridge
link add vx0 address 02:00:00:00:00:04 type vxlan id 42 dstport 4789 group 239.1.1.1 dev v0
link add mv0 address 02:00:00:00:00:05 link v0 type macvlan mode bridge
link add ifb0 address 02:00:00:00:00:06 type ifb
link set v1 master br0
link set v0 alias uplink
link property add dev v0 altname uplink9
link set v0 up
link set v1 up
link set br0 up
addr add 10.0.0.1/24 brd + dev v0
addr add 10.0.0.2/24 dev v0
addr add 10.9.0.1 peer 10.9.0.2/32 dev v0
addr add fd00::1/64 dev v0
route add 192.168.0.0/24 via 10.0.0.9
route add 192.168.1.0/24 nexthop via 10.0.0.9 weight 2 nexthop dev br0
route add default via 10.0.0.9 metric 100 mtu 1400 table 100
route add 10.67.0.0/16 via 10.0.0.9 mtu lock 1300 advmss 1000 table 101 proto static src 10.0.0.1
route add 10.68.0.0/16 via inet6 fd00::7 dev v0
route add blackhole 10.66.0.0/16
route add fd01::/64 via fd00::9 dev v0 metric 5 mtu 1300
route add fd02::/64 nexthop via fd00::9 dev v0 nexthop via fd00::8 dev v0 weight 3
rule add from 10.1.0.0/16 table 100
rule add fwmark 0x10/0xff iif v0 ipproto tcp sport 10-20 dport 80 table 200 pref 100
rule add to 10.2.0.0/16 tos 0x10 oif v0 prohibit pref 101
rule add goto 32766 not from 1.2.3.4 pref 102
rule add suppress_prefixlength 0 table main pref 103
neigh add 10.0.0.5 lladdr 02:00:00:00:00:55 dev v0
neigh add fd00::5 lladdr 02:00:00:00:00:55 dev v0 router
neigh add proxy 10.0.0.6 dev v0
";

/// Without what changes by itself, and without empty lines.
#[must_use]
pub fn steady(text: &str) -> String {
    let mut text = text.to_owned();
    let mut clocks = vec!["_timer", "reachable", "_lft", "expires", "life_time"];
    if user() != 0 {
        // Who asks for a way is part of the answer, and the native tool is root.
        clocks.extend(["uid ", "\"uid\""]);
    }
    for clock in clocks {
        let mut without = String::new();
        for (place, part) in text.split(clock).enumerate() {
            if place == 0 {
                without += part;
                continue;
            }
            without += clock;
            without += part.trim_start_matches([
                '"', ':', ' ', '.', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
            ]);
        }
        text = without;
    }
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

/// The network, once the kernel has noticed all of it.
///
/// # Panics
/// When it does not settle.
#[must_use]
pub fn furnished() -> Topology {
    let net = Topology::alone();
    batch(net.client(), FURNITURE);
    // The kernel notices on its own time that cables are plugged in.
    let give_up = Instant::now() + Duration::from_secs(30);
    loop {
        let links = state::links(net.client());
        let is_up = |name: &&str| {
            let mut links = links.values();
            links.any(|link| link.name == *name && link.state == "UP")
        };
        let settled = ["v0", "v1", "br0"].iter().all(is_up);
        let addresses = state::addresses(net.client());
        let of_links = addresses.iter().filter(|address| {
            let is_tentative = address.header.flags.contains(AddressHeaderFlags::Tentative);
            address.header.family == AddressFamily::Inet6
                && address.header.scope == AddressScope::Link
                && !is_tentative
        });
        if settled && of_links.count() == 3 {
            return net;
        }
        assert!(Instant::now() < give_up, "{links:#?} {addresses:#?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Several commands of iproute2's, one a line.
///
/// # Panics
/// When one of them fails.
pub fn batch(node: &Namespace, lines: &str) {
    node.command("ip").words("-batch -").stdin(lines).succeed();
}

/// Ours, allowed to change everything.
#[must_use]
pub fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "--allow route.write", "ip", args).run().output
}

/// iproute2's.
#[must_use]
pub fn native(node: &Namespace, args: &str) -> Output {
    node.command("ip").words(args).run()
}

/// The difference between the two, or none.
#[must_use]
pub fn difference(args: &str, ours: &Output, native: &Output) -> Option<String> {
    let told = |output: &Output| (output.code, steady(&output.stdout), steady(&output.stderr));
    if told(ours) == told(native) {
        return None;
    }
    let mut shown = format!("ip {args}: exit code {} and {}\n", ours.code, native.code);
    for (ours, native) in [
        (&ours.stdout, &native.stdout),
        (&ours.stderr, &native.stderr),
    ] {
        let (ours, native) = (steady(ours), steady(native));
        let (mut mine, mut theirs) = (ours.lines(), native.lines());
        loop {
            match (mine.next(), theirs.next()) {
                (None, None) => break,
                (mine, theirs) if mine == theirs => {}
                (mine, theirs) => {
                    shown += &format!("  ours:   {mine:?}\n  native: {theirs:?}\n");
                    break;
                }
            }
        }
    }
    Some(shown)
}

/// Fails with all differences.
///
/// # Panics
/// When there is one.
pub fn expect_none(differences: &[String]) {
    assert!(
        differences.is_empty(),
        "{}:\n{}",
        differences.len(),
        differences.join("\n")
    );
}
