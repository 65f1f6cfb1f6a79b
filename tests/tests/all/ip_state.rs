//! What ip shows and changes, beside what a netlink library of others reads: an opinion that is neither iproute2's nor
//! ours.

use crate::case::cases;
use nethost_tests::iproute2::{furnished, ours};
use nethost_tests::namespace::Namespace;
use nethost_tests::netlink::state;
use nethost_tests::topology::Topology;
use rtnetlink::packet_route::AddressFamily;
use rtnetlink::packet_route::address::AddressScope;
use rtnetlink::packet_route::neighbour::NeighbourState;
use rtnetlink::packet_route::route::RouteAttribute;
use rtnetlink::packet_route::rule::RuleAttribute;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

cases! {
    [Netns, Program("ip")] => { links, addresses, routes, neighbours, rules }
    [Netns] in each way => { changes_are_what_was_asked_for }
}

/// What ours shows as JSON; ip leaves empty objects between those that it shows.
fn shown(node: &Namespace, args: &str) -> Vec<Value> {
    let output = ours(node, args);
    assert_eq!(output.code, 0, "{output}");
    let all: Vec<Value> = serde_json::from_str(&output.stdout).expect("JSON");
    let told = |one: &Value| one.as_object().is_some_and(|fields| !fields.is_empty());
    all.into_iter().filter(told).collect()
}

fn text(value: &Value, field: &str) -> Option<String> {
    match &value[field] {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn names(node: &Namespace) -> BTreeMap<u32, String> {
    let links = state::links(node).into_iter();
    links.map(|(index, link)| (index, link.name)).collect()
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items
}

fn links() {
    let net = furnished();
    let names = names(net.client());
    let read = state::links(net.client()).into_values();
    let read = sorted(read.map(|link| state::Link {
        master: None,
        ..link
    }));
    let mine = shown(net.client(), "-j -d link show");
    let masters: Vec<_> = mine
        .iter()
        .filter_map(|link| text(link, "master"))
        .collect();
    let mine = sorted(mine.iter().map(|link| {
        let flags = link["flags"].as_array().expect("flags");
        state::Link {
            index: text(link, "ifindex").unwrap().parse().unwrap(),
            name: text(link, "ifname").unwrap(),
            up: flags.contains(&"UP".into()),
            mtu: text(link, "mtu").unwrap().parse().unwrap(),
            address: text(link, "address").unwrap_or_default(),
            alias: text(link, "ifalias"),
            master: None,
            kind: text(&link["linkinfo"], "info_kind"),
            state: text(link, "operstate").unwrap(),
        }
    }));
    assert_eq!(mine, read);
    assert!(mine.len() >= 7, "{mine:#?}");
    let read: Vec<_> = state::links(net.client())
        .into_values()
        .filter_map(|link| Some(names[&link.master?].clone()))
        .collect();
    assert_eq!(masters, read);
}

fn addresses() {
    let net = furnished();
    let names = names(net.client());
    let read = state::addresses(net.client());
    let read = sorted(read.iter().map(|address| {
        let scope = match address.header.scope {
            AddressScope::Universe => "global",
            AddressScope::Link => "link",
            AddressScope::Host => "host",
            other => panic!("{other:?}"),
        };
        (
            names[&address.header.index].clone(),
            state::local(address).to_string(),
            u64::from(address.header.prefix_len),
            scope.to_owned(),
        )
    }));
    let mut mine = Vec::new();
    for link in shown(net.client(), "-j address show") {
        for address in link["addr_info"].as_array().expect("addresses") {
            mine.push((
                text(&link, "ifname").unwrap(),
                text(address, "local").unwrap(),
                address["prefixlen"].as_u64().unwrap(),
                text(address, "scope").unwrap(),
            ));
        }
    }
    assert_eq!(sorted(mine), read);
    assert!(read.len() >= 8, "{read:#?}");
}

fn routes() {
    let net = furnished();
    let names = names(net.client());
    for (family, args) in [
        (AddressFamily::Inet, "-4 -N -d -j route show table all"),
        (AddressFamily::Inet6, "-6 -N -d -j route show table all"),
    ] {
        let read = state::routes(net.client(), family);
        let read = sorted(read.iter().map(|route| {
            let (mut gateway, mut device, mut metric, mut hops) = (None, None, None, 0);
            for attribute in &route.attributes {
                match attribute {
                    RouteAttribute::Gateway(address) => gateway = Some(format!("{address:?}")),
                    RouteAttribute::Oif(index) => device = Some(names[index].clone()),
                    RouteAttribute::Priority(priority) => metric = Some(u64::from(*priority)),
                    RouteAttribute::MultiPath(all) => hops = all.len(),
                    _ => {}
                }
            }
            (
                state::destination(route),
                u64::from(state::table(route)),
                u64::from(u8::from(route.header.protocol)),
                gateway.is_some(),
                device,
                metric,
                hops,
            )
        }));
        let mine = shown(net.client(), args);
        let mine = sorted(mine.iter().map(|route| {
            let number = |field: &str| text(route, field).map(|text| text.parse().unwrap());
            (
                text(route, "dst").unwrap(),
                number("table").unwrap_or(254),
                number("protocol").unwrap(),
                !route["gateway"].is_null(),
                text(route, "dev"),
                number("metric"),
                route["nexthops"].as_array().map_or(0, Vec::len),
            )
        }));
        assert_eq!(mine, read, "{args}");
        assert!(read.len() >= 10, "{read:#?}");
    }
}

fn neighbours() {
    let net = furnished();
    let names = names(net.client());
    // Those that the kernel found by itself come and go.
    let read = state::neighbours(net.client()).into_iter();
    let read = read.filter(|entry| entry.header.state == NeighbourState::Permanent);
    let read = sorted(read.map(|entry| {
        let (address, hardware) = state::neighbour(&entry);
        let address = address.expect("an address").to_string();
        (names[&entry.header.ifindex].clone(), address, hardware)
    }));
    let mine = shown(net.client(), "-j neigh show nud permanent");
    let mine = sorted(mine.iter().map(|entry| {
        (
            text(entry, "dev").unwrap(),
            text(entry, "dst").unwrap(),
            text(entry, "lladdr"),
        )
    }));
    assert_eq!(mine, read);
    assert_eq!(mine.len(), 2, "{mine:?}");
}

fn rules() {
    let net = furnished();
    let read = state::rules(net.client());
    let read = sorted(read.iter().map(|rule| {
        let (mut table, mut mark) = (u64::from(rule.header.table), None);
        for attribute in &rule.attributes {
            match attribute {
                RuleAttribute::Table(number) => table = (*number).into(),
                RuleAttribute::FwMark(number) => mark = Some(format!("{number:#x}")),
                _ => {}
            }
        }
        let from = (rule.header.src_len, rule.header.dst_len);
        (state::priority(rule), table, mark, from)
    }));
    let mut mine = Vec::new();
    for args in ["-4 -N -j rule", "-6 -N -j rule"] {
        for rule in shown(net.client(), args) {
            let length = |field: &str, length: &str| match text(&rule, field).as_deref() {
                None | Some("all") => 0,
                Some(_) => rule[length].as_u64().map_or(32, |length| length as u8),
            };
            mine.push((
                text(&rule, "priority").unwrap().parse().unwrap(),
                text(&rule, "table").map_or(0, |table| table.parse().unwrap()),
                text(&rule, "fwmark"),
                (length("src", "srclen"), length("dst", "dstlen")),
            ));
        }
    }
    assert_eq!(sorted(mine), read);
    assert!(read.len() >= 10, "{read:?}");
}

/// Each change of ours does what the library's own change does in a twin network.
fn changes_are_what_was_asked_for() {
    let (net, twin) = (Topology::alone(), Topology::alone());
    let (node, twin) = (net.client(), twin.client());
    let change = |args: &str| {
        let output = ours(node, args);
        assert_eq!(output.code, 0, "{args}: {output}");
    };
    let only = |here: &[String], there: &[String]| -> Vec<String> {
        let only = here.iter().filter(|line| !there.contains(line));
        only.cloned().collect()
    };
    // Some of it follows a change on the kernel's own time.
    let same = |after: &str| {
        let give_up = Instant::now() + Duration::from_secs(20);
        loop {
            let (mine, theirs) = (state::lines(node), state::lines(twin));
            if mine == theirs {
                break;
            }
            if Instant::now() > give_up {
                let (mine, theirs) = (only(&mine, &theirs), only(&theirs, &mine));
                panic!("after {after}, only ours {mine:#?}, only the library's {theirs:#?}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    same("nothing");
    change(
        "link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02",
    );
    twin.cable("v0", twin, "v1");
    twin.hardware_address("v0", [2, 0, 0, 0, 0, 1]);
    twin.hardware_address("v1", [2, 0, 0, 0, 0, 2]);
    same("link add");
    change("link set v0 mtu 1400");
    twin.mtu("v0", 1400);
    same("link set mtu");
    change("address add 10.0.0.1/24 dev v0");
    change("address add fd00::1/64 dev v0 nodad");
    twin.addresses("v0", &["10.0.0.1/24", "fd00::1/64"]);
    same("address add");
    change("link set v1 up");
    change("link set v0 up");
    twin.up(&["v1", "v0"]);
    same("link set up");
    change("route add 192.168.1.0/24 via 10.0.0.9");
    twin.route("192.168.1.0/24", "10.0.0.9");
    change("route add 192.168.2.0/24 dev v0 table 100");
    twin.routes_over(&["192.168.2.0/24"], "v0", 100);
    change("route add fd01::/64 via fd00::9");
    twin.route("fd01::/64", "fd00::9");
    change("route add 192.168.3.0/24 nexthop via 10.0.0.9 nexthop via 10.0.0.8");
    twin.route_over_all("192.168.3.0/24", &["10.0.0.9", "10.0.0.8"]);
    same("route add");
    change("rule add pref 77 table 100");
    twin.rule(77, 100);
    same("rule add");
    change("neigh add 10.0.0.5 lladdr 02:00:00:00:00:05 dev v0");
    let hardware = Some([2, 0, 0, 0, 0, 5]);
    twin.neighbour("v0", "10.0.0.5", hardware, NeighbourState::Permanent);
    same("neigh add");
    change("rule del pref 77");
    twin.without_rule(77);
    change("address del 10.0.0.1/24 dev v0");
    twin.without_address("v0", "10.0.0.1/24");
    same("address del");
    assert!(state::lines(node).iter().any(|line| line.contains("v0")));
}
