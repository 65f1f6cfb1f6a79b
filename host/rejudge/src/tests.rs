//! What a replay says is what the gate would have decided, and what a record lacks is said.
#![allow(clippy::unwrap_used)]

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use super::*;
use nethost_audit::{Actor, Log, Plugin, Run, Settings};
use nethost_core::{
    AbsolutePath, Capability, HostName, Interface, Request, RequestPart, Target,
    TargetKind as Wanted, TargetSet,
};
use nethost_gate::{Gate, Permit};
use nethost_policy::{Names, Policies, Subject, User, parse_system};

struct Echo;
impl Capability for Echo {
    const NAME: &'static str = "icmp.echo";
    const TARGETS: &'static [Wanted] = &[Wanted::Host, Wanted::Hosts];
    const OPS: &'static [&'static str] = &["open"];
}

struct Udp;
impl Capability for Udp {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [Wanted] = &[Wanted::Endpoint, Wanted::Endpoints];
    const OPS: &'static [&'static str] = &["open"];
}

struct Read;
impl Capability for Read {
    const NAME: &'static str = "file.read";
    const TARGETS: &'static [Wanted] = &[Wanted::Path];
    const OPS: &'static [&'static str] = &["open"];
}

struct Write;
impl Capability for Write {
    const NAME: &'static str = "route.write";
    const TARGETS: &'static [Wanted] = &[Wanted::Link, Wanted::Local];
    const OPS: &'static [&'static str] = &["namespace.change-entity", "namespace.put"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes, RequestPart::Namespace];
}

fn declared(name: &str) -> Option<Declared> {
    let all = [
        Declared::of::<Echo>(),
        Declared::of::<Udp>(),
        Declared::of::<Read>(),
        Declared::of::<Write>(),
    ];
    all.into_iter().find(|one| one.name == name)
}

fn policy(allow: &str, deny: &str) -> Policy {
    let text =
        format!("version = 1\n[[plugin]]\nname = \"*\"\nallow = [{allow}]\ndeny = [\n{deny}]\n");
    let names = Names {
        capabilities: &["icmp.echo", "udp.exchange", "file.read", "route.write"],
        plugins: &[],
    };
    parse_system("p.toml", &text, names).unwrap()
}

/// A log, and a gate that writes it.
struct Bed {
    folder: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn log(&self) -> std::path::PathBuf {
        self.folder.path().join("log")
    }

    fn gate(&self, policy: &Policy, args: &[&str]) -> Arc<Gate> {
        let policies = Policies {
            ceiling: Some(policy.clone()),
            ..Policies::default()
        };
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let subject = Subject {
            name: "ping".into(),
            digest: "sha256:00".into(),
            bundled: true,
            signer: None,
            args: args.clone(),
            user: User {
                uid: 1000,
                name: Some("alice".into()),
                groups: vec![(7, Some("netops".into()))],
            },
        };
        let run = Run {
            run: format!("{:032}", args.len()),
            host: "h".into(),
            boot: "b".into(),
            actor: Actor {
                uid: 1000,
                user: Some("alice".into()),
                session: None,
                gid: None,
                pid: None,
            },
            plugin: Some(Plugin {
                name: "ping".into(),
                version: None,
                digest: "sha256:00".into(),
                signer: Some("bundled".into()),
            }),
            policy: policies.digest(),
        };
        let log = Log::open(
            &Settings::new(self.log(), self.folder.path().join("state")),
            run,
        );
        let gate = Gate::new(&policies, &subject, Arc::new(log.unwrap()));
        gate.record_start(&args, &[]).unwrap();
        gate
    }

    /// What another policy says, as lines, and what was not judged.
    fn replay(&self, policy: &Policy) -> (Vec<String>, Vec<(&'static str, u64)>) {
        let mut replay = Replay::new(policy, declared);
        replay.read(Reader::open(&self.log()).unwrap()).unwrap();
        assert_eq!(replay.totals.no_records, 0, "{:?}", replay.totals.named);
        let shown = |(change, times): (&Change, Times)| {
            let Change {
                from,
                to,
                rule,
                cap,
                target,
                ..
            } = change;
            let (from, to) = (from.name(), to.name());
            let target = target.as_deref().unwrap();
            format!("{} {from}>{to} {cap} {target} by {rule}", times.count)
        };
        let changes = replay.changes.sorted().into_iter().map(shown).collect();
        (changes, replay.totals.not_judged.into_iter().collect())
    }
}

fn host(text: &str) -> Request {
    Request::new("open", Target::remote(text.parse().unwrap(), None))
}

fn hosts(first: &str, last: &str, ports: &[(u16, u16)]) -> Request {
    let set = TargetSet::new(&[(first.parse().unwrap(), last.parse().unwrap())], ports);
    Request::new("open", Target::Set(Arc::new(set.unwrap())))
}

fn ask<C: Capability>(gate: &Arc<Gate>, request: Request) -> bool {
    let permit: Result<Permit<C>, _> = gate.authorize(request);
    permit.is_ok()
}

#[test]
fn a_log_under_its_own_policy_changes_nothing() {
    let bed = Bed::new();
    let own = policy(
        r#"{ cap = "icmp.echo", to = ["10.0.0.0/8", "$args"] }, { cap = "udp.exchange", to = ["10.0.0.0/24"] }"#,
        r#"{ cap = "*", to = ["10.0.0.7"] },
           { cap = "*", to = ["10.0.0.8/31"], mode = "report" }"#,
    );
    let gate = bed.gate(&own, &["10.0.0.1", "192.0.2.1"]);
    for target in [
        "10.0.0.1",
        "10.0.0.7",
        "10.0.0.9",
        "192.0.2.1",
        "192.0.2.2",
        "127.0.0.1",
    ] {
        ask::<Echo>(&gate, host(target));
    }
    for (first, last) in [
        ("10.0.0.0", "10.0.1.255"),
        ("10.0.0.7", "10.0.0.7"),
        ("192.0.2.0", "192.0.2.9"),
    ] {
        ask::<Udp>(&gate, hosts(first, last, &[(7, 9)]));
        ask::<Echo>(&gate, hosts(first, last, &[]));
    }
    gate.record_end(0, None).unwrap();
    assert_eq!(bed.replay(&own), (vec![], vec![]));
}

/// Each host is asked for under one policy and judged under the other: the gate under the other says the same.
#[test]
fn a_replay_is_what_the_gate_would_have_decided() {
    let nets = [
        "10.0.0.0/29",
        "10.0.0.4/30",
        "10.0.0.0/30",
        "10.0.0.2",
        "10.0.0.0/28",
        "10.0.0.5",
    ];
    let policies: Vec<Policy> = (0..18)
        .map(|n| {
            let to = |shift: usize| nets[(n / 3 + shift * (1 + n % 3)) % nets.len()];
            policy(
                &format!(r#"{{ cap = "icmp.echo", to = ["{}", "{}"] }}"#, to(0), to(1)),
                &format!(
                    "{{ cap = \"*\", to = [\"{}\"] }},\n{{ cap = \"*\", to = [\"{}\"], mode = \"report\" }}",
                    to(2),
                    to(3)
                ),
            )
        })
        .collect();
    let all: Vec<String> = (0..16).map(|n| format!("10.0.0.{n}")).collect();
    for (one, other) in policies.iter().zip(policies.iter().cycle().skip(5)) {
        let (bed, check) = (Bed::new(), Bed::new());
        let (first, second) = (bed.gate(one, &[]), check.gate(other, &[]));
        let in_force = Policies {
            ceiling: Some(other.clone()),
            ..Policies::default()
        }
        .in_force(&Subject::default());
        let before = Policies {
            ceiling: Some(one.clone()),
            ..Policies::default()
        }
        .in_force(&Subject::default());
        let mut expected = 0;
        for target in &all {
            let verdict = |allowed: bool, reported: bool| match (allowed, reported) {
                (false, _) => Verdict::Denied,
                (true, true) => Verdict::Reported,
                (true, false) => Verdict::Allowed,
            };
            let was = verdict(
                ask::<Echo>(&first, host(target)),
                before.reported("icmp.echo", &host(target), &[]).is_some(),
            );
            let now = verdict(
                ask::<Echo>(&second, host(target)),
                in_force.reported("icmp.echo", &host(target), &[]).is_some(),
            );
            expected += u64::from(was != now);
        }
        let mut replay = Replay::new(other, declared);
        replay.read(Reader::open(&bed.log()).unwrap()).unwrap();
        assert_eq!(
            (replay.totals.judged, replay.totals.changed),
            (16, expected)
        );
        assert!(replay.totals.not_judged.is_empty());
    }
}

#[test]
fn members_of_a_set_change_by_themselves() {
    let bed = Bed::new();
    let own = policy(
        r#"{ cap = "udp.exchange", to = ["10.0.0.0/24"] }"#,
        r#"{ cap = "*", to = ["10.0.0.16/28"] }"#,
    );
    let gate = bed.gate(&own, &[]);
    assert!(ask::<Udp>(
        &gate,
        hosts("10.0.0.0", "10.0.0.255", &[(53, 54)])
    ));
    let other = policy(
        r#"{ cap = "udp.exchange", to = ["10.0.0.0/24"], ports = [53] }"#,
        r#"{ cap = "*", to = ["10.0.0.24/29", "10.0.0.64"] },
           { cap = "*", to = ["10.0.0.128/30"], mode = "report" }"#,
    );
    let (changes, not_judged) = bed.replay(&other);
    assert_eq!(
        changes,
        [
            "1 allowed>reported udp.exchange 10.0.0.128/30 port 53 by p.toml:7:12",
            "1 allowed>denied udp.exchange 10.0.0.0/28,10.0.0.32/27,10.0.0.65-10.0.0.255 port 54 by no rule of p.toml allows it",
            "1 allowed>denied udp.exchange 10.0.0.64 by p.toml:6:1",
            "1 denied>allowed udp.exchange 10.0.0.16/29 port 53 by p.toml:4:10",
        ]
    );
    assert!(not_judged.is_empty());
}

#[test]
fn a_denial_of_a_link_is_about_what_may_be_that_link() {
    let bed = Bed::new();
    let own = policy(r#"{ cap = "*" }"#, "");
    let gate = bed.gate(&own, &[]);
    let link = Interface::named("v0", Vec::new()).unwrap();
    for (target, op, changes) in [
        (
            Target::Link(link.clone()),
            "namespace.put",
            vec![("altname", "wg0".to_owned()), ("altname", "wg1".to_owned())],
        ),
        (
            Target::Link(link),
            "namespace.put",
            vec![("mtu", "wg1".to_owned())],
        ),
        (
            Target::Local("next-hops"),
            "namespace.change-entity",
            vec![],
        ),
    ] {
        assert!(ask::<Write>(
            &gate,
            Request::new(op, target).changing(changes)
        ));
    }
    let of_link = r#"{ cap = "route.write", interfaces = ["wg1"] }"#;
    let (mut changes, not_judged) = bed.replay(&policy(r#"{ cap = "*" }"#, of_link));
    changes.sort();
    assert_eq!(
        changes,
        [
            "1 allowed>denied route.write next-hops by p.toml:6:1",
            "1 allowed>denied route.write v0 by p.toml:6:1",
        ]
    );
    assert_eq!(not_judged, []);
}

#[test]
fn what_a_record_lacks_is_said() {
    let bed = Bed::new();
    let own = policy(
        r#"{ cap = "*", to = ["0.0.0.0/0"] }, { cap = "file.read" }"#,
        "",
    );
    let gate = bed.gate(&own, &["web.example", "notes"]);
    ask::<Echo>(&gate, host("192.0.2.1"));
    ask::<Echo>(&gate, hosts("192.0.2.0", "192.0.2.9", &[]));
    let path = AbsolutePath::absolute(Path::new("/srv/notes")).unwrap();
    ask::<Read>(&gate, Request::new("open", Target::Path(path)));
    let counted = |allow: &str, deny: &str| {
        let (changes, not_judged) = bed.replay(&policy(allow, deny));
        (changes.len(), not_judged)
    };
    let all = r#"{ cap = "*", to = ["0.0.0.0/0", "/srv/"] }"#;
    assert_eq!(counted(all, ""), (0, vec![]));
    let groups = "the groups of its user are not on record";
    let by_group = r#"{ cap = "icmp.echo", users = ["@netops"] }"#;
    assert_eq!(counted(all, by_group), (0, vec![(groups, 2)]));
    assert_eq!(
        counted(r#"{ cap = "icmp.echo", users = ["@netops"] }"#, ""),
        (1, vec![(groups, 2)])
    );
    // Where it decides nothing, nothing is missing.
    assert_eq!(
        counted(
            r#"{ cap = "*", to = ["0.0.0.0/0"], users = ["@netops", "alice"] }, { cap = "file.read" }"#,
            ""
        ),
        (0, vec![])
    );
    assert_eq!(
        counted(
            all,
            r#"{ cap = "icmp.echo", to = ["198.51.100.1"], users = ["@netops"] }"#
        )
        .1,
        [(groups, 1)]
    );
    let folder = "the folder and the home of its user are not on record";
    assert_eq!(
        counted(r#"{ cap = "*", to = ["0.0.0.0/0", "./notes"] }"#, ""),
        (0, vec![(folder, 1)])
    );
    assert_eq!(
        counted(all, r#"{ cap = "file.read", to = ["~/x"] }"#),
        (0, vec![(folder, 1)])
    );
    let names = "the names that led to members of a set are not on record";
    let (_, not_judged) = counted(r#"{ cap = "*", to = ["$args", "/srv/"] }"#, "");
    assert_eq!(not_judged, [(names, 1)]);
    let (_, not_judged) = counted(all, r#"{ cap = "*", to = ["*.example"] }"#);
    assert_eq!(not_judged, [(names, 1)]);
    // The start of the run is not in what is read.
    let text = std::fs::read_to_string(bed.log()).unwrap();
    let rest: String = text
        .lines()
        .skip(2)
        .map(|line| format!("{line}\n"))
        .collect();
    let typed = policy(r#"{ cap = "icmp.echo", to = ["$args"] }"#, "");
    let mut replay = Replay::new(&typed, declared);
    replay
        .read(Reader::from_source(Path::new("rest"), Cursor::new(rest)))
        .unwrap();
    let args = "the arguments of its run are not on record";
    assert_eq!(
        replay.totals.not_judged.get(args),
        Some(&2),
        "{:?}",
        replay.totals
    );
    // So is what no rule denied.
    let bed = Bed::new();
    let few = policy(r#"{ cap = "icmp.echo", packets = 1 }"#, "");
    let gate = bed.gate(&few, &[]);
    let permit: Permit<Echo> = gate.authorize(host("192.0.2.1")).unwrap();
    permit.count_sent(8);
    assert!(permit.may_send(8).is_err());
    let (changes, not_judged) = bed.replay(&few);
    assert!(changes.is_empty());
    assert_eq!(
        not_judged,
        [("something else than a rule denied it, such as a quota", 1)]
    );
}

#[test]
fn an_address_by_a_name_is_judged_by_it() {
    let bed = Bed::new();
    let own = policy(r#"{ cap = "*" }"#, "");
    let gate = bed.gate(&own, &[]);
    let name = HostName::new("web.example").unwrap();
    gate.note_name(
        &name,
        &["192.0.2.1".parse().unwrap(), "127.0.0.1".parse().unwrap()],
    );
    ask::<Echo>(&gate, host("192.0.2.1"));
    let by_name = policy(r#"{ cap = "*", to = ["web.example"] }"#, "");
    assert_eq!(bed.replay(&by_name), (vec![], vec![]));
    let (changes, _) = bed.replay(&policy(
        r#"{ cap = "*" }"#,
        r#"{ cap = "*", to = ["*.example"] }"#,
    ));
    assert_eq!(
        changes,
        ["1 allowed>denied icmp.echo 192.0.2.1 by p.toml:6:1"]
    );
    // Refused, since a name server led there; had /etc/hosts, it would be allowed.
    assert!(!ask::<Echo>(&gate, host("127.0.0.1")));
    let (_, not_judged) = bed.replay(&own);
    let source = "it is not on record whether /etc/hosts or a name server led to it";
    assert_eq!(not_judged, [(source, 1)]);
}

#[test]
fn hostile_lines_are_counted_and_take_no_memory() {
    let bed = Bed::new();
    let own = policy(r#"{ cap = "*" }"#, "");
    let gate = bed.gate(&own, &[]);
    ask::<Echo>(&gate, host("192.0.2.1"));
    let mut text = std::fs::read(bed.log()).unwrap();
    let good = text.iter().filter(|byte| **byte == b'\n').count() as u64;
    text.extend_from_slice(b"\xff\x00\x1b[2J\n{}\n[[[[\n");
    text.extend(std::iter::repeat_n(b'[', 200_000));
    text.push(b'\n');
    text.extend(std::iter::repeat_n(b'"', 1 << 20));
    text.push(b'\n');
    // A record whose content was changed.
    let line = String::from_utf8_lossy(&text)
        .lines()
        .nth(2)
        .unwrap()
        .replace("192.0.2.1", "192.0.2.9");
    text.extend_from_slice(line.as_bytes());
    text.extend_from_slice(b"\n{\"v\":1,\"seq\":7,\"ts\":\"");
    let mut replay = Replay::new(&own, declared);
    replay
        .read(Reader::from_source(Path::new("log"), Cursor::new(text)))
        .unwrap();
    let totals = &replay.totals;
    assert_eq!(
        (totals.records, totals.no_records, totals.unfinished),
        (good, 6, 1),
        "{totals:?}"
    );
    assert_eq!(totals.named.len(), MOST_NAMED);
    assert!(
        totals.named.iter().all(|named| !named.contains('\u{1b}')),
        "{:?}",
        totals.named
    );
}
