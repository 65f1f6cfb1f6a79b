//! One permit for many targets: what it allows, its records, and its quotas.
#![allow(clippy::unwrap_used)]

use std::net::IpAddr;
use std::time::Duration;

use super::*;
use crate::tests::required_log;
use crate::{Gate, Permit};
use nethost_core::HostName;
use nethost_core::{Capability, Request, Target, TargetKind};
use nethost_policy::{Names, Policies, Subject, parse};

struct Probe;
impl Capability for Probe {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Hosts, TargetKind::Endpoints];
    const OPS: &'static [&'static str] = &["open", "open-many", "socket.open", "socket.open-many"];
}

fn policies(rules: &str) -> Policies {
    let names = Names {
        capabilities: &["udp.exchange"],
        plugins: &[],
    };
    let text = format!("version = 1\n[[plugin]]\nname = \"*\"\n{rules}\n");
    Policies {
        chosen: Some(parse("policy.toml", &text, names).unwrap()),
        ..Policies::default()
    }
}

fn gate(rules: &str) -> (Arc<Gate>, tempfile::TempDir) {
    let (log, folder) = required_log();
    (
        Gate::new(&policies(rules), &Subject::default(), log),
        folder,
    )
}

fn events(folder: &tempfile::TempDir) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let lines = text.lines().map(|line| {
        assert!(line.len() < nethost_audit::record::LONGEST_LINE);
        serde_json::from_str::<serde_json::Value>(line).unwrap()
    });
    lines.filter(|record| record["run_seq"].is_u64()).collect()
}

fn request(ranges: &[(&str, &str)], ports: &[(u16, u16)]) -> Request {
    let at = |text: &str| text.parse::<IpAddr>().unwrap();
    let ranges: Vec<_> = ranges.iter().map(|(a, b)| (at(a), at(b))).collect();
    let set = TargetSet::new(&ranges, ports).unwrap();
    Request::new("open-many", Target::Set(Arc::new(set)))
}

fn send(permit: &Permit<Probe>, members: impl Iterator<Item = u32>) -> Result<(), Denial> {
    for number in members {
        let member = permit.ticket().may_send_member(number, 8, Duration::ZERO)?;
        permit
            .ticket()
            .count_sent_members([(member, 8)].into_iter());
    }
    Ok(())
}

#[test]
fn a_network_is_two_records_that_name_all_of_it() {
    let (gate, folder) = gate(
        "allow = [{ cap = \"udp.exchange\", to = [\"10.0.0.0/8\"] }]\ndeny = [{ cap = \"udp.exchange\", to = [\"10.0.3.0/24\"], ports = [53] }]",
    );
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.255.255")], &[(53, 54)]))
        .unwrap();
    let denied = |(_, denial): (u32, Denial)| (denial.target, denial.rule);
    let refused: Vec<_> = (0..2 * 65_536)
        .filter_map(|number| Some((number, send(&permit, number..=number).err()?)))
        .map(denied)
        .collect();
    assert_eq!(refused.len(), 256);
    assert_eq!(refused[7], ("10.0.3.7:53".into(), "policy.toml:5:9".into()));
    let outside = permit
        .ticket()
        .may_send_member(2 * 65_536, 8, Duration::ZERO);
    assert!(outside.is_err());
    drop(permit);
    let events = events(&folder);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["target"]["kind"], "set");
    assert_eq!(events[0]["target"]["resolved"], "10.0.0.0/16 port 53-54");
    assert_eq!(
        events[0]["except"],
        serde_json::json!([{"addresses": "10.0.3.0/24", "ports": "53", "rule": "policy.toml:5:9", "count": 256}])
    );
    assert_eq!(events[0]["policy"]["rule"], "policy.toml:4:10");
    assert_eq!(
        events[1]["used"],
        serde_json::json!([
            {"addresses": "10.0.0.0-10.0.2.255,10.0.4.0-10.0.255.255", "ports": "53-54", "count": 2 * 65_280},
            {"addresses": "10.0.3.0/24", "ports": "54", "count": 256},
        ])
    );
    assert_eq!(events[1]["counters"]["packets_sent"], 2 * 65_536 - 256);
}

#[test]
fn a_set_of_which_nothing_is_allowed_is_denied_as_one() {
    let (gate, folder) = gate("allow = [{ cap = \"udp.exchange\", to = [\"192.0.2.0/24\"] }]");
    let denied = gate.authorize::<Probe>(request(&[("10.0.0.0", "10.0.0.255")], &[]));
    let denial = denied.unwrap_err();
    assert_eq!(denial.target, "10.0.0.0/24");
    assert_eq!(denial.remedy, "--allow udp.exchange=10.0.0.0/24");
    let events = events(&folder);
    assert_eq!(events.len(), 1);
    assert_eq!(
        (&events[0]["event"], &events[0]["decision"]),
        (&"denied".into(), &"denied".into())
    );
}

#[test]
fn each_member_keeps_to_the_quota_of_the_rule_that_allows_it() {
    let (gate, _folder) = gate(
        "allow = [{ cap = \"udp.exchange\", to = [\"10.0.0.0/24\"], packets = 3 },\n{ cap = \"udp.exchange\", to = [\"10.0.1.0/24\"] }]",
    );
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.1.255")], &[]))
        .unwrap();
    assert!(send(&permit, 0..3).is_ok());
    let spent = send(&permit, 3..4).unwrap_err();
    assert_eq!(spent.rule, "packets = 3 of policy.toml:4:10 is used up");
    assert!(send(&permit, 256..300).is_ok());
    assert!(permit.ticket().check_terms().is_ok());
    // A used-up quota is an exception of the next permit.
    let next: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.1.255")], &[]))
        .unwrap();
    let exceptions = next.exceptions();
    assert_eq!(exceptions.len(), 1);
    assert_eq!(exceptions[0].denial.target, "10.0.0.0/24");
    let address = |text: &str| text.parse().unwrap();
    assert!(!next.ticket().admit_member(address("10.0.0.1"), 0, 8));
    assert!(next.ticket().admit_member(address("10.0.1.1"), 0, 8));
    assert!(!next.ticket().admit_member(address("10.0.2.1"), 0, 8));
    assert!(!next.ticket().admit_member(address("::1"), 0, 8));
}

#[test]
fn what_has_ended_is_not_sent() {
    let (gate, _folder) = gate(
        "allow = [{ cap = \"udp.exchange\", to = [\"10.0.0.0/24\"], until = 2001-01-01T00:00:00Z }, { cap = \"udp.exchange\", to = [\"10.0.1.0/24\"] }]",
    );
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.1.255")], &[]))
        .unwrap();
    assert!(send(&permit, 0..1).is_err());
    assert!(send(&permit, 256..257).is_ok());
}

#[test]
fn names_count_for_the_members_that_they_led_to() {
    let (gate, _folder) = gate("allow = [{ cap = \"udp.exchange\", to = [\"web.example\"] }]");
    gate.note_name(
        &HostName::new("web.example").unwrap(),
        &["10.0.0.7".parse().unwrap()],
    );
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.0.255")], &[]))
        .unwrap();
    assert!(send(&permit, 7..8).is_ok());
    assert!(send(&permit, 8..9).is_err());
}

#[test]
fn what_is_too_irregular_for_one_record_is_in_several_and_nothing_is_missing() {
    let (gate, folder) = gate("allow = [{ cap = \"udp.exchange\" }]");
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.255.255")], &[]))
        .unwrap();
    send(&permit, (0..65_536).step_by(2)).unwrap();
    drop(permit);
    let events = events(&folder);
    let kinds: Vec<_> = events
        .iter()
        .map(|event| event["event"].as_str().unwrap())
        .collect();
    assert_eq!(
        (kinds[0], kinds[1], kinds[kinds.len() - 1]),
        ("open", "used", "close")
    );
    let used = events
        .iter()
        .flat_map(|event| event["used"].as_array().cloned().unwrap_or_default());
    let count: u64 = used.map(|part| part["count"].as_u64().unwrap()).sum();
    assert_eq!(count, 32_768);
}

#[test]
fn a_policy_that_leaves_less_of_a_set_ends_it() {
    let to = |networks: &str| format!("allow = [{{ cap = \"udp.exchange\", to = [{networks}] }}]");
    let before = to("\"10.0.0.0/16\"");
    let deny = |to: &str| format!("{before}\ndeny = [{{ cap = \"udp.exchange\", {to} }}]");
    let limited = |what: &str| before.replace("] }", &format!("], {what} }}"));
    for (rules, ends) in [
        (before.clone(), false),
        // The same in other words, or more.
        (to("\"10.0.0.0/17\", \"10.0.128.0/17\""), false),
        (to("\"10.0.0.0/8\""), false),
        (deny("to = [\"10.1.0.0/16\"]"), false),
        (deny("ports = [9]"), false),
        (to("\"10.0.0.0/17\""), true),
        (to("\"192.0.2.0/24\""), true),
        (deny("to = [\"10.0.0.7\"]"), true),
        (deny("to = [\"10.0.0.7\"], ports = [54]"), true),
        (deny("ports = [53]"), true),
        (limited("packets = 5"), true),
        (limited("until = 2100-01-01T00:00:00Z"), true),
    ] {
        let (gate, folder) = gate(&before);
        // Nothing of 10.1.0.0/24 was allowed, and this has not changed.
        let ranges = [("10.0.0.0", "10.0.255.255"), ("10.1.0.0", "10.1.0.255")];
        let permit: Permit<Probe> = gate.authorize(request(&ranges, &[(53, 54)])).unwrap();
        assert!(send(&permit, 0..1).is_ok());
        gate.adopt(&policies(&rules), &Subject::default());
        let revoked = permit.ticket().recheck().is_some();
        assert_eq!(revoked, ends, "{rules}");
        assert_eq!(send(&permit, 0..1).is_err(), ends, "{rules}");
        assert_eq!(permit.ticket().check_terms().is_err(), ends, "{rules}");
        let heard = permit
            .ticket()
            .admit_member("10.0.0.1".parse().unwrap(), 53, 8);
        assert_eq!(heard, !ends, "{rules}");
        let events = events(&folder);
        let told = |event: &&serde_json::Value| {
            let rule = event["policy"]["rule"].as_str().unwrap_or_default();
            event["event"] == "denied" && rule.starts_with("revoked while it was open")
        };
        assert_eq!(events.iter().any(|event| told(&event)), ends, "{rules}");
    }
}

#[test]
fn nothing_of_a_set_is_allowed_while_the_policy_cannot_be_read() {
    let (gate, _folder) = gate("allow = [{ cap = \"udp.exchange\" }]");
    gate.suspend("policy.toml: not there");
    let denied = gate.authorize::<Probe>(request(&[("10.0.0.0", "10.0.0.255")], &[]));
    assert_eq!(denied.unwrap_err().rule, "policy.toml: not there");
}

#[test]
fn a_name_leads_no_set_to_an_internal_address() {
    let rules = "allow = [{ cap = \"udp.exchange\", to = [\"web.example\", \"10.0.0.0/24\"] }]";
    let (gate, _folder) = gate(rules);
    let internal = ["127.0.0.7", "127.0.0.8", "169.254.169.254"].map(|at| at.parse().unwrap());
    gate.note_name(&HostName::new("web.example").unwrap(), &internal);
    let ranges = [
        ("10.0.0.0", "10.0.0.255"),
        ("127.0.0.0", "127.0.0.255"),
        ("169.254.169.254", "169.254.169.254"),
    ];
    let permit: Permit<Probe> = gate.authorize(request(&ranges, &[])).unwrap();
    assert!(send(&permit, 0..256).is_ok());
    for member in 256..256 + 257 {
        assert!(send(&permit, member..member + 1).is_err(), "{member}");
    }
    let rules: Vec<_> = permit
        .exceptions()
        .into_iter()
        .map(|excepted| excepted.denial.rule)
        .collect();
    assert!(
        rules.iter().any(|rule| rule
            .ends_with("does not name 127.0.0.7, a loopback address that web.example led to")),
        "{rules:?}"
    );
}

#[test]
fn a_remedy_for_a_part_of_a_set_names_what_is_special_about_its_socket() {
    let (gate, _folder) =
        gate("allow = [{ cap = \"udp.exchange\", to = [\"10.0.0.0/24\"], options = [\"mark\"] }]");
    let mut socket = nethost_core::SocketRequest::new(nethost_core::SocketKind::Udp);
    socket.mark = Some(7);
    let request = request(&[("10.0.0.0", "10.0.1.255")], &[(53, 53)]).with_socket(socket);
    let permit: Permit<Probe> = gate.authorize(request).unwrap();
    let exceptions = permit.exceptions();
    assert_eq!(exceptions.len(), 1);
    assert_eq!(
        exceptions[0].denial.remedy,
        "--allow udp.exchange:mark=10.0.1.0/24"
    );
    let denied = send(&permit, 256..257).unwrap_err();
    assert_eq!(denied.remedy, "--allow udp.exchange:mark=10.0.1.0:53");
}

#[test]
fn a_set_is_overdue_when_all_that_allowed_it_has_ended() {
    for (both, ended) in [(true, 2), (false, 1)] {
        let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(300);
        let rule = |to: &str, ends: bool| {
            let until = if ends {
                format!(", until = \"{soon}\"")
            } else {
                String::new()
            };
            format!("{{ cap = \"udp.exchange\", to = [\"{to}\"]{until} }}")
        };
        let rules = [rule("10.0.0.0/25", true), rule("10.0.0.128/25", both)];
        let (gate, _folder) = gate(&format!("allow = [{}]", rules.join(", ")));
        let permit: Permit<Probe> = gate
            .authorize(request(&[("10.0.0.0", "10.0.0.255")], &[(9, 9)]))
            .unwrap();
        assert_eq!(permit.ticket().overdue(Duration::ZERO), None);
        assert_eq!(permit.ticket().ended_grounds(), 0);
        std::thread::sleep(Duration::from_millis(350));
        assert_eq!(permit.ticket().overdue(Duration::ZERO).is_some(), both);
        assert_eq!(permit.ticket().ended_grounds(), ended);
        // Packets from members that the other rule allows are still accepted.
        let heard = permit.ticket().senders();
        let ranges: Vec<_> = heard.into_iter().flat_map(|group| group.ranges).collect();
        let last = (0x0a00_0080, 0x0a00_00ff);
        assert_eq!(ranges, if both { vec![] } else { vec![last] });
    }
}

#[test]
fn what_the_rules_make_of_a_set_is_counted() {
    let hosts: Vec<_> = (0..400)
        .map(|host| format!("\"10.0.{}.{}\"", host / 100, host % 100 * 2))
        .collect();
    let (gate, _folder) = gate(&format!(
        "allow = [{{ cap = \"udp.exchange\", to = [\"10.0.0.0/8\"] }}]\ndeny = [{{ cap = \"udp.exchange\", to = [{}] }}]",
        hosts.join(", ")
    ));
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.15.255")], &[(9, 9)]))
        .unwrap();
    let counted = permit.ticket().room() - crate::room(permit.request());
    assert!(counted > 400 * 2 * 32, "{counted}");
}

mod records;

/// The longest set there is, with as many exceptions and reports as fit: the record is still one line.
#[test]
fn a_report_of_a_set_is_bounded_and_changes_nothing() {
    let names = Names {
        capabilities: &["udp.exchange"],
        plugins: &[],
    };
    let hosts = |step: u32, of: u32| {
        let hosts = (0..of).map(|n| format!("\"10.{}.{}.{}\"", n / 128, n % 128, step));
        hosts.collect::<Vec<_>>().join(", ")
    };
    let text = |mode: &str| {
        let report = |n: u32| {
            format!(
                "{{ cap = \"udp.exchange\", to = [{}], mode = \"{mode}\" }}",
                hosts(10 * n, 150)
            )
        };
        format!(
            "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"udp.exchange\", packets = 9 }}]\ndeny = [{{ cap = \"udp.exchange\", to = [{}] }}, {}]\n",
            hosts(5, 100),
            (1..13).map(report).collect::<Vec<_>>().join(", ")
        )
    };
    let policies = |text: &str| Policies {
        ceiling: Some(
            nethost_policy::parse_system("/etc/nethost/policy.toml", text, names).unwrap(),
        ),
        ..Policies::default()
    };
    let (log, folder) = required_log();
    let gate = Gate::new(&policies(&text("report")), &Subject::default(), log);
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.3.255.255")], &[(7, 7)]))
        .unwrap();
    let (few, _folder) = required_log();
    let strict = Gate::new(&policies(&text("enforce")), &Subject::default(), few);
    let narrow: Permit<Probe> = strict
        .authorize(request(&[("10.0.0.0", "10.3.255.255")], &[(7, 7)]))
        .unwrap();
    // The enforced ones alone are exceptions.
    assert_eq!(permit.exceptions().len(), 1);
    assert_eq!(narrow.exceptions().len(), 13);
    let opened = events(&folder).pop().unwrap();
    let reports = opened["report"].as_array().unwrap();
    let counted: u64 = reports
        .iter()
        .map(|one| one["count"].as_u64().unwrap())
        .sum();
    assert_eq!(counted, 12 * 150, "{reports:#?}");
    assert!(
        reports
            .iter()
            .any(|one| one["rule"] == "further report-only rules")
    );
    assert!(serde_json::to_string(reports).unwrap().len() <= nethost_core::event::LONGEST_REPORTS);
    // A few are named.
    let (log, folder) = required_log();
    let small = "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"udp.exchange\" }]\n\
        deny = [{ cap = \"udp.exchange\", to = [\"10.0.0.8/29\"], ports = [7], mode = \"report\" }]\n";
    let gate = Gate::new(&policies(small), &Subject::default(), log);
    let permit: Permit<Probe> = gate
        .authorize(request(&[("10.0.0.0", "10.0.0.255")], &[(7, 9)]))
        .unwrap();
    send(&permit, 0..768).unwrap();
    let opened = &events(&folder)[0];
    assert_eq!(
        opened["report"],
        serde_json::json!([{
            "rule": "/etc/nethost/policy.toml:5:9",
            "addresses": "10.0.0.8/29",
            "ports": "7",
            "count": 8,
        }])
    );
    assert_eq!(opened["decision"], "allowed");
}
