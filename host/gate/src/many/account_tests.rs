//! The account returns exactly what was noted, for any set and any order, and its size is bounded.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::net::IpAddr;

use proptest::prelude::*;

use super::super::tell::LONGEST_TEXT;
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
        let longest = account.longest_text() as usize;
        let used = told(&mut account);
        let text: usize = used.iter().map(Used::room).sum();
        prop_assert!(text <= longest + 128, "{text} {longest}");
        prop_assert_eq!(members(&used), noted);
        prop_assert!(told(&mut account).is_empty());
    }
}

#[test]
fn a_whole_network_is_one_line() {
    let set = set(&[("10.0.0.1", "10.0.255.254")], &[]);
    let mut account = Account::new(&set);
    // In random order.
    (0..set.members()).for_each(|n| account.note((n * 40_503) % set.members()));
    (0..set.members()).for_each(|n| account.note(n));
    assert_eq!((account.bitmaps(), account.accesses()), (0, 0));
    let used = told(&mut account);
    assert_eq!(used.len(), 1);
    assert_eq!(
        (&*used[0].addresses, used[0].count),
        ("10.0.0.1-10.0.255.254", 65_534)
    );
}

/// A /20 by 4,096 ports, because a /16 by 65,535 would take minutes. The incomplete part grows with a side, not with
/// the area.
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
            most = most.max(account.bitmaps());
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

/// Half of the members of a set with a power of two of members, in random order.
fn shuffled(members: u32) -> impl Iterator<Item = u32> {
    assert!(members.is_power_of_two());
    let half = members.trailing_zeros() / 2;
    // Each step is invertible, so no member occurs twice.
    (0..members / 2).map(move |n| {
        let n = n.wrapping_mul(2_654_435_761) % members;
        let n = (n ^ (n >> half)).wrapping_mul(40_503) % members;
        n ^ (n >> half)
    })
}

/// The time to note these and to write the account, including what is written when it is full. The best of several
/// runs.
fn taken(
    set: &Arc<TargetSet>,
    order: impl Fn() -> Box<dyn Iterator<Item = u32>>,
) -> std::time::Duration {
    let once = || {
        let mut account = Account::new(set);
        let begun = std::time::Instant::now();
        let mut lines = 0;
        for member in order() {
            account.note(member);
            if account.is_full() {
                account.drain(|_| lines += 1);
            }
        }
        account.drain(|_| lines += 1);
        assert!(lines > 0);
        begun.elapsed()
    };
    (0..3).map(|_| once()).min().unwrap()
}

/// As many ranges of addresses as this, of 64 with a gap.
fn scattered(count: u32, ports: &[(u16, u16)]) -> Arc<TargetSet> {
    let at = |n: u32| IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + n));
    let ranges: Vec<_> = (0..count)
        .map(|n| (at(n * 128), at(n * 128 + 63)))
        .collect();
    Arc::new(TargetSet::new(&ranges, ports).unwrap())
}

/// A set of many ranges takes about as long as a set of one range with as many members. Members in separate tiles,
/// more than an account can have, do not take a thousand times as long as neighbours.
#[test]
fn irregular_use_takes_time_in_proportion() {
    let odd: Vec<_> = (0..2048).map(|n| (2 * n + 1, 2 * n + 1)).collect();
    let time = |set: &Arc<TargetSet>| {
        let members = set.members();
        taken(set, || Box::new(shuffled(members)))
    };
    for (name, plain, cut) in [
        (
            "ranges of addresses",
            set(&[("10.0.0.0", "10.0.255.255")], &[]),
            scattered(1024, &[]),
        ),
        (
            "ranges of ports",
            set(&[("10.0.0.1", "10.0.0.32")], &[(1, 2048)]),
            set(&[("10.0.0.1", "10.0.0.32")], &odd),
        ),
        (
            "rows",
            set(&[("10.0.0.0", "10.0.255.255")], &[]),
            set(&[("10.0.0.0", "10.0.15.255")], &[(1, 16)]),
        ),
    ] {
        assert_eq!((plain.members(), cut.members()), (65_536, 65_536));
        let (plain, cut) = (time(&plain), time(&cut));
        println!("{name}: {plain:?} for one, {cut:?} for many");
        assert!(cut < plain * 12, "{name}: {plain:?} {cut:?}");
    }
    let vast = set(&[("1.0.0.0", "223.255.255.255")], &[]);
    let each = |step: u32| {
        let members = vast.members();
        taken(&vast, || {
            Box::new((0..65_536).map(move |n: u32| n.wrapping_mul(step) % members))
        })
    };
    let (near, far) = (each(1), each(2_654_435_761));
    println!("members far apart: {near:?} for neighbours, {far:?} for strangers");
    assert!(far < near * 1000, "{near:?} {far:?}");
}
