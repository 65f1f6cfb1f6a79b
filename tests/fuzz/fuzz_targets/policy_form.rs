//! Policy text against canonical forms: whatever spells one target, in a rule or in a request, has one verdict;
//! and what a rule's pattern prints as means the same rule.
#![no_main]

use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use libfuzzer_sys::fuzz_target;
use nethost_core::embedded::embedded;
use nethost_core::{AbsolutePath, CanonicalAddr, HostName, Request, Target, address, file};
use nethost_policy::{Decision, Effect, Pattern, Policies, Rule, Subject};

const CAPABILITY: &str = "probe";

/// Whether a rule with this pattern allows a request, and whether one denies it.
fn verdict(pattern: &Pattern, target: &Target) -> (bool, bool) {
    let rule = |effect, to: &[Pattern]| {
        let mut rule = Rule::from_flag(effect, "--rule", CAPABILITY, &[CAPABILITY]).unwrap();
        rule.to = to.to_vec();
        rule
    };
    let request = Request::new("", target.clone());
    let decide = |flags| {
        let policies = Policies {
            flags,
            ..Policies::default()
        };
        let in_force = policies.in_force(&Subject::default());
        matches!(
            in_force.decide(CAPABILITY, &request, &[]),
            Decision::Allowed(_)
        )
    };
    let to = std::slice::from_ref(pattern);
    let denied = [rule(Effect::Allow, &[]), rule(Effect::Deny, to)];
    (
        decide(vec![rule(Effect::Allow, to)]),
        !decide(denied.to_vec()),
    )
}

/// What the text means as a request, in each way that it can be read.
fn targets(text: &str) -> Vec<Target> {
    let mut targets = Vec::new();
    if let Some(address) = address::parse(text) {
        targets.push(Target::remote(address.ip(), Some(80)));
    }
    if let Ok(endpoint) = text.parse::<SocketAddr>() {
        let remote = address::remote(endpoint);
        targets.push(Target::remote(remote.ip(), Some(remote.port())));
    }
    if let Ok(network) = text.parse::<ipnet::IpNet>() {
        targets.push(Target::network(network));
    }
    targets.extend(HostName::new(text).map(Target::Name));
    if let Some(path) = AbsolutePath::absolute(Path::new(text)) {
        targets.push(Target::Path(file::resolve(&path)));
    }
    targets
}

/// The model: a denial holds for whatever the address is or hides.
fn model(pattern: IpAddr, target: IpAddr) -> bool {
    let (pattern, target) = (
        CanonicalAddr::destination(pattern),
        CanonicalAddr::destination(target),
    );
    pattern == target || embedded(target).any(|v4| CanonicalAddr::destination(v4.into()) == pattern)
}

fuzz_target!(|texts: (&str, &str)| {
    let (one, two) = texts;
    // A target's own spelling, as a rule, is about it.
    for target in targets(one) {
        let shown = target.to_string();
        if let Ok(pattern) = shown.parse::<Pattern>() {
            assert_eq!(verdict(&pattern, &target), (true, true), "{shown:?}");
        }
    }
    let Ok(pattern) = one.parse::<Pattern>() else {
        return;
    };
    // What a pattern prints as is the pattern.
    let again: Pattern = pattern.to_string().parse().unwrap();
    for target in targets(two).iter().chain(&targets(one)) {
        assert_eq!(
            verdict(&pattern, target),
            verdict(&again, target),
            "{one:?} {target}"
        );
    }
    if let (Ok(one), Some(two)) = (one.parse::<IpAddr>(), address::parse(two)) {
        let denied = verdict(&pattern, &Target::remote(two.ip(), None)).1;
        assert_eq!(denied, model(one, two.ip()), "{one} {two}");
    }
});
