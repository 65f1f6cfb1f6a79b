//! Tries every operation under every permit: it is performed under its own permits while they are valid, and under no
//! other.

use super::*;
use crate::capabilities::EXAMPLES;
use nethost_core::{Access, Request};

/// A permit for each example of the capabilities, with the operations that it is for. Their results depend on the
/// machine.
pub(super) fn each_permit() -> Vec<(RequestFields<'static>, Vec<&'static str>)> {
    let mut permits = Vec::new();
    for examples in EXAMPLES {
        for (capability, request) in examples() {
            // The fields of a message borrow from the request.
            let request: &'static Request = Box::leak(Box::new(request));
            let fields = RequestFields::of(&Access {
                handle: 0,
                capability,
                request,
                asked: None,
                rule: "",
                grant: None,
                parts: &[],
                reports: &[],
            });
            let own = operations::ALL.iter();
            let own = own.filter(|entry| (entry.is_for)(capability, request));
            permits.push((fields, own.map(|entry| entry.name).collect()));
        }
    }
    permits
}

#[test]
fn every_operation_is_tried_under_every_permit_and_done_only_under_its_own() {
    let all: Vec<_> = each_permit()
        .iter()
        .map(|(fields, _)| fields.capability.to_string())
        .collect();
    let flags: Vec<&str> = all.iter().map(String::as_str).collect();
    let mut known = std::collections::BTreeSet::new();
    for (permit, own) in each_permit() {
        known.insert(permit.capability.to_string());
        let mut escaped = Escaped::begun(&flags);
        escaped.make(7, true);
        escaped.make(8, false);
        let shown = format!("{permit:?}");
        assert!(escaped.authorize(1, permit), "{shown}");
        for operation in operations::ALL {
            let name = operation.name;
            let (answer, _, descriptor) = escaped.operate(1, name, &(operation.example)());
            if own.contains(&name) {
                // The kernel may fail it, but the permit is for it.
                assert!(
                    !matches!(answer, Answer::Refused(_)),
                    "{shown} {name}: {answer:?}"
                );
            } else {
                let nothing = match &answer {
                    Answer::Refused(_) => true,
                    // No such socket, or not opened under this permit.
                    Answer::Failed(errno) => [libc::EACCES, libc::EBADF].contains(errno),
                    _ => false,
                };
                assert!(
                    nothing && descriptor.is_none(),
                    "{shown} {name}: {answer:?}"
                );
            }
        }
    }
    let missing: Vec<_> = request_names()
        .into_iter()
        .filter(|name| !known.contains(*name))
        .collect();
    assert!(
        missing.is_empty(),
        "capabilities that are not tried: {missing:?}"
    );
}

/// A run under these policies that has begun.
fn under(policies: &nethost_policy::Policies) -> Escaped {
    let (channel, theirs) = Channel::pair().unwrap();
    let subject = nethost_policy::Subject::default();
    let session = Session {
        gate: nethost_gate::Gate::new(policies, &subject, Arc::new(nethost_audit::Log::off())),
        capabilities: CAPABILITIES.into(),
        args: Vec::new(),
        watch: None,
        confined: false,
        unconfined: Vec::new(),
    };
    let mut escaped = Escaped {
        channel,
        broker: serving(theirs, session),
        bed: TestBed::allowing(&[]),
    };
    assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
    escaped
}

#[test]
fn a_permit_whose_time_is_over_does_nothing_more() {
    use nethost_policy::{Effect, Policies, Rule, Scope};
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(700);
    let names = request_names();
    let rule = |flag: &str| {
        let mut rule = Rule::from_flag(Effect::Allow, "--allow", flag, &names).unwrap();
        rule.scope = Scope {
            until: Some(until),
            ..rule.scope
        };
        rule
    };
    let policies = Policies {
        flags: each_permit()
            .iter()
            .map(|(fields, _)| rule(&fields.capability))
            .collect(),
        ..Policies::default()
    };
    let mut escaped = under(&policies);
    escaped.make(7, true);
    escaped.make(8, false);
    let count = each_permit().len() as u64;
    for (handle, (permit, _)) in (1..).zip(each_permit()) {
        assert!(escaped.authorize(handle, permit));
    }
    std::thread::sleep(std::time::Duration::from_millis(800));
    for handle in 1..=count {
        for operation in operations::ALL {
            let name = operation.name;
            let (answer, _, descriptor) = escaped.operate(handle, name, &(operation.example)());
            assert!(
                matches!(answer, Answer::Refused(_)) && descriptor.is_none(),
                "{handle} {name}: {answer:?}"
            );
        }
    }
}

#[test]
fn a_quota_of_one_message_gives_one() {
    use nethost_policy::{Effect, Policies, Rule};
    for capability in ["file.read", "dns.resolve", "route.read", "tcp.connect"] {
        let names = request_names();
        let mut rule = Rule::from_flag(Effect::Allow, "--allow", capability, &names).unwrap();
        rule.scope.quota.packets = Some(1);
        let policies = Policies {
            flags: vec![rule],
            ..Policies::default()
        };
        let mut escaped = under(&policies);
        let (permit, own) = each_permit()
            .into_iter()
            .find(|(permit, _)| permit.capability == capability && permit.target_is_common())
            .unwrap();
        assert!(escaped.authorize(1, permit));
        let operation = operations::Entry::named(own[0]).unwrap();
        let args = (operation.example)();
        let mut done = 0;
        for _ in 0..3 {
            let (answer, ..) = escaped.operate(1, operation.name, &args);
            done += u32::from(!matches!(answer, Answer::Refused(_)));
        }
        assert_eq!(done, 1, "{capability}");
    }
}

impl RequestFields<'_> {
    /// The first request of its capability.
    fn target_is_common(&self) -> bool {
        self.socket.is_some() || self.capability != "tcp.connect"
    }
}
