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
    let _listening = LISTENING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
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
pub(super) fn under(policies: &nethost_policy::Policies) -> Escaped {
    under_for(policies, None)
}

/// The same for a user of a service.
pub(super) fn under_for(
    policies: &nethost_policy::Policies,
    peer: Option<crate::peer::Peer>,
) -> Escaped {
    let (channel, theirs) = Channel::pair().unwrap();
    let subject = nethost_policy::Subject::default();
    let session = Session {
        gate: nethost_gate::Gate::new(policies, &subject, Arc::new(nethost_audit::Log::off())),
        capabilities: CAPABILITIES.into(),
        args: Vec::new(),
        watch: None,
        confined: false,
        unconfined: Vec::new(),
        journals: None,
    };
    let mut escaped = Escaped {
        channel,
        broker: std::thread::spawn(move || {
            let open = || Ok::<_, String>(session);
            serve::run(theirs, peer.as_ref(), &Runner::unknown(), open);
        }),
        bed: TestBed::allowing(&[]),
    };
    assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
    escaped
}

#[test]
fn a_permit_whose_time_is_over_does_nothing_more() {
    let _listening = LISTENING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
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

/// Operations that only answer or go on with what another has begun and counted, and those whose messages are counted
/// one by one as they are sent or received.
const UNCOUNTED: &[&str] = &[
    "add-sender",
    "bind-socket",
    "is-local-address",
    "keep-terminal",
    "list-exceptions",
    "listen-socket",
    "listen-unix",
    "member-sources",
    "next-sockets",
    "open-packet-receiver",
    "open-packet-sender",
    "open-set-socket",
    "open-socket",
    "route-source",
    "send-packets",
    "send-to-members",
    "send-unconnected",
    "take-scan-errors",
];

#[test]
fn a_quota_of_one_message_gives_one() {
    let _listening = LISTENING
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    use nethost_policy::{Effect, Policies, Rule};
    let mut more = Vec::new();
    for (permit, own) in each_permit() {
        let names = request_names();
        let capability = permit.capability.to_string();
        let mut rule = Rule::from_flag(Effect::Allow, "--allow", &capability, &names).unwrap();
        rule.scope.quota.packets = Some(1);
        let policies = Policies {
            flags: vec![rule],
            ..Policies::default()
        };
        for name in own.into_iter().filter(|name| !UNCOUNTED.contains(name)) {
            let mut escaped = under(&policies);
            let fields = RequestFields {
                capability: permit.capability.clone(),
                op: permit.op.clone(),
                target: copied(&permit),
                interface: permit.interface.clone(),
                socket: permit.socket,
                namespace: permit.namespace.clone(),
                changes: permit.changes.clone(),
            };
            assert!(escaped.authorize(1, fields));
            escaped.make(7, true);
            escaped.make(8, false);
            let operation = operations::Entry::named(name).unwrap();
            let args = (operation.example)();
            let mut done = 0;
            for _ in 0..3 {
                let (answer, ..) = escaped.operate(1, operation.name, &args);
                done += u32::from(!matches!(answer, Answer::Refused(_)));
            }
            if done != 1 {
                more.push((capability.clone(), name, done));
            }
        }
    }
    assert!(more.is_empty(), "{more:#?}");
}

/// A copy of the target of a request.
fn copied(permit: &RequestFields<'static>) -> Target<'static> {
    let bytes = postcard::to_allocvec(&permit.target).unwrap();
    postcard::from_bytes::<Target<'_>>(Box::leak(bytes.into_boxed_slice())).unwrap()
}
