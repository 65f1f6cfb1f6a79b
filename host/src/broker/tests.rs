//! A runner that a plugin has taken over, at its end of the channel: it says what it likes, and gets nothing that the
//! policy does not grant.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod incremental;
mod noise;
mod packets;
mod receives;
mod records;

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::net::{RecvFlags, SendFlags};

use super::channel::Channel;
use super::inquiry::{Inquiry, Told};
use super::netlink::NetworkChange;
use super::operation::{self, Operation};
use super::serve::{self, Session};
use super::sockets::OutgoingPacket;
use super::watched::Runner;
use super::wire::{Answer, Message, RequestFields, Target};
use crate::bindings::nethost::cap::netlink::{AddressLabel, Change, RouteLookup};
use crate::bindings::nethost::cap::types::IpAddress;
use crate::capability::test_bed::TestBed;
use crate::core::{AbsolutePath, CanonicalAddr, HostName, ObjectName};
use crate::datagram::Options;
use crate::gate::{SocketKind, SocketRequest};

struct Escaped {
    channel: Channel,
    broker: JoinHandle<()>,
    bed: TestBed,
}

fn serving(channel: Channel, session: Session) -> JoinHandle<()> {
    let open = || Ok::<_, String>(session);
    std::thread::spawn(move || serve::run(channel, None, &Runner::unknown(), open))
}

impl Escaped {
    /// Allowed what these flags say, and told so.
    fn allowed(flags: &[&str]) -> Self {
        let bed = TestBed::allowing(flags);
        let (channel, theirs) = Channel::pair().unwrap();
        let gate = Arc::clone(&bed.gate);
        let session = Session {
            gate,
            args: Vec::new(),
            watch: None,
            confined: false,
        };
        let broker = serving(theirs, session);
        Self {
            channel,
            broker,
            bed,
        }
    }

    fn begun(flags: &[&str]) -> Self {
        let mut escaped = Self::allowed(flags);
        assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
        escaped
    }

    fn ask(&mut self, message: &Message<'_>) -> Answer<'static> {
        self.channel.send(message, None).unwrap();
        let (answer, following, descriptor) =
            self.channel.receive_with().unwrap().expect("an answer");
        assert!(following.is_empty() && descriptor.is_none());
        answer
    }

    /// A permit, if it is granted.
    fn authorize(&mut self, handle: u64, request: RequestFields<'_>) -> bool {
        let answer = self.ask(&Message::Authorize { handle, request });
        matches!(answer, Answer::Done)
    }

    /// A permit for port 9 of an address, with a socket of the capability's kind.
    fn open(&mut self, handle: u64, capability: &str, address: &str) -> bool {
        self.authorize(handle, request(capability, address))
    }

    /// Whatever comes of an operation whose arguments are these.
    fn operate(
        &mut self,
        handle: u64,
        name: &str,
        args: &[u8],
    ) -> (Answer<'static>, Vec<u8>, Option<OwnedFd>) {
        let name = name.into();
        let message = Message::Operate { handle, name };
        self.channel.send_encoded(&message, args, None).unwrap();
        let (answer, following, descriptor) =
            self.channel.receive_with().unwrap().expect("an answer");
        (answer, following.to_vec(), descriptor)
    }

    fn perform<O: Operation>(
        &mut self,
        handle: u64,
        args: &O::Args,
    ) -> Result<(O::Reply, Option<OwnedFd>), Answer<'static>> {
        let args = postcard::to_allocvec(args).unwrap();
        match self.operate(handle, O::NAME, &args) {
            (Answer::Done, reply, descriptor) => {
                Ok((postcard::from_bytes(&reply).unwrap(), descriptor))
            }
            (other, reply, descriptor) => {
                assert!(reply.is_empty() && descriptor.is_none());
                Err(other)
            }
        }
    }

    fn socket(&mut self, handle: u64) -> Option<OwnedFd> {
        let opened = self.perform::<operation::OpenSocket>(handle, &setup(None));
        opened.ok().and_then(|(_, socket)| socket)
    }

    /// Nothing comes of it.
    fn is_refused<O: Operation>(&mut self, handle: u64, args: &O::Args) {
        match self.perform::<O>(handle, args) {
            Err(answer) => assert!(is_refusal(&answer), "{}: {answer:?}", O::NAME),
            Ok(_) => panic!("{} was done under permit {handle}", O::NAME),
        }
    }

    fn inquire(&mut self, inquiry: Inquiry<'_>) -> (Answer<'static>, Option<OwnedFd>) {
        self.channel.send(&Message::Inquire(inquiry), None).unwrap();
        self.channel.receive().unwrap().expect("an answer")
    }

    /// Closes this end, and returns the names of all records.
    fn records(self) -> Vec<String> {
        drop(self.channel);
        self.broker.join().unwrap();
        self.bed.names()
    }
}

fn is_refusal(answer: &Answer<'_>) -> bool {
    matches!(answer, Answer::Refused(_) | Answer::Failed(libc::EACCES))
}

fn setup(receive: Option<u64>) -> operation::SocketSetup {
    operation::SocketSetup {
        options: Options::default(),
        receive,
    }
}

/// Packets of two octets, each under a permit.
fn packets(permits: &[u64]) -> operation::Packets {
    let packet = |handle: &u64| OutgoingPacket {
        handle: *handle,
        hop_limit: None,
        length: 2,
    };
    operation::Packets {
        packets: permits.iter().map(packet).collect(),
        bytes: vec![0x7e; 2 * permits.len()],
    }
}

/// What was permitted is over, and came to nothing by its own word.
fn over(handle: u64) -> Message<'static> {
    let nothing = crate::audit::Totals {
        outcome: crate::gate::Outcome::Ok,
        packets_sent: 0,
        packets_received: 0,
        bytes_sent: 0,
        bytes_received: 0,
        duration: std::time::Duration::ZERO,
    };
    Message::Close {
        handle,
        totals: (&nothing).into(),
    }
}

/// Where packets to 192.0.2.1 would go.
fn lookup() -> RouteLookup {
    RouteLookup {
        destination: IpAddress::Ipv4((192, 0, 2, 1)),
        destination_length: 32,
        source: None,
        source_length: 0,
        tos: 0,
        input_interface: None,
        output_interface: None,
        mark: None,
        user: None,
        ip_protocol: None,
        source_port: None,
        destination_port: None,
        fib_match: false,
    }
}

fn change() -> NetworkChange<'static> {
    NetworkChange {
        put: false,
        flags: 0,
        change: std::borrow::Cow::Owned(Change::AddressLabel(AddressLabel {
            prefix: IpAddress::Ipv4((127, 0, 0, 0)),
            prefix_length: 8,
            label: 1,
            index: 1,
        })),
    }
}

const RAW: SocketKind = SocketKind::Raw {
    protocol: 253,
    header_included: false,
    receive: true,
};

fn address(text: &str, port: Option<u16>) -> Target<'static> {
    Target::Address {
        address: CanonicalAddr::new(text.parse::<IpAddr>().unwrap()),
        port,
    }
}

fn name(text: &str) -> Target<'static> {
    Target::Name(HostName::new(text).unwrap())
}

fn object(text: &str) -> Target<'static> {
    Target::Object(ObjectName::new(text).unwrap())
}

fn path(text: &str) -> Target<'static> {
    Target::Path(AbsolutePath::absolute(Path::new(text)).unwrap())
}

fn fields(capability: &str, target: Target<'static>) -> RequestFields<'static> {
    RequestFields {
        capability: capability.to_owned().into(),
        op: "socket.open".into(),
        target,
        interface: None,
        socket: None,
        namespace: None,
        changes: Vec::new(),
    }
}

/// A whole request for port 9 of an address, where the capability's sockets have ports.
fn request(capability: &str, to: &str) -> RequestFields<'static> {
    let kind = match capability {
        "icmp.echo" => Some(SocketKind::Echo),
        "udp.exchange" => Some(SocketKind::Udp),
        "tcp.connect" => Some(SocketKind::TcpProbe),
        _ if capability.starts_with("raw.") => Some(RAW),
        _ => None,
    };
    let ports = matches!(
        kind,
        None | Some(SocketKind::Udp | SocketKind::Tcp | SocketKind::TcpProbe)
    );
    let target = address(to, ports.then_some(9));
    RequestFields {
        socket: kind.map(SocketRequest::new),
        ..fields(capability, target)
    }
}

/// The same as an incrementally opened socket's: the permit opens none.
fn endpoint(capability: &str, at: SocketAddr) -> RequestFields<'static> {
    fields(capability, address(&at.ip().to_string(), Some(at.port())))
}

/// To listen there.
fn listen(capability: &str, at: SocketAddr) -> RequestFields<'static> {
    let target = Target::Listen {
        address: CanonicalAddr::new(at.ip()),
        port: Some(at.port()),
    };
    fields(capability, target)
}

/// Each operation once, with arguments that could be meant.
fn each_operation() -> Vec<(&'static str, Vec<u8>)> {
    fn of<O: Operation>(args: &O::Args) -> (&'static str, Vec<u8>) {
        (O::NAME, postcard::to_allocvec(args).unwrap())
    }
    use operation as o;
    vec![
        of::<o::AcceptConnection>(&7),
        of::<o::AddRemote>(&o::NewRemote {
            send: 1,
            receive: None,
        }),
        of::<o::AddSender>(&8),
        of::<o::BindSocket>(&7),
        of::<o::ChangeNetwork>(&change()),
        of::<o::ConnectIncremental>(&7),
        of::<o::ConnectSocket>(&()),
        of::<o::IsLocalAddress>(&IpAddr::from([127, 0, 0, 1])),
        of::<o::KeepTerminal>(&()),
        of::<o::ListNamespaces>(&0),
        of::<o::ListNetwork>(&()),
        of::<o::ListenSocket>(&o::Listening {
            socket: 7,
            backlog: 1,
        }),
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
        of::<o::OpenSocket>(&setup(None)),
        of::<o::OpenTcpMetrics>(&()),
        of::<o::RouteSource>(&None),
        of::<o::SendPackets>(&packets(&[1])),
        of::<o::SendUnconnected>(&o::Datagrams {
            socket: 8,
            packets: packets(&[1]),
        }),
        of::<o::TakeConnection>(&7),
    ]
}

/// A permit of each capability, and the operations that it is for. What they come to depends on the machine.
fn each_permit() -> Vec<(RequestFields<'static>, &'static [&'static str])> {
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
        (request("raw.source-route", "127.0.0.1"), &["route-source"]),
        (
            endpoint("udp.exchange", there),
            &["route-source", "add-sender", "send-unconnected"],
        ),
        (
            endpoint("tcp.connect", there),
            &["route-source", "connect-incremental"],
        ),
        (endpoint("tcp.listen", there), &["route-source"]),
        (listen("tcp.listen", there), &["bind-socket"]),
        (listen("udp.listen", there), &[]),
        (endpoint("tls.client", there), &["route-source"]),
        (fields("dns.resolve", name("a.test")), &["open-name-server"]),
        (fields("file.read", path("/etc/hostname")), &["open-file"]),
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
    ]
}

#[test]
fn every_operation_is_tried_under_every_permit_and_done_only_under_its_own() {
    let names: Vec<_> = operation::ALL.iter().map(|entry| entry.name).collect();
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
    let missing: Vec<_> = crate::capability::request_names()
        .into_iter()
        .filter(|name| !known.contains(*name) && *name != "tls.unverified")
        .collect();
    assert!(
        missing.is_empty(),
        "capabilities that are not tried: {missing:?}"
    );
}

#[test]
fn a_request_that_is_not_whole_is_malformed() {
    let all = [
        "icmp.echo",
        "udp.exchange",
        "tcp.connect",
        "raw.send",
        "raw.receive",
        "dns.resolve",
        "file.read",
        "route.read",
        "netns.read",
        "terminal.raw",
        "system.read",
        "tcp.listen",
        "udp.listen",
        "tls.client",
    ];
    let mut escaped = Escaped::begun(&all);
    let address = |port| address("127.0.0.1", port);
    let listen = |port| Target::Listen {
        address: CanonicalAddr::new([127, 0, 0, 1].into()),
        port,
    };
    let path = || path("/etc/shadow");
    let name = || name("a.test");
    let network = || Target::Network("127.0.0.0/8".parse::<ipnet::IpNet>().unwrap().into());
    for (capability, target) in [
        // A remote without its port would have any.
        ("tcp.connect", address(None)),
        ("udp.exchange", address(None)),
        ("tcp.listen", address(None)),
        ("tls.client", address(None)),
        ("icmp.echo", address(Some(9))),
        ("raw.send", address(Some(9))),
        ("raw.receive", address(Some(9))),
        ("dns.resolve", path()),
        ("dns.resolve", address(Some(53))),
        ("udp.exchange", path()),
        ("udp.exchange", name()),
        ("icmp.echo", name()),
        ("tcp.connect", network()),
        ("tcp.connect", listen(Some(9))),
        ("udp.exchange", listen(Some(9))),
        ("udp.listen", listen(None)),
        ("tcp.listen", listen(None)),
        ("udp.listen", address(Some(9))),
        ("icmp.echo", network()),
        ("raw.receive", network()),
        ("netns.read", name()),
        ("file.read", object("shadow")),
        ("file.read", name()),
        ("file.read", address(None)),
        ("file.read", Target::Local("links".into())),
        ("route.read", path()),
        ("netns.read", path()),
        ("terminal.raw", path()),
        ("system.read", name()),
    ] {
        let shown = format!("{capability} {target:?}");
        assert!(!escaped.authorize(1, fields(capability, target)), "{shown}");
        escaped.is_refused::<operation::OpenFile>(1, &());
        assert!(escaped.socket(1).is_none());
    }
    assert!(escaped.records().iter().all(|record| record != "open"));
}

#[test]
fn what_is_denied_opens_nothing() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1"]);
    assert!(!escaped.open(1, "udp.exchange", "127.0.0.2"));
    assert!(!escaped.open(2, "icmp.echo", "127.0.0.1"));
    assert!(!escaped.open(3, "no.such", "127.0.0.1"));
    for handle in 0..4 {
        assert!(escaped.socket(handle).is_none());
    }
    assert_eq!(
        escaped.records(),
        ["run-start", "denied", "denied", "run-end"]
    );
}

#[test]
fn a_permit_opens_only_the_socket_that_it_is_for() {
    let all = ["udp.exchange", "icmp.echo", "tcp.connect", "raw.send"];
    let mut escaped = Escaped::begun(&all);
    assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
    assert!(
        !escaped.open(1, "udp.exchange", "127.0.0.1"),
        "one handle, one permit"
    );
    let kinds = [
        SocketKind::Echo,
        SocketKind::Udp,
        SocketKind::Tcp,
        SocketKind::TcpProbe,
        RAW,
    ];
    let mut handle = 10;
    for capability in all {
        for kind in kinds {
            handle += 1;
            let asked = RequestFields {
                socket: Some(SocketRequest::new(kind)),
                ..request(capability, "127.0.0.1")
            };
            assert!(escaped.authorize(handle, asked));
            let fits = matches!(
                (capability, kind),
                ("udp.exchange", SocketKind::Udp)
                    | ("icmp.echo", SocketKind::Echo)
                    | ("tcp.connect", SocketKind::Tcp | SocketKind::TcpProbe)
            );
            let opened = escaped.perform::<operation::OpenSocket>(handle, &setup(None));
            match opened {
                // A raw socket, or an echo socket, may be none that this user may have.
                Ok(_) => assert!(fits, "{capability} {kind:?}"),
                Err(answer) => assert!(
                    !fits || matches!(answer, Answer::Failed(_)),
                    "{capability} {kind:?}: {answer:?}"
                ),
            }
        }
    }
    let records = escaped.records();
    // What was open when the process went is closed on record.
    let count = |name| records.iter().filter(|record| *record == name).count();
    assert_eq!(count("open"), count("close"));
}

#[test]
fn nothing_is_done_before_the_run_is_on_record() {
    let mut escaped = Escaped::allowed(&["udp.exchange"]);
    let asked = request("udp.exchange", "127.0.0.1");
    let message = Message::Authorize {
        handle: 1,
        request: asked,
    };
    escaped.channel.send(&message, None).unwrap();
    assert!(escaped.channel.receive::<Answer<'_>>().unwrap().is_none());
    assert!(escaped.records().is_empty());
}

#[test]
fn garbage_ends_it() {
    for garbage in [&[0xff_u8; 64][..], &[1], &[0; 4096]] {
        let mut escaped = Escaped::begun(&["udp.exchange"]);
        assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
        rustix::net::send(&escaped.channel, garbage, SendFlags::NOSIGNAL).unwrap();
        assert!(escaped.channel.receive::<Answer<'_>>().unwrap().is_none());
        assert_eq!(escaped.records(), ["run-start", "open", "close", "run-end"]);
    }
}

#[test]
fn too_much_at_once_is_refused() {
    let mut escaped = Escaped::begun(&["dns.resolve"]);
    let long = "a".repeat(60 << 10);
    let asked = || RequestFields {
        changes: vec![("server-name".into(), long.clone().into())],
        ..fields("dns.resolve", name("a.test"))
    };
    let mut granted = 0_u64;
    for handle in 0..1500 {
        granted += u64::from(escaped.authorize(handle, asked()));
    }
    assert!(
        (900..1200).contains(&granted),
        "{granted} permits of 60 KiB each"
    );
    // What is over is not kept.
    escaped.channel.send(&over(0), None).unwrap();
    assert!(escaped.authorize(5000, asked()));
}

#[test]
fn a_netlink_socket_hears_what_was_permitted_and_its_filter_stays() {
    let mut escaped = Escaped::begun(&["route.read=links"]);
    assert!(escaped.authorize(1, fields("route.read", Target::Local("links".into()))));
    escaped.is_refused::<operation::OpenNetlink>(1, &vec![1]);
    let opened = escaped.perform::<operation::OpenNetlink>(1, &Vec::new());
    let socket = opened.unwrap().1.unwrap();
    // RTM_GETLINK and RTM_GETADDR, as dumps.
    for (kind, heard) in [(18_u16, true), (22, false)] {
        let mut message = vec![0; 20];
        message[0] = 20;
        message[4..6].copy_from_slice(&kind.to_ne_bytes());
        message[6..8].copy_from_slice(&0x301_u16.to_ne_bytes());
        if kind == 18 {
            message.resize(32, 0);
            message[0] = 32;
        } else {
            message.resize(24, 0);
            message[0] = 24;
        }
        rustix::net::send(&socket, &message, SendFlags::empty()).unwrap();
        // A dump is answered before send returns.
        let mut buffer = vec![0; 1 << 16];
        let mut kinds = Vec::new();
        while let Ok((1.., _)) = rustix::net::recv(&socket, &mut buffer[..], RecvFlags::DONTWAIT) {
            kinds.push(u16::from_ne_bytes([buffer[4], buffer[5]]));
        }
        // RTM_NEWLINK, or at most the end of the dump.
        assert_eq!(kinds.contains(&16), heard, "{kinds:?}");
        assert!(kinds.iter().all(|kind| matches!(kind, 3 | 16)), "{kinds:?}");
    }
    let all = crate::datagram::FilterInstruction {
        code: libc::BPF_RET as u16,
        jump_true: 0,
        jump_false: 0,
        operand: u32::MAX,
    };
    assert!(crate::datagram::attach_filter(socket.as_fd(), &[all]).is_err());
}

#[test]
fn a_route_is_looked_up_to_the_permitted_address_alone() {
    let mut escaped = Escaped::begun(&["route.read=127.0.0.1"]);
    let asked = RequestFields {
        op: "namespace.look-up".into(),
        ..fields("route.read", address("127.0.0.1", None))
    };
    assert!(escaped.authorize(1, asked));
    let look_up = |destination| RouteLookup {
        destination,
        ..lookup()
    };
    let elsewhere = look_up(IpAddress::Ipv4((192, 0, 2, 1)));
    escaped.is_refused::<operation::LookUpRoute>(1, &elsewhere);
    let there = look_up(IpAddress::Ipv4((127, 0, 0, 1)));
    let (answer, _) = escaped
        .perform::<operation::LookUpRoute>(1, &there)
        .unwrap();
    // RTM_NEWROUTE.
    assert_eq!(answer.get(4..6), Some(&24_u16.to_ne_bytes()[..]));
}

#[test]
fn what_was_permitted_in_one_namespace_is_done_in_no_other() {
    let mut escaped = Escaped::begun(&["route.read", "netns.read"]);
    let links = RequestFields {
        namespace: Some("elsewhere".into()),
        ..fields("route.read", Target::Local("links".into()))
    };
    assert!(escaped.authorize(1, links));
    // It was not opened.
    escaped.is_refused::<operation::OpenNetlink>(1, &Vec::new());
    let named = Inquiry::InterfaceName {
        namespace: Some("elsewhere".into()),
        index: 1,
    };
    assert!(matches!(
        escaped.inquire(named).0,
        Answer::Failed(libc::EACCES)
    ));
    let own = Inquiry::InterfaceIndex { name: "lo".into() };
    assert!(matches!(
        escaped.inquire(own).0,
        Answer::Told(Told::Index(_))
    ));
}

#[test]
fn a_name_stands_for_nothing_without_a_permit_to_look_it_up() {
    let mut escaped = Escaped::begun(&["udp.exchange=web.test", "dns.resolve=web.test"]);
    let at: IpAddr = "192.0.2.1".parse().unwrap();
    let resolved = |handle, name: &'static str| Message::Resolved {
        handle,
        name: HostName::new(name).unwrap(),
        addresses: vec![at],
    };
    let to_address = Some(at);
    escaped
        .channel
        .send(&resolved(1, "web.test"), None)
        .unwrap();
    assert!(!escaped.open(2, "udp.exchange", "192.0.2.1"));
    assert!(escaped.authorize(1, fields("dns.resolve", name("web.test"))));
    escaped.is_refused::<operation::RouteSource>(1, &to_address);
    escaped
        .channel
        .send(&resolved(1, "other.test"), None)
        .unwrap();
    assert!(!escaped.open(3, "udp.exchange", "192.0.2.1"));
    escaped.is_refused::<operation::RouteSource>(1, &to_address);
    escaped
        .channel
        .send(&resolved(1, "web.test"), None)
        .unwrap();
    assert!(escaped.open(4, "udp.exchange", "192.0.2.1"));
    // Which way there is, the machine says.
    let source = escaped.perform::<operation::RouteSource>(1, &to_address);
    assert!(!matches!(source, Err(Answer::Refused(_))));
    escaped.is_refused::<operation::RouteSource>(1, &Some([192, 0, 2, 2].into()));
}

#[test]
fn a_permit_whose_time_is_over_does_nothing_more() {
    use crate::policy::{Effect, Policies, Rule, Scope, Subject};
    let until = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(700);
    let names = crate::capability::request_names();
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
    let (channel, theirs) = Channel::pair().unwrap();
    let gate = crate::gate::Gate::new(&policies, &Subject::default(), crate::audit::Log::off());
    let session = Session {
        gate,
        args: Vec::new(),
        watch: None,
        confined: false,
    };
    let broker = serving(theirs, session);
    let bed = TestBed::allowing(&[]);
    let mut escaped = Escaped {
        channel,
        broker,
        bed,
    };
    assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
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
    use crate::policy::{Effect, Policies, Rule, Subject};
    for capability in ["file.read", "dns.resolve", "route.read", "tcp.connect"] {
        let names = crate::capability::request_names();
        let mut rule = Rule::from_flag(Effect::Allow, "--allow", capability, &names).unwrap();
        rule.scope.quota.packets = Some(1);
        let policies = Policies {
            flags: vec![rule],
            ..Policies::default()
        };
        let (channel, theirs) = Channel::pair().unwrap();
        let gate = crate::gate::Gate::new(&policies, &Subject::default(), crate::audit::Log::off());
        let session = Session {
            gate,
            args: Vec::new(),
            watch: None,
            confined: false,
        };
        let broker = serving(theirs, session);
        let bed = TestBed::allowing(&[]);
        let mut escaped = Escaped {
            channel,
            broker,
            bed,
        };
        assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
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
