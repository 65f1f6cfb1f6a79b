//! Every operation under every permit: done under its own, while that holds, and under no other.

use super::sets::{set, to_members};
use super::*;
use crate::file_change::Opening;
use crate::unix::UnixKind;

/// Each operation once, with arguments that could be meant.
pub(super) fn each_operation() -> Vec<(&'static str, Vec<u8>)> {
    fn of<O: Operation>(args: &O::Args) -> (&'static str, Vec<u8>) {
        (O::NAME, postcard::to_allocvec(args).unwrap())
    }
    use operations as o;
    vec![
        of::<o::AcceptConnection>(&7),
        of::<o::AcceptUnix>(&()),
        of::<o::AddRemote>(&o::NewRemote {
            send: 1,
            receive: None,
        }),
        of::<o::AddSender>(&8),
        of::<o::AddSet>(&99),
        of::<o::BindSocket>(&7),
        of::<o::ChangeFile>(&0),
        of::<o::ChangeNetwork>(&change()),
        of::<o::ConnectIncremental>(&7),
        of::<o::ConnectSocket>(&()),
        of::<o::ConnectUnix>(&None),
        of::<o::IsLocalAddress>(&IpAddr::from([127, 0, 0, 1])),
        of::<o::KeepTerminal>(&()),
        of::<o::ListExceptions>(&0),
        of::<o::ListNamespaces>(&0),
        of::<o::ListNetwork>(&()),
        of::<o::ListenSocket>(&o::Listening {
            socket: 7,
            backlog: 1,
        }),
        of::<o::ListenUnix>(&1),
        of::<o::LookUpRoute>(&lookup()),
        of::<o::NamespaceNames>(&None),
        of::<o::NamespaceProcesses>(&0),
        of::<o::OpenFile>(&()),
        of::<o::OpenNameServer>(&o::NameServer {
            place: 0,
            stream: false,
        }),
        of::<o::OpenNamespace>(&()),
        of::<o::OpenNetlink>(&Vec::new()),
        of::<o::OpenNetworkTable>(&1),
        of::<o::OpenSetSocket>(&Options::default()),
        of::<o::OpenSocket>(&setup(None)),
        of::<o::OpenTcpMetrics>(&()),
        of::<o::RouteSource>(&None),
        of::<o::SendPackets>(&packets(&[1])),
        of::<o::SendToMembers>(&to_members(&[1], b"xx")),
        of::<o::SendUnconnected>(&o::Datagrams {
            socket: 8,
            packets: packets(&[1]),
        }),
        of::<o::TakeConnection>(&7),
        of::<o::TakeUnix>(&1),
        of::<o::WriteFile>(&()),
    ]
}

/// A request for an abstract socket that is nobody's.
fn unix(capability: &str, said: Vec<(&'static str, String)>) -> RequestFields<'static> {
    let name = ObjectName::abstract_socket("nethost-test").unwrap();
    RequestFields {
        changes: said
            .into_iter()
            .map(|(field, value)| (field.into(), value.into()))
            .collect(),
        ..fields(capability, Target::Object(name))
    }
}

/// A request to open a file for writing.
fn opening(capability: &str, opening: Opening, file: &'static str) -> RequestFields<'static> {
    let said = opening.said(0o666).into_iter();
    RequestFields {
        changes: said
            .map(|(field, value)| (field.into(), value.into()))
            .collect(),
        ..fields(capability, path(file))
    }
}

/// A permit of each capability, and the operations that it is for. What they come to depends on the machine.
pub(super) fn each_permit() -> Vec<(RequestFields<'static>, &'static [&'static str])> {
    let local = |capability, fact: &'static str| fields(capability, Target::Local(fact.into()));
    let there: SocketAddr = "127.0.0.1:9".parse().unwrap();
    vec![
        (
            request("udp.exchange", "127.0.0.1"),
            &["open-socket", "route-source", "send-packets"],
        ),
        (
            request("icmp.echo", "127.0.0.1"),
            &["open-socket", "route-source"],
        ),
        (
            request("tcp.connect", "127.0.0.1"),
            &["open-socket", "route-source"],
        ),
        (request("raw.send", "127.0.0.1"), &["route-source"]),
        (request("raw.receive", "127.0.0.1"), &["route-source"]),
        (request("raw.spoof", "127.0.0.1"), &["route-source"]),
        (request("raw.route", "127.0.0.1"), &["route-source"]),
        (
            endpoint("udp.exchange", there),
            &["route-source", "add-sender", "send-unconnected"],
        ),
        (
            endpoint("tcp.connect", there),
            &["route-source", "connect-incremental"],
        ),
        (endpoint("tcp.listen", there), &["route-source"]),
        (
            set("udp.exchange", &[(1, 3)], &[(9, 9)]),
            &[
                "list-exceptions",
                "open-set-socket",
                "route-source",
                "send-to-members",
            ],
        ),
        (
            set("icmp.echo", &[(1, 3)], &[]),
            &["list-exceptions", "open-set-socket", "route-source"],
        ),
        (
            listen("tcp.listen", HERE),
            &["bind-socket", "listen-socket"],
        ),
        (listen("udp.listen", HERE), &[]),
        (endpoint("tls.client", there), &["route-source"]),
        (fields("dns.resolve", name("a.test")), &["open-name-server"]),
        (fields("file.read", path("/etc/hostname")), &["open-file"]),
        (fields("env.read", object("HOME")), &[]),
        (
            opening("file.create", Opening::Create, "/no/such/folder/file"),
            &["write-file"],
        ),
        (
            opening("file.write", Opening::Replace, "/no/such/folder/file"),
            // The first of its functions is to make a folder.
            &["change-file"],
        ),
        (local("terminal.raw", "screen"), &["keep-terminal"]),
        (local("system.read", "hostname"), &[]),
        (local("route.read", "links"), &["open-netlink"]),
        (local("route.read", "tcp-metrics"), &["open-tcp-metrics"]),
        (
            local("route.read", "multicast-addresses"),
            &["open-network-table"],
        ),
        (local("route.read", "security-policies"), &["list-network"]),
        (local("netns.read", "namespaces"), &["list-namespaces"]),
        (local("netns.read", "processes"), &["namespace-names"]),
        (
            fields("netns.read", object("other")),
            &["open-namespace", "namespace-processes"],
        ),
        (fields("route.write", object("lo")), &[]),
        (
            unix("unix.connect", UnixKind::Stream.to_connect()),
            &["connect-unix"],
        ),
        (
            unix("unix.listen", UnixKind::Stream.to_listen(None)),
            &["listen-unix"],
        ),
    ]
}

#[test]
fn every_operation_is_tried_under_every_permit_and_done_only_under_its_own() {
    let names: Vec<_> = operations::ALL.iter().map(|entry| entry.name).collect();
    let tried: Vec<_> = each_operation().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, tried, "an operation that is not tried here");
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
        for (name, args) in each_operation() {
            let (answer, _, descriptor) = escaped.operate(1, name, &args);
            if own.contains(&name) {
                // Whatever the kernel says to it, this is what the permit is for.
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
        .filter(|name| !known.contains(*name) && *name != "tls.unverified")
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
        for (name, args) in each_operation() {
            let (answer, _, descriptor) = escaped.operate(handle, name, &args);
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
        let (name, args) = each_operation()
            .into_iter()
            .find(|(name, _)| own.first() == Some(name))
            .unwrap();
        let mut done = 0;
        for _ in 0..3 {
            let (answer, ..) = escaped.operate(1, name, &args);
            done += u32::from(!matches!(answer, Answer::Refused(_)));
        }
        assert_eq!(done, 1, "{capability}");
    }
}

impl RequestFields<'_> {
    /// The first of its capability in the list above.
    fn target_is_common(&self) -> bool {
        self.socket.is_some() || self.capability != "tcp.connect"
    }
}
