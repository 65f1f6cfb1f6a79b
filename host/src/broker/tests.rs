//! A process that a plugin has taken over, at its end of the channel: it says what it likes, and gets
//! nothing that the policy does not grant.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod many;
mod noise;
mod packets;
mod plain;

use std::net::IpAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustix::net::{RecvFlags, SendFlags};

use super::channel::Channel;
use super::serve::{self, Session};
use super::wire::{Answer, Asked, Departing, Message, Target};
use super::{Binding, NetworkChange, Protocol, SocketSpec};
use crate::bindings::nethost::cap::netlink::{AddressLabel, Change, RouteLookup};
use crate::bindings::nethost::cap::types::IpAddress;
use crate::capability::test_bed::TestBed;
use crate::datagram::Options;

struct Escaped {
    channel: Channel,
    broker: JoinHandle<()>,
    bed: TestBed,
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
        };
        let broker =
            std::thread::spawn(move || serve::run(theirs, None, || Ok::<_, String>(session)));
        Self {
            channel,
            broker,
            bed,
        }
    }

    fn begun(flags: &[&str]) -> Self {
        let mut escaped = Self::allowed(flags);
        assert!(matches!(escaped.ask(&Message::Begin), (Answer::Done, None)));
        escaped
    }

    fn ask(&mut self, message: &Message<'_>) -> (Answer<'static>, Option<OwnedFd>) {
        self.channel.send(message, None).unwrap();
        self.channel.receive().unwrap().expect("an answer")
    }

    fn open(&mut self, handle: u64, capability: &str, address: &str) -> bool {
        let request = asked(capability, address);
        matches!(self.ask(&Message::Open { handle, request }).0, Answer::Done)
    }

    fn socket(&mut self, handle: u64, protocol: Protocol, binding: Binding) -> Option<OwnedFd> {
        self.socket_to(handle, "127.0.0.1:9", protocol, binding)
    }

    fn socket_to(
        &mut self,
        handle: u64,
        remote: &str,
        protocol: Protocol,
        binding: Binding,
    ) -> Option<OwnedFd> {
        let spec = SocketSpec {
            protocol,
            remote: remote.parse().unwrap(),
            binding,
            options: Options::default(),
        };
        let message = Message::OpenSocket {
            handle,
            receive: None,
            spec,
        };
        self.ask(&message).1
    }

    /// Nothing comes of it.
    fn is_refused(&mut self, message: &Message<'_>) {
        let (answer, descriptor) = self.ask(message);
        let refused = match answer {
            Answer::Refused(_) => true,
            Answer::Failed(errno) => errno == libc::EACCES,
            _ => false,
        };
        assert!(refused && descriptor.is_none(), "{message:?}: {answer:?}");
    }

    /// Closes this end, and returns the names of all records.
    fn records(self) -> Vec<String> {
        drop(self.channel);
        self.broker.join().unwrap();
        self.bed.names()
    }
}

const RAW: Protocol = Protocol::Raw {
    protocol: 17,
    header_included: true,
    receive: true,
};

/// Every other act, under a permit for UDP.
fn foreign(handle: u64) -> Vec<Message<'static>> {
    let namespace = None;
    let change = NetworkChange {
        put: false,
        flags: 0,
        change: std::borrow::Cow::Owned(Change::AddressLabel(AddressLabel {
            prefix: IpAddress::Ipv4((127, 0, 0, 0)),
            prefix_length: 8,
            label: 1,
            index: 1,
        })),
    };
    let acts = vec![
        Message::OpenFile {
            handle,
            path: b"/etc/passwd"[..].into(),
        },
        Message::KeepTerminal { handle },
        Message::OpenNamespace {
            handle,
            name: "other".into(),
        },
        Message::OpenNetlink {
            handle,
            namespace,
            groups: vec![1],
        },
        Message::OpenTcpMetrics { handle, namespace },
        Message::ListNetwork { handle, namespace },
        Message::NamespaceNames {
            handle,
            process: None,
        },
        Message::NamespaceProcesses {
            handle,
            name: "other".into(),
            after: 0,
        },
        Message::LookUpRoute {
            handle,
            namespace,
            lookup: lookup(),
        },
        Message::ChangeNetwork {
            handle,
            namespace,
            change,
        },
        Message::OpenNetworkTable {
            handle,
            namespace,
            name: "igmp".into(),
        },
        Message::NamedNamespaces {
            handle,
            namespace,
            skip: 0,
        },
        Message::InterfaceName {
            namespace: Some(7),
            index: 1,
        },
        Message::OpenToServer {
            handle,
            server: "127.0.0.1:53".parse().unwrap(),
            stream: false,
        },
        Message::RouteSource {
            handle,
            remote: "192.0.2.1:9".parse().unwrap(),
            interface: None,
            broadcast: false,
        },
        // There is no socket yet.
        Message::ConnectSocket { socket: handle },
        Message::AddRemote {
            socket: handle,
            handle,
            receive: None,
        },
        packets(handle, &[(handle, "127.0.0.1:9")]),
        Message::Begin,
    ];
    // Nor one of these.
    acts.into_iter().chain(plain::steps(7, handle)).collect()
}

/// Packets of two octets, each under a permit to a remote.
fn packets(socket: u64, to: &[(u64, &str)]) -> Message<'static> {
    let departing = |(handle, remote): &(u64, &str)| Departing {
        handle: *handle,
        remote: remote.parse().unwrap(),
        hop_limit: None,
        length: 2,
    };
    Message::Send {
        socket,
        packets: to.iter().map(departing).collect::<Vec<_>>().into(),
        bytes: vec![0x7e; 2 * to.len()].into(),
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

fn asked(capability: &str, address: &str) -> Asked<'static> {
    Asked {
        capability: capability.to_owned().into(),
        op: "socket.open".into(),
        target: Target::Address {
            address: address.parse::<IpAddr>().unwrap(),
            port: Some(9),
        },
        interface: None,
        changes: Vec::new(),
    }
}

#[test]
fn what_is_denied_opens_nothing() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1"]);
    assert!(!escaped.open(1, "udp.exchange", "127.0.0.2"));
    assert!(!escaped.open(2, "icmp.echo", "127.0.0.1"));
    assert!(!escaped.open(3, "no.such", "127.0.0.1"));
    for handle in 0..4 {
        assert!(
            escaped
                .socket(handle, Protocol::Udp, Binding::default())
                .is_none()
        );
    }
    assert_eq!(
        escaped.records(),
        ["run-start", "denied", "denied", "run-end"]
    );
}

#[test]
fn a_permit_opens_only_what_it_is_for() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1"]);
    assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
    assert!(
        !escaped.open(1, "udp.exchange", "127.0.0.1"),
        "one handle, one permit"
    );
    for protocol in [Protocol::Tcp, Protocol::TcpProbe, Protocol::Echo(1), RAW] {
        let socket = escaped.socket(1, protocol, Binding::default());
        assert!(socket.is_none(), "{protocol:?}");
    }
    let elsewhere = Binding {
        interface: Some("lo".into()),
        ..Binding::default()
    };
    assert!(escaped.socket(1, Protocol::Udp, elsewhere).is_none());
    for remote in ["127.0.0.2:9", "127.0.0.1:10", "[::1]:9"] {
        let socket = escaped.socket_to(1, remote, Protocol::Udp, Binding::default());
        assert!(socket.is_none(), "{remote}");
    }
    for message in foreign(1) {
        escaped.is_refused(&message);
    }
    assert!(
        escaped
            .socket(1, Protocol::Udp, Binding::default())
            .is_some()
    );
    // What was open when the process went is closed on record.
    assert_eq!(escaped.records(), ["run-start", "open", "close", "run-end"]);
}

#[test]
fn nothing_is_done_before_the_run_is_on_record() {
    let mut escaped = Escaped::allowed(&["udp.exchange"]);
    let request = asked("udp.exchange", "127.0.0.1");
    escaped
        .channel
        .send(&Message::Open { handle: 1, request }, None)
        .unwrap();
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
fn a_netlink_socket_hears_what_was_permitted_and_its_filter_stays() {
    let mut escaped = Escaped::begun(&["route.read=links"]);
    let links = Asked {
        target: Target::Local("links".into()),
        ..asked("route.read", "127.0.0.1")
    };
    let opened = Message::Open {
        handle: 1,
        request: links,
    };
    assert!(matches!(escaped.ask(&opened).0, Answer::Done));
    let netlink = |groups: &[u32]| Message::OpenNetlink {
        handle: 1,
        namespace: None,
        groups: groups.into(),
    };
    escaped.is_refused(&netlink(&[1]));
    let socket = escaped.ask(&netlink(&[])).1.unwrap();
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
    let request = Asked {
        op: "namespace.look-up".into(),
        target: Target::Address {
            address: "127.0.0.1".parse().unwrap(),
            port: None,
        },
        ..asked("route.read", "127.0.0.1")
    };
    let opened = Message::Open { handle: 1, request };
    assert!(matches!(escaped.ask(&opened).0, Answer::Done));
    let look_up = |destination| Message::LookUpRoute {
        handle: 1,
        namespace: None,
        lookup: RouteLookup {
            destination,
            ..lookup()
        },
    };
    escaped.is_refused(&look_up(IpAddress::Ipv4((192, 0, 2, 1))));
    let (answer, _) = escaped.ask(&look_up(IpAddress::Ipv4((127, 0, 0, 1))));
    // RTM_NEWROUTE.
    assert!(
        matches!(&answer, Answer::Words(words) if words.get(4..6) == Some(&24_u16.to_ne_bytes())),
        "{answer:?}"
    );
    // It is no permit for a whole table.
    escaped.is_refused(&Message::OpenNetlink {
        handle: 1,
        namespace: None,
        groups: Vec::new(),
    });
    escaped.is_refused(&Message::OpenTcpMetrics {
        handle: 1,
        namespace: None,
    });
}

#[test]
fn a_name_stands_for_nothing_without_a_permit_to_look_it_up() {
    let mut escaped = Escaped::begun(&["udp.exchange=web.test", "dns.resolve=web.test"]);
    let address: IpAddr = "192.0.2.1".parse().unwrap();
    let resolved = |handle, name: &'static str| Message::Resolved {
        handle,
        name: name.into(),
        addresses: vec![address],
    };
    escaped
        .channel
        .send(&resolved(1, "web.test"), None)
        .unwrap();
    assert!(!escaped.open(2, "udp.exchange", "192.0.2.1"));
    let lookup = Asked {
        target: Target::Name("web.test".into()),
        ..asked("dns.resolve", "127.0.0.1")
    };
    let opened = Message::Open {
        handle: 1,
        request: lookup,
    };
    assert!(matches!(escaped.ask(&opened).0, Answer::Done));
    escaped
        .channel
        .send(&resolved(1, "other.test"), None)
        .unwrap();
    assert!(!escaped.open(3, "udp.exchange", "192.0.2.1"));
    escaped
        .channel
        .send(&resolved(1, "web.test"), None)
        .unwrap();
    assert!(escaped.open(4, "udp.exchange", "192.0.2.1"));
}
