//! What the account tells is what was noted, whatever the set and the order, and it stays small.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::net::IpAddr;

use proptest::prelude::*;

use super::*;
use nethost_core::set::number;

fn set(ranges: &[(&str, &str)], ports: &[(u16, u16)]) -> Arc<TargetSet> {
    let at = |text: &str| text.parse::<IpAddr>().unwrap();
    let ranges: Vec<_> = ranges.iter().map(|(a, b)| (at(a), at(b))).collect();
    Arc::new(TargetSet::new(&ranges, ports).unwrap())
}

fn told(account: &mut Account) -> Vec<Used> {
    let mut all = Vec::new();
    account.drain(|used| all.push(used));
    all
}

/// Reads an account back: addresses and ports, each once.
fn members(used: &[Used]) -> BTreeSet<(u128, u16)> {
    let mut members = BTreeSet::new();
    for line in used {
        let before = members.len();
        for range in line.addresses.split(',') {
            let (first, last) = match (range.split_once('-'), range.parse::<ipnet::IpNet>()) {
                (Some((first, last)), _) => (first.parse().unwrap(), last.parse().unwrap()),
                (None, Ok(network)) => (network.network(), network.broadcast()),
                (None, Err(_)) => (range.parse::<IpAddr>().unwrap(), range.parse().unwrap()),
            };
            for address in number(first)..=number(last) {
                for ports in line.ports.as_deref().unwrap_or("0").split(',') {
                    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
                    for port in first.parse::<u16>().unwrap()..=last.parse().unwrap() {
                        assert!(members.insert((address, port)), "{address} {port} twice");
                    }
                }
            }
        }
        assert_eq!(line.count as usize, members.len() - before, "{line:?}");
    }
    members
}

fn sets() -> impl Strategy<Value = Arc<TargetSet>> {
    prop_oneof![
        Just(set(&[("10.0.0.1", "10.0.1.254")], &[])),
        Just(set(
            &[
                ("10.0.0.7", "10.0.0.7"),
                ("10.0.0.9", "10.0.2.0"),
                ("10.9.9.9", "10.9.9.9")
            ],
            &[]
        )),
        Just(set(&[("10.0.0.0", "10.0.2.3")], &[(53, 53)])),
        Just(set(&[("10.0.0.0", "10.0.2.3")], &[(1, 3), (80, 81)])),
        Just(set(
            &[("10.0.0.0", "10.0.0.3"), ("10.0.0.9", "10.0.0.9")],
            &[(1, 300), (999, 1300)]
        )),
        Just(set(
            &[("2001:db8::ffff:fffe", "2001:db8::1:0:5")],
            &[(1, 70)]
        )),
        Just(set(&[("10.0.0.1", "10.4.0.0")], &[])),
    ]
}

proptest! {
    #[test]
    fn what_is_told_is_what_was_noted(
        set in sets(),
        runs in prop::collection::vec((any::<u32>(), 0..700_u32, 1..4_u32), 0..20),
    ) {
        let mut account = Account::new(&set);
        let mut noted = BTreeSet::new();
        for (start, count, step) in runs {
            for n in 0..count {
                let member = (start % set.members()).saturating_add(n * step);
                if let Some(at) = set.at(member) {
                    account.note(member);
                    noted.insert(at);
                }
            }
        }
        prop_assert_eq!(members(&told(&mut account)), noted);
        prop_assert!(told(&mut account).is_empty());
    }
}

#[test]
fn a_whole_network_is_one_line() {
    let set = set(&[("10.0.0.1", "10.0.255.254")], &[]);
    let mut account = Account::new(&set);
    // In an order that is none.
    (0..set.members()).for_each(|n| account.note((n * 40_503) % set.members()));
    (0..set.members()).for_each(|n| account.note(n));
    assert_eq!(account.bitmaps, 0);
    let used = told(&mut account);
    assert_eq!(used.len(), 1);
    assert_eq!(
        (&*used[0].addresses, used[0].count),
        ("10.0.0.1-10.0.255.254", 65_534)
    );
}

/// A /20 by 4,096 ports, as a /16 by 65,535 would take minutes: what is in part grows with a side, not with the area.
#[test]
fn a_network_by_many_ports_is_small_host_by_host_and_port_by_port() {
    let set = set(&[("10.0.0.0", "10.0.15.255")], &[(1, 4_096)]);
    let width = set.width();
    for by_host in [true, false] {
        let mut account = Account::new(&set);
        let mut most = 0;
        for outer in 0..300 {
            for inner in 0..4_096 {
                let (place, column) = match by_host {
                    true => (outer, inner),
                    false => (inner, outer),
                };
                account.note(place * width + column);
            }
            most = most.max(account.bitmaps);
        }
        assert_eq!(most, 16);
        let used = told(&mut account);
        let lines: Vec<_> = used
            .iter()
            .map(|used| (&*used.addresses, used.ports.as_deref()))
            .collect();
        let expected = match by_host {
            true => ("10.0.0.0-10.0.1.43", Some("1-4096")),
            false => ("10.0.0.0/20", Some("1-300")),
        };
        assert_eq!(lines, [expected]);
    }
}

#[test]
fn lines_are_short_and_exact_where_nothing_is_regular() {
    let set = set(&[("10.0.0.0", "10.0.255.255")], &[]);
    let mut account = Account::new(&set);
    (0..set.members()).step_by(2).for_each(|n| account.note(n));
    let used = told(&mut account);
    assert!(used.iter().all(|used| used.room() < LONGEST_TEXT + 256));
    assert_eq!(members(&used).len(), 32_768);
}
