//! What is on record of a set: all that is denied of it and all that was used, in bounded records.

use nethost_audit::{Exceptions, Members, Reader, allowed};

use super::*;

/// The text of all that is on record of what was used.
fn used_text(folder: &tempfile::TempDir) -> usize {
    let text = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let lines = text.lines().filter(|line| line.contains("\"used\":["));
    lines.map(str::len).sum()
}

#[test]
fn what_is_told_of_a_set_counts_as_accesses() {
    let rules = "limits = { opens = 100 }\nallow = [{ cap = \"udp.exchange\" }]";
    let network = [("10.0.0.0", "10.0.255.255")];
    let (gate, folder) = gate(rules);
    let open = |ports| gate.authorize::<Probe>(request(&network, ports));
    // In order it is one line, however much it is.
    let permit = open(&[(9, 10)]).unwrap();
    send(&permit, 0..2 * 65_536).unwrap();
    drop(permit);
    assert!(used_text(&folder) < 2 << 10);
    // Without one it ends, for this permit and for all of the run.
    let mut ends = Vec::new();
    let mut refused_opens = 0;
    for _ in 0..20 {
        let Ok(permit) = open(&[]) else {
            refused_opens += 1;
            continue;
        };
        let over = (0..65_536)
            .step_by(2)
            .find_map(|n| send(&permit, n..=n).err());
        ends.push(over.unwrap().rule);
        // A member that is next to one is refused as well.
        assert!(send(&permit, 1..2).is_err());
    }
    assert!(!ends.is_empty());
    assert!(
        ends.iter()
            .all(|rule| rule == "opens = 100 of an hour are used up"),
        "{ends:?}"
    );
    assert!(refused_opens > 0);
    let most = 100 * (2 << 10) + 20 * (4 << 10);
    let told = used_text(&folder);
    assert!((40 << 10..most).contains(&told), "{told}");
    let denied = events(&folder);
    let denied = denied.iter().filter(|event| event["event"] == "denied");
    assert!(denied.count() >= ends.len() + refused_opens);
}

/// Rules that deny every second host of 10.0.0.0/16, so many of them, each by a rule of its own.
fn host_by_host(count: u32, allow: &str) -> String {
    let deny = |n: u32| {
        let host = std::net::Ipv4Addr::from_bits(0x0a00_0000 + 2 * n);
        format!("{{ cap = \"udp.exchange\", to = [\"{host}\"] }}")
    };
    let denied: Vec<_> = (0..count).map(deny).collect();
    format!("{allow}\ndeny = [\n{}\n]", denied.join(",\n"))
}

/// What the records of a log say is denied of sets, decision by decision: which event decided, and the members, each
/// with its rule.
fn excepted(folder: &tempfile::TempDir) -> Vec<(String, Vec<(u128, String)>)> {
    let mut exceptions = Exceptions::default();
    let mut found = Vec::new();
    for entry in Reader::open(&folder.path().join("log")).unwrap() {
        let record = exceptions.joined(entry.unwrap().record);
        if !matches!(record.event.name(), "open" | "denied") {
            continue;
        }
        let mut members = Vec::new();
        for part in record.except.iter() {
            let before = members.len();
            let read = Members::read(&part.addresses, part.ports.as_deref()).unwrap();
            for (first, last) in read.ranges {
                let (first, last) = (number(first), number(last));
                let rule = part.rule.clone().unwrap();
                members.extend((first..=last).map(|at| (at, rule.clone())));
            }
            assert_eq!(part.count as usize, members.len() - before);
        }
        if record.event.name() == "open" {
            let left = allowed(&record).unwrap();
            let left: u128 = left
                .iter()
                .flat_map(|members| &members.ranges)
                .map(|(first, last)| number(*last) - number(*first) + 1)
                .sum();
            let all = Members::of(record.target.as_ref().unwrap()).unwrap();
            let all: u128 = all
                .ranges
                .iter()
                .map(|(a, b)| number(*b) - number(*a) + 1)
                .sum();
            assert_eq!(all - left, members.len() as u128);
        }
        members.sort_unstable();
        found.push((record.event.name().to_owned(), members));
    }
    found
}

fn number(address: IpAddr) -> u128 {
    nethost_core::set::number(address)
}

#[test]
fn every_exception_is_on_record_with_its_rule_however_many_there_are() {
    let network = [("10.0.0.0", "10.0.15.255")];
    for (allow, event) in [
        ("allow = [{ cap = \"udp.exchange\" }]", "open"),
        (
            "allow = [{ cap = \"udp.exchange\", to = [\"192.0.2.1\"] }]",
            "denied",
        ),
    ] {
        let (gate, folder) = gate(&host_by_host(400, allow));
        let permit = gate.authorize::<Probe>(request(&network, &[]));
        assert_eq!(permit.is_ok(), event == "open");
        drop(permit);
        let kinds: Vec<_> = events(&folder)
            .iter()
            .map(|event| event["event"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(kinds[0], "except");
        assert_eq!(kinds.iter().filter(|kind| *kind == event).count(), 1);
        assert!(kinds.len() < 8, "{kinds:?}");
        let [(decided, members)] = &excepted(&folder)[..] else {
            panic!("one decision");
        };
        assert_eq!(decided, event);
        let denied: Vec<_> = (0..400).map(|n| 0x0a00_0000 + 2 * n).collect();
        for (n, at) in denied.iter().enumerate() {
            let place = members.binary_search_by_key(at, |(at, _)| *at).unwrap();
            assert_eq!(members[place].1, format!("policy.toml:{}:1", 6 + n));
        }
        match event {
            "open" => assert_eq!(members.len(), 400),
            _ => assert_eq!(members.len(), 4096),
        }
    }
}

#[test]
fn a_set_that_is_denied_for_one_reason_names_no_parts() {
    let (gate, folder) = gate("allow = [{ cap = \"udp.exchange\", to = [\"192.0.2.0/24\"] }]");
    let denied = gate.authorize::<Probe>(request(&[("10.0.0.0", "10.0.0.255")], &[]));
    assert!(denied.is_err());
    let events = events(&folder);
    assert_eq!((events.len(), &events[0]["event"]), (1, &"denied".into()));
    assert_eq!(events[0]["except"], serde_json::Value::Null);
    assert_eq!(events[0]["policy"]["rule"], "no rule allows it");
}

#[test]
fn denials_of_sets_are_counted_by_their_length() {
    let (gate, folder) = gate(
        "allow = [{ cap = \"udp.exchange\", to = [\"192.0.2.1\"] }]\ndeny = [{ cap = \"udp.exchange\", to = [\"10.0.0.0\"] }]",
    );
    let at = |n: u32| IpAddr::from(std::net::Ipv4Addr::from_bits(0x0a00_0000 + 2 * n));
    let ranges: Vec<_> = (0..1200).map(|n| (at(n), at(n))).collect();
    let set = Arc::new(TargetSet::new(&ranges, &[]).unwrap());
    for _ in 0..200 {
        let request = Request::new("open-many", Target::Set(Arc::clone(&set)));
        assert!(gate.authorize::<Probe>(request).is_err());
    }
    let text = std::fs::metadata(folder.path().join("log")).unwrap().len();
    // As long as a thousand records of 2 KiB, not as 200 of these.
    let one = 3 * set.to_string().len() as u64;
    assert!((1 << 20..(2 << 20) + one).contains(&text), "{text}");
    assert!(200 * one > 6 << 20);
}
