//! Report-only rules change no decision, and report exactly what they would deny: random policies, random sets.
#![allow(clippy::unwrap_used)]

use std::net::IpAddr;

use proptest::prelude::*;

use crate::in_force::set::tests::{CAPABILITIES, grant, policy, ranges, typed, v4, v6};
use crate::in_force::{Decision, InForce, MemberVerdict};
use crate::{Effect, Names, Policies, Policy, Subject, parse, parse_system};
use nethost_core::set::address_of;
use nethost_core::{CanonicalAddr, HostName, Request, ResolvedName, Target, TargetSet};

const NAMES: Names<'_> = Names {
    capabilities: CAPABILITIES,
    plugins: &[],
};

/// The policy with these grants as denials behind its own ones.
fn with(text: &str, grants: &[String], mode: &str) -> Policy {
    let denials = grants.iter().map(|grant| match mode {
        "report" => grant.replacen(" }", ", mode = \"report\" }", 1),
        _ => grant.clone(),
    });
    let plugin = format!(
        "[[plugin]]\nname = \"*\"\ndeny = [{}]\n",
        denials.collect::<Vec<_>>().join(", ")
    );
    parse_system("policy.toml", &format!("{text}{plugin}"), NAMES).unwrap()
}

fn as_ceiling(ceiling: Policy, chosen: Option<&str>, args: &[String]) -> InForce {
    let policies = Policies {
        ceiling: Some(ceiling),
        chosen: chosen.map(|text| parse("chosen.toml", text, NAMES).unwrap()),
        ..Policies::default()
    };
    policies.in_force(&Subject {
        args: args.to_vec(),
        ..Subject::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn nothing_is_decided_otherwise_and_what_a_denial_would_refuse_is_reported(
        text in policy(),
        reports in prop::collection::vec(grant(), 1..4),
        chosen in prop::option::weighted(0.3, policy()),
        args in typed(),
        ranges in prop_oneof![ranges(v4()), ranges(v6())],
        ports in prop::option::of((1..4_u16, 0..6_u16)),
        named in prop::collection::vec(prop_oneof![v4(), v6()], 0..3),
    ) {
        let ports: Vec<_> = ports.iter().map(|(first, more)| (*first, first + more)).collect();
        let Ok(set) = TargetSet::new(&ranges, &ports) else { return Ok(()) };
        let named: Vec<IpAddr> = named
            .iter()
            .map(|text| CanonicalAddr::destination(text.parse().unwrap()).ip())
            .collect();
        let names = |address: IpAddr| match named.contains(&address) {
            true => vec![ResolvedName::from_dns(HostName::new("web.example").unwrap())],
            false => Vec::new(),
        };
        let chosen = chosen.as_deref();
        let without = as_ceiling(parse("policy.toml", &text, NAMES).unwrap(), chosen, &args);
        let reporting = as_ceiling(with(&text, &reports, "report"), chosen, &args);
        let enforced = as_ceiling(with(&text, &reports, "enforce"), chosen, &args);
        let request = Request::new("open", Target::Local(""));
        let decide = |policy: &InForce| {
            policy.decide_set("udp.exchange", &request, &set, &named, names)
        };
        let Ok(decided) = decide(&without) else { return Ok(()) };
        prop_assert_eq!(&decide(&reporting).unwrap(), &decided);
        let reported = reporting
            .reported_of_set("udp.exchange", &request, &set, &named, names, &decided)
            .unwrap();
        for n in 0..set.members() {
            let (value, port) = set.at(n).unwrap();
            let address = address_of(set.is_ipv6(), value);
            let target = Target::remote(address, set.has_ports().then_some(port));
            let alone = Request::new("open", target);
            let decide = |policy: &InForce| policy.decide("udp.exchange", &alone, &names(address));
            let before = decide(&without);
            prop_assert_eq!(&decide(&reporting), &before);
            let within: Vec<_> = reported
                .iter()
                .filter(|(exception, _)| {
                    let has = |(first, last): &(u128, u128)| (*first..=*last).contains(&value);
                    let port = |(first, last): &(u16, u16)| (*first..=*last).contains(&port);
                    exception.ranges.iter().any(has)
                        && (exception.ports.is_empty() || exception.ports.iter().any(port))
                })
                .collect();
            let rule = reporting.reported("udp.exchange", &alone, &names(address));
            match (before, decide(&enforced)) {
                (Decision::Allowed(_), Decision::Denied(_)) => {
                    prop_assert_eq!(within.len(), 1);
                    prop_assert_eq!(rule.map(|rule| &**rule), Some(&*within[0].1));
                }
                (Decision::Allowed(_), Decision::Allowed(_)) => {
                    prop_assert!(within.is_empty() && rule.is_none());
                }
                // It is denied anyway, and the report says nothing of it.
                (Decision::Denied(_), after) => {
                    prop_assert!(within.is_empty() && matches!(after, Decision::Denied(_)));
                }
            }
            let among = decided.verdict(value, port).unwrap();
            prop_assert!(within.is_empty() || matches!(among, MemberVerdict::Allowed(_)));
        }
    }

    /// A client's file and flags only narrow, whatever a report-only rule says.
    #[test]
    fn a_client_only_narrows(
        text in policy(),
        reports in prop::collection::vec(grant(), 1..4),
        chosen in policy(),
        address in prop_oneof![v4(), v6()],
        port in 1..9_u16,
    ) {
        let ceiling = || with(&text, &reports, "report");
        let alone = as_ceiling(ceiling(), None, &[]);
        let below = as_ceiling(ceiling(), Some(&chosen), &[]);
        let target = Target::remote(
            CanonicalAddr::destination(address.parse().unwrap()).ip(),
            Some(port),
        );
        let request = Request::new("open", target);
        let allowed = |policy: &InForce| {
            matches!(policy.decide("udp.exchange", &request, &[]), Decision::Allowed(_))
        };
        prop_assert!(allowed(&alone) || !allowed(&below));
        // It does not change either what is reported.
        prop_assert_eq!(
            alone.reported("udp.exchange", &request, &[]),
            below.reported("udp.exchange", &request, &[])
        );
    }
}

#[test]
fn a_report_only_rule_is_as_if_it_were_not_there() {
    let text = "version = 1\n[[plugin]]\nname = \"*\"\n\
        deny = [{ cap = \"icmp.echo\", to = [\"10.9.0.0/16\"], mode = \"report\" }]\n";
    let only = parse_system("p.toml", text, NAMES).unwrap();
    assert_eq!(only.rules[0].effect, Effect::Report);
    let policies = Policies {
        ceiling: Some(only),
        ..Policies::default()
    };
    // It is no rule about the request, so whoever would be asked is asked.
    assert!(!policies.mention("icmp.echo", &Subject::default()));
    let in_force = policies.in_force(&Subject::default());
    let request = Request::new("open", nethost_core::form::host("10.9.0.1", None));
    // Nothing allows it, and a rule that only reports does not.
    let Decision::Denied(refusal) = in_force.decide("icmp.echo", &request, &[]) else {
        panic!("it is allowed");
    };
    assert_eq!(refusal.rule, "no rule of p.toml allows it");
    assert!(in_force.forbidding("icmp.echo", &request, &[]).is_none());
    assert_eq!(
        in_force
            .reported("icmp.echo", &request, &[])
            .unwrap()
            .as_ref(),
        "p.toml:4:9"
    );
}
