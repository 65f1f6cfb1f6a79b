//! Quotas and ends of permits, and the meaning of names at the gate.
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use super::*;
use nethost_audit::{Actor, Log, Run, Settings};
use nethost_core::{SocketOption, TargetKind, form};
use nethost_policy::{Effect, Rule, Scope, User};

struct Probe;
impl Capability for Probe {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host, TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &["open", "open-many", "socket.open", "socket.open-many"];
}

/// A required log, in its own folder.
pub(crate) fn required_log() -> (Arc<Log>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let run = Run {
        run: "r".into(),
        host: "h".into(),
        boot: "b".into(),
        actor: Actor {
            uid: 0,
            user: None,
            session: None,
            gid: None,
            pid: None,
        },
        plugin: None,
        policy: None,
    };
    let settings = Settings {
        required: true,
        ..Settings::new(folder.path().join("log"), folder.path().join("state"))
    };
    let log = Log::open(&settings, run).unwrap();
    (Arc::new(log), folder)
}

/// A gate with one allowing rule of this scope, and the folder of its records.
fn gate(scope: Scope, to: &str) -> (Arc<Gate>, tempfile::TempDir) {
    let mut rule = Rule::from_flag(Effect::Allow, "--allow", to, &[Probe::NAME]).unwrap();
    rule.scope = scope;
    let policies = Policies {
        flags: vec![rule],
        ..Policies::default()
    };
    let subject = Subject {
        user: User::default(),
        ..Subject::default()
    };
    let (log, folder) = required_log();
    (Gate::new(&policies, &subject, log), folder)
}

fn events(folder: &tempfile::TempDir) -> Vec<String> {
    let text = std::fs::read_to_string(folder.path().join("log")).unwrap();
    let record = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let of_run = |record: &serde_json::Value| record["run_seq"].is_u64();
    let event = |record: serde_json::Value| record["event"].as_str().unwrap().to_owned();
    text.lines().map(record).filter(of_run).map(event).collect()
}

fn to(address: &str) -> Request {
    Request::new("open", form::host(address, Some(7)))
}

fn quota(packets: u64) -> Scope {
    let mut scope = Scope::default();
    scope.quota.packets = Some(packets);
    scope
}

#[test]
fn a_quota_is_shared_by_all_that_is_open_under_its_rule() {
    let (gate, file) = gate(quota(3), "udp.exchange");
    let first: Permit<Probe> = gate.authorize(to("192.0.2.1")).unwrap();
    let second: Permit<Probe> = gate.authorize(to("192.0.2.2")).unwrap();
    // Each request counts as one message, and the first packet under it is not counted again.
    for permit in [&first, &second, &first] {
        assert!(permit.may_send(10).is_ok());
        permit.count_sent(10);
    }
    for permit in [&first, &second, &first] {
        let denial = permit.may_send(10).unwrap_err();
        assert!(
            denial.rule.starts_with("packets = 3 of --allow"),
            "{denial}"
        );
    }
    let third = gate.authorize::<Probe>(to("192.0.2.3")).unwrap_err();
    assert!(third.rule.contains("is used up"), "{third}");
    drop((first, second));
    // One record for each permit that reached the end, however often it tried.
    assert_eq!(
        events(&file),
        [
            "open", "open", "denied", "denied", "denied", "close", "close"
        ]
    );
}

#[test]
fn what_arrives_beyond_the_quota_is_withheld() {
    let mut scope = Scope::default();
    scope.quota.bytes = Some(100);
    let (gate, _file) = gate(scope, "udp.exchange");
    let permit: Permit<Probe> = gate.authorize(to("192.0.2.1")).unwrap();
    assert!(permit.may_receive(100).is_ok());
    permit.count_received(100);
    assert!(permit.may_receive(1).is_err());
    assert!(
        permit.may_send(100).is_ok(),
        "each direction has its own account"
    );
}

#[test]
fn a_permit_ends_with_its_rule() {
    let soon = jiff::Timestamp::now() + std::time::Duration::from_millis(80);
    let scope = Scope {
        until: Some(soon),
        ..Scope::default()
    };
    let (gate, file) = gate(scope, "udp.exchange");
    let permit: Permit<Probe> = gate.authorize(to("192.0.2.1")).unwrap();
    assert!(permit.may_send(1).is_ok() && permit.may_receive(1).is_ok());
    std::thread::sleep(std::time::Duration::from_millis(90));
    assert!(permit.may_receive(1).is_err());
    let denial = permit.may_send(1).unwrap_err();
    assert!(denial.rule.contains("ended at"), "{denial}");
    assert!(gate.authorize::<Probe>(to("192.0.2.1")).is_err());
    drop(permit);
    assert_eq!(events(&file), ["open", "denied", "denied", "close"]);
}

#[test]
fn a_name_that_is_looked_up_again_is_checked_again() {
    let (gate, _file) = gate(Scope::default(), "udp.exchange=web.test");
    gate.note_name(&form::name("web.test"), &["192.0.2.1".parse().unwrap()]);
    assert!(gate.authorize::<Probe>(to("192.0.2.1")).is_ok());
    // The name server now has another answer.
    gate.note_name(&form::name("web.test"), &["127.0.0.1".parse().unwrap()]);
    let denial = gate.authorize::<Probe>(to("127.0.0.1")).unwrap_err();
    assert!(denial.rule.contains("loopback"), "{denial}");
    // The address of another name is not an address of this name.
    gate.note_name(&form::name("other.test"), &["192.0.2.9".parse().unwrap()]);
    assert!(gate.authorize::<Probe>(to("192.0.2.9")).is_err());
    assert!(gate.authorize::<Probe>(to("192.0.2.1")).is_ok());
}

#[test]
fn a_denial_of_another_process_is_recorded_in_this_gate_s_words() {
    let (gate, folder) = gate(quota(1), "udp.exchange=127.0.0.1");
    let rules = || -> Vec<String> {
        let text = std::fs::read_to_string(folder.path().join("log")).unwrap();
        let record = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let denied = text.lines().map(record);
        let denied = denied.filter(|record| record["event"] == "denied");
        denied
            .map(|record| record["policy"]["rule"].as_str().unwrap().to_owned())
            .collect()
    };
    // Another process counts.
    let meant = "packets = 1 of --allow udp.exchange=127.0.0.1 is used up";
    let declared = Declared::of::<Probe>();
    let note = |to, claimed| gate.note_denial(declared, &to, None, claimed);
    note(to("127.0.0.1"), meant);
    note(to("127.0.0.1"), "packets = 9 of it is used up");
    note(to("127.0.0.2"), meant);
    // By now, this process knows it.
    let permit: Permit<Probe> = gate.authorize(to("127.0.0.1")).unwrap();
    note(to("127.0.0.1"), "whatever");
    drop(permit);
    assert_eq!(
        rules(),
        [
            &format!("{meant}, as the runner counts"),
            "refused by the runner; the policy allows it",
            "no rule allows it",
            meant
        ]
    );
}

#[test]
fn what_is_held_beyond_its_time_is_overdue() {
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(100);
    let ends = Scope {
        until: Some(soon),
        ..Scope::default()
    };
    let (gate, _folder) = gate(ends, "udp.exchange");
    let permit: Permit<Probe> = gate.authorize(to("127.0.0.1")).unwrap();
    let overdue = |grace| permit.ticket().overdue(grace);
    assert_eq!(overdue(Duration::ZERO), None);
    std::thread::sleep(Duration::from_millis(150));
    let told = overdue(Duration::ZERO).unwrap();
    assert!(told.contains("ended at"), "{told}");
    assert_eq!(overdue(Duration::from_secs(60)), None, "there is some time");
}

#[test]
fn to_listen_at_a_port_is_to_choose_it() {
    let options = |at: &str| {
        let request = Request::new("", nethost_core::Target::listen(at.parse().unwrap()));
        request.options().collect::<Vec<_>>()
    };
    assert_eq!(options("0.0.0.0:0"), []);
    assert_eq!(options("[::1]:1024"), [SocketOption::LocalPort]);
    let both = [SocketOption::LocalPort, SocketOption::PrivilegedPort];
    assert_eq!(options("0.0.0.0:443"), both);
}

/// Policies with these rules, from flags.
fn flags(allow: &[&str], deny: &[&str], scope: &Scope) -> Policies {
    let rule = |effect, flag, text: &str| {
        let mut rule = Rule::from_flag(effect, flag, text, &[Probe::NAME]).unwrap();
        if effect == Effect::Allow {
            rule.scope = scope.clone();
        }
        rule
    };
    let allows = allow
        .iter()
        .map(|text| rule(Effect::Allow, "--allow", text));
    let denies = deny.iter().map(|text| rule(Effect::Deny, "--deny", text));
    Policies {
        flags: allows.chain(denies).collect(),
        ..Policies::default()
    }
}

#[test]
fn what_a_changed_policy_does_not_allow_is_revoked() {
    let any = Scope::default();
    let until = |text: &str| Scope {
        until: Some(text.parse().unwrap()),
        ..Scope::default()
    };
    let narrowing = [
        flags(&[], &[], &any),
        flags(&["udp.exchange=192.0.2.2"], &[], &any),
        flags(&["udp.exchange"], &["udp.exchange=192.0.2.0/24"], &any),
        flags(&["udp.exchange"], &["*"], &any),
        flags(&["udp.exchange"], &[], &quota(1999)),
        flags(&["udp.exchange"], &[], &until("2100-01-01T00:00:00Z")),
    ];
    for policies in narrowing {
        let (gate, file) = gate(quota(2000), "udp.exchange");
        let ticket = gate
            .decide(Declared::of::<Probe>(), to("192.0.2.1"))
            .unwrap();
        assert!(ticket.charge().is_ok() && ticket.recheck().is_none());
        gate.adopt(&policies, &Subject::default());
        for _ in 0..2 {
            let denial = ticket.recheck().unwrap();
            assert!(
                denial.rule.starts_with("revoked while it was open: "),
                "{denial}"
            );
        }
        assert!(ticket.check_terms().is_err() && ticket.may_send_late(1).is_err());
        drop(ticket);
        // On record once, however often it is asked.
        assert_eq!(events(&file), ["open", "denied", "close"]);
    }
}

#[test]
fn parts_are_used_as_long_as_no_rule_denies_them() {
    let any = Scope::default();
    let parts = || vec![to("192.0.2.2"), to("192.0.2.3")];
    let open = |denies: &[&str]| {
        let (gate, file) = gate(any.clone(), "udp.exchange");
        gate.adopt(&flags(&["udp.exchange"], denies, &any), &Subject::default());
        let ticket = gate.decide(Declared::of::<Probe>(), to("192.0.2.1"));
        (gate, ticket.unwrap(), file)
    };
    let deny = |gate: &Gate, denied: &str| {
        let policies = flags(&["udp.exchange"], &[denied], &any);
        gate.adopt(&policies, &Subject::default());
    };
    // Without a denial: all, whatever appears later. With one: those that are there and that it spares.
    let (gate, ticket, _file) = open(&[]);
    assert!(ticket.allowed_parts(parts).is_none() && ticket.recheck().is_none());
    deny(&gate, "udp.exchange=192.0.2.9");
    assert!(ticket.recheck().is_some());
    let (gate, ticket, _file) = open(&["udp.exchange=192.0.2.2"]);
    assert_eq!(ticket.allowed_parts(parts), Some(&[to("192.0.2.3")][..]));
    deny(&gate, "udp.exchange=192.0.2.9");
    assert!(ticket.recheck().is_none());
    deny(&gate, "udp.exchange=192.0.2.3");
    assert!(ticket.recheck().is_some());
}

#[test]
fn what_a_changed_policy_allows_as_much_of_goes_on() {
    for policies in [
        flags(&["udp.exchange"], &[], &quota(2000)),
        flags(&["udp.exchange"], &[], &quota(9000)),
        flags(&["udp.exchange"], &[], &Scope::default()),
        flags(
            &["udp.exchange=192.0.2.0/24"],
            &["udp.exchange=192.0.2.2"],
            &quota(2000),
        ),
    ] {
        let (gate, _file) = gate(quota(2000), "udp.exchange");
        let ticket = gate
            .decide(Declared::of::<Probe>(), to("192.0.2.1"))
            .unwrap();
        gate.adopt(&policies, &Subject::default());
        assert!(ticket.recheck().is_none() && ticket.charge().is_ok());
    }
}

#[test]
fn a_gate_that_is_suspended_allows_nothing_new_until_it_has_a_policy() {
    let (gate, _file) = gate(Scope::default(), "udp.exchange");
    let ticket = gate
        .decide(Declared::of::<Probe>(), to("192.0.2.1"))
        .unwrap();
    gate.suspend("policy.toml: it is gone");
    let denial = gate.authorize::<Probe>(to("192.0.2.1")).unwrap_err();
    assert_eq!(denial.rule, "policy.toml: it is gone");
    assert!(ticket.charge().is_ok());
    gate.adopt(
        &flags(&["udp.exchange"], &[], &Scope::default()),
        &Subject::default(),
    );
    assert!(gate.authorize::<Probe>(to("192.0.2.1")).is_ok());
}
