//! No member gets another verdict alone than in the set: random policies, random sets.
#![allow(clippy::unwrap_used)]

use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;

use super::decide::too_many;
use super::*;
use crate::in_force::{Decision, InForce};
use crate::{Effect, Names, Pattern, Policies, Subject, parse};
use nethost_core::Request;
use nethost_core::set::{address_of, number};
use nethost_core::{CanonicalAddr, HostName, Interface, ResolvedName, Target, TargetSet};

pub(in crate::in_force) const CAPABILITIES: &[&str] = &["icmp.echo", "udp.exchange"];

/// Addresses near each other, so that rules and sets meet.
pub(in crate::in_force) fn v4() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!("10.0.{c}.{d}")),
        (0..=255_u8).prop_map(|d| format!("127.0.0.{d}")),
        Just("0.0.0.0".to_owned()),
        (0..=255_u8).prop_map(|d| format!("0.0.0.{d}")),
        Just("169.254.169.254".to_owned()),
    ]
}

/// The forms that hide an address of IPv4, and others.
pub(in crate::in_force) fn v6() -> impl Strategy<Value = String> {
    prop_oneof![
        v4().prop_map(|v4| format!("64:ff9b::{v4}")),
        v4().prop_map(|v4| format!("::{v4}")),
        v4().prop_map(|v4| format!("64:ff9b:1::{v4}")),
        v4().prop_map(|v4| format!("fe80::5efe:{v4}")),
        v4().prop_map(|v4| format!("2001:db8::200:5efe:{v4}")),
        v4().prop_map(|v4| format!("::ffff:{v4}")),
        v4().prop_map(|v4| format!("::ffff:0:{v4}")),
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!("64:ff9b:1:a00:{c:x}:{d:02x}ff:ffff:fff0")),
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!("64:ff9b:1:1:a:{c:x}:{d:02x}ff:fff0")),
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!("64:ff9b:1:1:a:{c:x}:{d:02x}00:0")),
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!("64:ff9b:1:1f:00{c:02x}:{d:02x}00::")),
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!("2001:0:a00:{c:x}{d:02x}::1")),
        (0..9_u8).prop_map(|low| format!("::{low:x}")),
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!(
            "2001:0:1:2:3:4:{:x}:{:x}",
            !0x0a00_u16,
            !(u16::from(c) << 8 | u16::from(d))
        )),
        (0..3_u8, 0..=255_u8).prop_map(|(c, d)| format!("2002:a00:{c:x}{d:02x}::1")),
        (0..512_u16).prop_map(|low| format!("2001:db8::{low:x}")),
    ]
}

fn network(
    address: impl Strategy<Value = String>,
    least: u8,
    most: u8,
) -> impl Strategy<Value = String> {
    (address, least..=most).prop_map(|(address, prefix)| {
        let network: ipnet::IpNet = format!("{address}/{prefix}").parse().unwrap();
        network.trunc().to_string()
    })
}

fn to() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => network(v4(), 22, 32),
        2 => network(v6(), 116, 128),
        1 => Just("0.0.0.0/0".to_owned()),
        1 => Just("::/0".to_owned()),
        2 => v4(),
        1 => (v4(), 1..9_u16).prop_map(|(address, port)| format!("{address}:{port}")),
        2 => Just("$args".to_owned()),
        1 => Just("web.example".to_owned()),
        1 => Just("*.example".to_owned()),
        1 => v6(),
        1 => Just("64:ff9b:1::/48".to_owned()),
        1 => Just("10.0.0.0/8".to_owned()),
        1 => Just("127.0.0.0/8".to_owned()),
    ]
}

pub(in crate::in_force) fn grant() -> impl Strategy<Value = String> {
    let to = prop::option::weighted(0.8, prop::collection::vec(to(), 1..4));
    let ports = prop::option::weighted(0.3, (1..9_u16, 0..4_u16));
    let interface = prop::option::weighted(0.1, Just("eth0"));
    let cap = prop::sample::select(&["*", "icmp.echo", "udp.exchange", "udp.exchange"][..]);
    let quota = prop::option::weighted(0.2, 1..9_u32);
    (cap, to, ports, interface, quota).prop_map(|(cap, to, ports, interface, _quota)| {
        let mut text = format!("{{ cap = \"{cap}\"");
        if let Some(to) = to {
            text += &format!(", to = {to:?}");
        }
        if let Some((first, more)) = ports {
            text += &format!(", ports = [\"{first}-{}\"]", first + more);
        }
        if let Some(interface) = interface {
            text += &format!(", interfaces = [\"{interface}\"]");
        }
        text + " }"
    })
}

pub(in crate::in_force) fn policy() -> impl Strategy<Value = String> {
    let grants = || prop::collection::vec(grant(), 0..5);
    (grants(), grants()).prop_map(|(allow, deny)| {
        format!(
            "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{}]\ndeny = [{}]\n",
            allow.join(", "),
            deny.join(", ")
        )
    })
}

pub(in crate::in_force) fn typed() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        v4(),
        v6(),
        network(v4(), 22, 32),
        (v4(), 0..=255_u8).prop_map(|(first, last)| format!("{first}-{last}")),
        (0..9_u8, 0..9_u8).prop_map(|(a, b)| format!("10.0.{}-2.{a},{}-{}", a % 3, b, b + 40)),
        Just("10.*.1.*".to_owned()),
        Just("10.0.0-1.7".to_owned()),
        Just("web.example".to_owned()),
        (v4(), 1..9_u16).prop_map(|(address, port)| format!("{address}:{port}")),
        (1..9_u16).prop_map(|port| format!("web.example:{port}")),
    ];
    prop::collection::vec(word, 0..4)
}

/// Ascending ranges around the addresses that rules speak of.
pub(in crate::in_force) fn ranges(
    address: impl Strategy<Value = String>,
) -> impl Strategy<Value = Vec<(IpAddr, IpAddr)>> {
    prop::collection::vec((address, 0..300_u32), 1..4).prop_map(|parts| {
        let mut numbers: Vec<(u128, u128, bool)> = parts
            .into_iter()
            .map(|(address, more)| {
                let address: IpAddr = address.parse().unwrap();
                let first = number(address);
                (first, first + u128::from(more), address.is_ipv6())
            })
            .collect();
        numbers.sort_unstable();
        let mut ranges: Vec<(IpAddr, IpAddr)> = Vec::new();
        let mut next = 0;
        for (first, last, ipv6) in numbers {
            let first = first.max(next);
            if first > last {
                continue;
            }
            ranges.push((address_of(ipv6, first), address_of(ipv6, last)));
            next = last + 1;
        }
        ranges
    })
}

fn in_force(text: &str, args: &[String]) -> InForce {
    let names = Names {
        capabilities: CAPABILITIES,
        plugins: &[],
    };
    let policies = Policies {
        chosen: Some(parse("policy.toml", text, names).unwrap()),
        ..Policies::default()
    };
    policies.in_force(&Subject {
        args: args.to_vec(),
        ..Subject::default()
    })
}

/// Every member of a set against the same request alone.
fn compare(
    policy: &InForce,
    set: &TargetSet,
    interface: Option<&str>,
    named: &[IpAddr],
) -> Result<(), TestCaseError> {
    let names = |address: IpAddr| match named.contains(&address) {
        true => vec![ResolvedName::from_dns(
            HostName::new("web.example").unwrap(),
        )],
        false => Vec::new(),
    };
    let interface = interface.map(|name| Interface::named(name, Vec::new()).unwrap());
    let request = Request::new("open", Target::Local("")).on_interface(interface.clone());
    let decided = policy.decide_set("udp.exchange", &request, set, named, names);
    let decided = decided.map_err(|refusal| TestCaseError::fail(refusal.rule))?;
    let exceptions = decided.exceptions();
    for n in 0..set.members() {
        let (value, port) = set.at(n).unwrap();
        let address = address_of(set.is_ipv6(), value);
        let target = Target::remote(address, set.has_ports().then_some(port));
        let request = Request::new("open", target).on_interface(interface.clone());
        let alone = policy.decide("udp.exchange", &request, &names(address));
        let among = decided.verdict(value, port).unwrap();
        let excepted = exceptions.iter().filter(|exception| {
            exception
                .ranges
                .iter()
                .any(|(first, last)| (first..=last).contains(&&value))
                && (exception.ports.is_empty()
                    || exception
                        .ports
                        .iter()
                        .any(|(first, last)| (first..=last).contains(&&port)))
        });
        let excepted: Vec<_> = excepted.collect();
        match (alone, among) {
            (Decision::Allowed(terms), MemberVerdict::Allowed(ground)) => {
                prop_assert_eq!(&terms, &decided.grounds[ground as usize]);
                prop_assert!(excepted.is_empty());
            }
            (Decision::Denied(refusal), MemberVerdict::Denied(reason)) => {
                let known = &decided.refusals[reason as usize];
                prop_assert_eq!(
                    (&refusal.rule, refusal.missing),
                    (&known.rule, known.missing)
                );
                prop_assert_eq!(excepted.len(), 1);
                prop_assert_eq!(excepted[0].refusal, reason);
            }
            (alone, among) => {
                let at = SocketAddr::new(address, port);
                return Err(TestCaseError::fail(format!(
                    "{at}: alone {alone:?}, among {among:?}"
                )));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_member_gets_the_verdict_that_it_gets_alone(
        text in policy(),
        args in typed(),
        ranges in prop_oneof![ranges(v4()), ranges(v6())],
        ports in prop::option::of((1..4_u16, 0..6_u16)),
        interface in prop::option::weighted(0.2, Just("eth0")),
        named in prop::collection::vec(prop_oneof![v4(), v6()], 0..3),
    ) {
        let ports: Vec<_> = ports.iter().map(|(first, more)| (*first, first + more)).collect();
        let Ok(set) = TargetSet::new(&ranges, &ports) else { return Ok(()) };
        let named: Vec<IpAddr> = named
            .iter()
            .map(|text| CanonicalAddr::destination(text.parse().unwrap()).ip())
            .collect();
        compare(&in_force(&text, &args), &set, interface, &named)?;
    }

    #[test]
    fn what_another_denies_too_is_denied_and_nothing_else_changes(
        text in policy(),
        ranges in ranges(v4()),
        hole in (0..400_u32, 0..200_u32),
        ports in prop::option::of((1..4_u16, 0..4_u16)),
        fewer in prop::option::of((1..4_u16, 0..2_u16)),
    ) {
        let all: Vec<_> = ports.iter().map(|(first, more)| (*first, first + more)).collect();
        let Ok(set) = TargetSet::new(&ranges, &all) else { return Ok(()) };
        let request = Request::new("open", Target::Local(""));
        let policy = in_force(&text, &[]);
        let before = policy.decide_set("udp.exchange", &request, &set, &[], |_| Vec::new()).unwrap();
        let first = u128::from(0x0a00_0000 + hole.0);
        let last = first + u128::from(hole.1);
        let ports: Vec<_> = match (fewer, set.has_ports()) {
            (Some((first, more)), true) => vec![(first, first + more)],
            _ => Vec::new(),
        };
        let exception = Exception { ranges: vec![(first, last)], ports, refusal: 0 };
        let mut after = before.clone();
        after.narrow(&exception, too_many("another"));
        for n in 0..set.members() {
            let (value, port) = set.at(n).unwrap();
            let within = (first..=last).contains(&value)
                && (exception.ports.is_empty()
                    || exception.ports.iter().any(|(first, last)| (first..=last).contains(&&port)));
            match (before.verdict(value, port).unwrap(), after.verdict(value, port).unwrap()) {
                (MemberVerdict::Allowed(_), MemberVerdict::Denied(_)) => prop_assert!(within),
                (own, now) => {
                    prop_assert_eq!(own, now);
                    prop_assert!(!within || matches!(own, MemberVerdict::Denied(_)));
                }
            }
        }
    }
}

fn decided(policy: &str, first: &str, last: &str) -> (SetDecision, TargetSet) {
    let ranges = [(first.parse().unwrap(), last.parse().unwrap())];
    let set = TargetSet::new(&ranges, &[]).unwrap();
    let request = Request::new("open", Target::Local(""));
    let decided =
        in_force(policy, &[]).decide_set("icmp.echo", &request, &set, &[], |_| Vec::new());
    (decided.unwrap(), set)
}

#[test]
fn denials_become_exceptions_with_the_rules_that_made_them() {
    let policy = "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"icmp.echo\", to = [\"10.0.0.0/16\"] }]\n\
        deny = [{ cap = \"icmp.echo\", to = [\"10.0.3.0/24\", \"10.0.4.0/24\"] },\n { cap = \"icmp.echo\", to = [\"10.0.9.9\"] }]\n";
    let (decided, set) = decided(policy, "10.0.0.0", "10.1.0.255");
    let shown: Vec<_> = decided
        .exceptions()
        .iter()
        .map(|exception| {
            let refusal = decided.refusal(exception, "icmp.echo", false);
            (exception.shown(false), refusal.rule, refusal.remedy)
        })
        .collect();
    let shown: Vec<_> = shown.iter().map(|(a, b, c)| (&**a, &**b, &**c)).collect();
    assert_eq!(
        shown,
        [
            (
                "10.0.3.0-10.0.4.255",
                "policy.toml:5:9",
                "remove or narrow the rule at policy.toml:5:9"
            ),
            (
                "10.0.9.9",
                "policy.toml:6:2",
                "remove or narrow the rule at policy.toml:6:2"
            ),
            (
                "10.1.0.0/24",
                "no rule allows it",
                "--allow icmp.echo=10.1.0.0/24"
            ),
        ]
    );
    assert_eq!(set.addresses(), 65_536 + 256);
    assert!(!decided.denies_all());
    assert!("10.0.0.0/8".parse::<Pattern>().is_ok() && Effect::Allow != Effect::Deny);
}

#[test]
fn a_set_of_too_many_parts_is_refused() {
    let networks: Vec<_> = (0..6000_u32)
        .map(|n| format!("\"10.{}.{}.0/32\"", n / 256, n % 256))
        .collect();
    let policy = format!(
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"*\" }}]\ndeny = [{{ cap = \"*\", to = [{}] }}]\n",
        networks.join(", ")
    );
    let ranges = [(
        "10.0.0.0".parse().unwrap(),
        "10.255.255.255".parse().unwrap(),
    )];
    let set = TargetSet::new(&ranges, &[]).unwrap();
    let request = Request::new("open", Target::Local(""));
    let decided =
        in_force(&policy, &[]).decide_set("icmp.echo", &request, &set, &[], |_| Vec::new());
    assert!(decided.unwrap_err().rule.contains("too many"));
}

#[test]
fn an_ipv4_host_is_denied_in_each_address_that_hides_it() {
    let policy = "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"icmp.echo\" }]\n\
        deny = [{ cap = \"icmp.echo\", to = [\"10.0.3.7\"] }]\n";
    let policy = in_force(policy, &[]);
    // The first and the last address that hides 10.0.3.7 by each form, within the set from the one before to the one
    // after them.
    for (first, last) in [
        ("64:ff9b::10.0.3.7", "64:ff9b::10.0.3.7"),
        ("64:ff9b:1::10.0.3.7", "64:ff9b:1::10.0.3.7"),
        // Prefixes of 64, 56 and 48 bits.
        ("64:ff9b:1:1:a:3:700:0", "64:ff9b:1:1:a:3:7ff:ffff"),
        ("64:ff9b:1:a:0:307:1:0", "64:ff9b:1:a:0:307:1:f"),
        ("64:ff9b:1:a00:3:700:1:0", "64:ff9b:1:a00:3:700:1:f"),
        ("2002:a00:307::", "2002:a00:307::f"),
        ("2001:0:a00:307::", "2001:0:a00:307::f"),
        ("2001:0:1:2:3:4:f5ff:fcf8", "2001:0:1:2:3:4:f5ff:fcf8"),
        ("::10.0.3.7", "::10.0.3.7"),
        ("::ffff:0:10.0.3.7", "::ffff:0:10.0.3.7"),
        ("2001:db8::5efe:10.0.3.7", "2001:db8::5efe:10.0.3.7"),
        ("fd00::200:5efe:10.0.3.7", "fd00::200:5efe:10.0.3.7"),
    ] {
        let [low, high] = [first, last].map(|text| number(text.parse().unwrap()));
        let ranges = [(address_of(true, low - 1), address_of(true, high + 1))];
        let set = TargetSet::new(&ranges, &[]).unwrap();
        let request = Request::new("open", Target::Local(""));
        let decided = policy.decide_set("icmp.echo", &request, &set, &[], |_| Vec::new());
        let decided = decided.unwrap();
        for value in [low - 1, low, high, high + 1] {
            let alone = Request::new("open", Target::remote(address_of(true, value), None));
            let alone = policy.decide("icmp.echo", &alone, &[]);
            let among = decided.verdict(value, 0).unwrap();
            let denied = matches!(among, MemberVerdict::Denied(_));
            assert_eq!(
                denied,
                matches!(alone, Decision::Denied(_)),
                "{first} {value:x}"
            );
            assert!(denied || !(low..=high).contains(&value), "{first}");
        }
    }
}

/// It must not take minutes, in which nothing else is decided.
#[test]
fn a_rule_with_many_targets_is_as_many_rules() {
    let hosts: Vec<_> = (0..20_000_u32)
        .map(|host| format!("\"10.{}.{}.1\"", host / 200, host % 200))
        .collect();
    let policy = in_force(
        &format!(
            "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{{ cap = \"icmp.echo\", to = [\"10.0.0.0/8\"] }}]\ndeny = [{{ cap = \"icmp.echo\", to = [{}] }}]",
            hosts.join(", ")
        ),
        &[],
    );
    let ranges = [(
        "10.0.0.0".parse().unwrap(),
        "10.255.255.255".parse().unwrap(),
    )];
    let set = TargetSet::new(&ranges, &[]).unwrap();
    let request = Request::new("open", Target::Local(""));
    let begun = std::time::Instant::now();
    let decided = policy.decide_set("icmp.echo", &request, &set, &[], |_| Vec::new());
    assert!(decided.is_err());
    assert!(
        begun.elapsed() < std::time::Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
}

#[test]
fn a_network_is_told_part_by_part() {
    let names = Names {
        capabilities: CAPABILITIES,
        plugins: &[],
    };
    let text = r#"version = 1
[[plugin]]
name = "*"
allow = [
    { cap = "udp.exchange", to = ["10.0.0.0/16"] },
    { cap = "udp.exchange", to = ["10.1.0.0/24"], ports = [53], packets = 7 },
]
deny = [{ cap = "udp.exchange", to = ["10.0.9.0/24", "10.0.11.7"], ports = ["1-1023"] }]
"#;
    let policies = Policies {
        chosen: Some(parse("p.toml", text, names).unwrap()),
        ..Policies::default()
    };
    let in_force = policies.in_force(&Subject::default());
    let at = |text: &str| text.parse::<IpAddr>().unwrap();
    let told = |first, last, ports: &[(u16, u16)]| {
        let set = std::sync::Arc::new(TargetSet::new(&[(at(first), at(last))], ports).unwrap());
        let request = Request::new("", Target::Set(std::sync::Arc::clone(&set)));
        let parts = in_force.decide_parts("udp.exchange", &request, &set, &[]);
        let part = |part: SetPart| {
            let decided = match part.decision {
                Decision::Allowed(terms) => format!("by {}", terms.rule),
                Decision::Denied(refusal) => format!("not, {}", refusal.rule),
            };
            (part.addresses, part.ports.unwrap_or_default(), decided)
        };
        parts.unwrap().into_iter().map(part).collect::<Vec<_>>()
    };
    let own = |parts: &[(&str, &str, &str)]| {
        let own = parts.iter();
        own.map(|(a, b, c)| ((*a).to_owned(), (*b).to_owned(), (*c).to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        told("10.0.0.0", "10.0.8.255", &[(53, 53)]),
        own(&[("10.0.0.0-10.0.8.255", "", "by p.toml:5:5")])
    );
    assert_eq!(
        told("10.0.0.0", "10.1.255.255", &[(53, 53), (2000, 2000)]),
        own(&[
            (
                "10.0.0.0-10.0.8.255,10.0.10.0-10.0.11.6,10.0.11.8-10.0.255.255",
                "",
                "by p.toml:5:5"
            ),
            ("10.0.9.0/24,10.0.11.7", "2000", "by p.toml:5:5"),
            ("10.1.0.0/24", "53", "by p.toml:6:5"),
            ("10.0.9.0/24,10.0.11.7", "53", "not, p.toml:8:9"),
            ("10.1.0.0/24", "2000", "not, no rule allows it"),
            ("10.1.1.0-10.1.255.255", "", "not, no rule allows it"),
        ])
    );
}
