//! Sockets for sets: only allowed members are sent to and received from.

use super::*;
use crate::Head;

const FIRST: u128 = 0x7f00_0000;

/// Members of 127.0.0.0/24 in these ranges.
pub(super) fn set(
    capability: &str,
    ranges: &[(u128, u128)],
    ports: &[(u16, u16)],
) -> RequestFields<'static> {
    let ranges = ranges
        .iter()
        .map(|(first, last)| (FIRST + first, FIRST + last));
    RequestFields {
        target: Target::Set {
            ipv6: false,
            ranges: ranges.collect(),
            ports: ports.into(),
        },
        ..request(capability, "127.0.0.1")
    }
}

pub(super) fn to_members(members: &[u32], bytes: &[u8]) -> operations::MemberPackets {
    let head = |member: &u32| Head {
        member: *member,
        length: bytes.len() as u16,
        hop_limit: Some(9),
    };
    operations::MemberPackets {
        heads: members
            .iter()
            .flat_map(|member| head(member).to_bytes())
            .collect(),
        bytes: bytes.repeat(members.len()),
    }
}

impl Escaped {
    /// Asks for 127.0.0.1 to 127.0.0.255.
    fn open_set(&mut self, handle: u64, capability: &str, ports: &[(u16, u16)]) -> bool {
        self.authorize(handle, set(capability, &[(1, 255)], ports))
    }

    fn set_socket(&mut self, handle: u64) -> Option<OwnedFd> {
        let opened = self.perform::<operations::OpenSetSocket>(handle, &Options::default());
        opened.ok().and_then(|(_, socket)| socket)
    }

    fn sent_to(&mut self, socket: u64, members: &[u32], bytes: &[u8]) -> Option<usize> {
        let packets = to_members(members, bytes);
        let sent = self.perform::<operations::SendToMembers>(socket, &packets);
        sent.ok().map(|(moments, _)| moments.len())
    }
}

#[test]
fn members_are_sent_to_and_exceptions_are_not() {
    let peer = std::net::UdpSocket::bind("127.0.0.77:3077").unwrap();
    peer.set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.64/26"]);
    assert!(escaped.open_set(1, "udp.exchange", &[(3077, 3078)]));
    assert!(escaped.set_socket(1).is_some());
    // Member 0 is 127.0.0.1:3077.
    let member = |last: u32, port: u32| (last - 1) * 2 + port - 3077;
    let both = [member(77, 3077), member(78, 3078)];
    assert_eq!(escaped.sent_to(1, &both, b"hello"), Some(2));
    let mut buffer = [0; 16];
    assert_eq!(peer.recv(&mut buffer).unwrap(), 5);
    for refused in [member(63, 3077), member(128, 3077), 2 * 255, u32::MAX] {
        escaped.is_refused::<operations::SendToMembers>(1, &to_members(&[refused], b"hello"));
    }
    // The packets before a refused one were sent.
    let some = [member(77, 3077), member(63, 3077), member(77, 3077)];
    assert_eq!(escaped.sent_to(1, &some, b"x"), Some(1));
    for malformed in [
        operations::MemberPackets {
            heads: vec![0; 9],
            bytes: Vec::new(),
        },
        operations::MemberPackets {
            bytes: vec![0],
            ..to_members(&[member(77, 3077)], b"xx")
        },
    ] {
        escaped.is_refused::<operations::SendToMembers>(1, &malformed);
    }
    escaped.channel.send(&over(1), None).unwrap();
    let Escaped {
        channel,
        broker,
        bed,
    } = escaped;
    drop(channel);
    broker.join().unwrap();
    let events = bed.events();
    let close = events
        .iter()
        .find(|event| event["event"] == "close")
        .unwrap();
    assert_eq!(
        close["used"],
        serde_json::json!([
            {"addresses": "127.0.0.77", "ports": "3077", "count": 1},
            {"addresses": "127.0.0.78", "ports": "3078", "count": 1},
        ])
    );
    assert_eq!(close["counters"]["packets_sent"], 3);
}

#[test]
fn a_permit_for_a_set_opens_what_it_is_for_and_a_permit_for_one_opens_no_set() {
    let flags = [
        "udp.exchange=127.0.0.0/8",
        "icmp.echo=127.0.0.0/8",
        "tcp.connect",
        "raw.send",
    ];
    let mut escaped = Escaped::begun(&flags);
    assert!(escaped.open_set(1, "udp.exchange", &[(9, 9)]));
    assert!(escaped.open_set(2, "icmp.echo", &[]));
    // Neither with ports for a protocol without ports, nor the other way round, nor of another capability.
    for (capability, ports) in [
        ("udp.exchange", &[][..]),
        ("icmp.echo", &[(9, 9)]),
        ("tcp.connect", &[(9, 9)]),
        ("raw.send", &[]),
        ("raw.receive", &[]),
        ("dns.resolve", &[]),
    ] {
        assert!(!escaped.open_set(3, capability, ports), "{capability}");
    }
    assert!(escaped.open(4, "udp.exchange", "127.0.0.1"));
    let other_kind = RequestFields {
        socket: Some(SocketRequest::new(SocketKind::Echo)),
        ..set("udp.exchange", &[(1, 9)], &[(9, 9)])
    };
    assert!(escaped.authorize(6, other_kind));
    let without = RequestFields {
        socket: None,
        ..set("udp.exchange", &[(1, 9)], &[(9, 9)])
    };
    assert!(escaped.authorize(7, without));
    for handle in [4, 6, 7, 9] {
        escaped.is_refused::<operations::OpenSetSocket>(handle, &Options::default());
    }
    // Nor does it open a socket for one remote.
    assert!(escaped.socket(1).is_none());
    assert!(escaped.set_socket(1).is_some());
    for handle in [1, 2, 4, 6, 7, 9] {
        escaped.is_refused::<operations::AddSet>(1, &handle);
    }
    // Nor a set with an option that the first set does not have.
    let mut broadcast = set("udp.exchange", &[(1, 9)], &[(9, 9)]);
    broadcast.socket.as_mut().unwrap().broadcast = true;
    assert!(escaped.authorize(8, broadcast));
    escaped.is_refused::<operations::AddSet>(1, &8);
    assert!(escaped.open_set(10, "udp.exchange", &[(10, 11)]));
    let (first, _) = escaped.perform::<operations::AddSet>(1, &10).unwrap();
    assert_eq!(first, 255);
    assert_eq!(escaped.sent_to(1, &[254, 255, 764], b"x"), Some(3));
    escaped.is_refused::<operations::SendToMembers>(1, &to_members(&[765], b"x"));
    // A set whose permit has ended is not sent to any more.
    escaped.channel.send(&over(10), None).unwrap();
    escaped.is_refused::<operations::SendToMembers>(1, &to_members(&[255], b"x"));
    assert_eq!(escaped.sent_to(1, &[254, 255], b"x"), Some(1));
}

#[test]
fn nothing_but_echo_requests_goes_to_members() {
    let mut escaped = Escaped::begun(&["icmp.echo=127.0.0.0/8"]);
    assert!(escaped.open_set(1, "icmp.echo", &[]));
    if escaped.set_socket(1).is_none() {
        // Neither CAP_NET_RAW nor a ping_group_range that contains this user.
        return;
    }
    for kind in [0, 3, 5, 13, 128] {
        let packets = to_members(&[2], &[kind, 0, 0, 0, 0, 0, 0, 1]);
        escaped.is_refused::<operations::SendToMembers>(1, &packets);
    }
    escaped.is_refused::<operations::SendToMembers>(1, &to_members(&[2], &[8, 0, 0, 0]));
    assert_eq!(escaped.sent_to(1, &[2], &[8, 0, 0, 0, 0, 0, 0, 1]), Some(1));
}

#[test]
fn who_is_no_member_is_not_heard() {
    use std::net::UdpSocket;
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.64/26"]);
    let mut asked = set("udp.exchange", &[(1, 255)], &[(20_001, 20_002)]);
    asked.socket.as_mut().unwrap().source = Some("127.0.0.1:0".parse().unwrap());
    assert!(escaped.authorize(1, asked));
    let ours = UdpSocket::from(escaped.set_socket(1).unwrap());
    ours.set_nonblocking(false).unwrap();
    ours.set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    let address = ("127.0.0.1", ours.local_addr().unwrap().port());
    let mut buffer = [0; 16];
    for (from, heard) in [
        ("127.0.0.77:20001", 6),
        ("127.0.0.77:20003", 0),
        ("127.0.0.12:20001", 0),
        ("127.0.0.127:20002", 6),
        ("127.0.0.128:20002", 0),
    ] {
        UdpSocket::bind(from)
            .unwrap()
            .send_to(b"secret", address)
            .unwrap();
        assert_eq!(ours.recv_from(&mut buffer).unwrap().0, heard, "{from}");
    }
}

#[test]
fn what_is_denied_of_a_set_is_told() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.64/26"]);
    assert!(escaped.open_set(1, "udp.exchange", &[(9, 9)]));
    let (told, _) = escaped
        .perform::<operations::ListExceptions>(1, &0)
        .unwrap();
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].ranges,
        [(FIRST + 1, FIRST + 63), (FIRST + 128, FIRST + 255)]
    );
    assert_eq!(told[0].rule, "no rule allows it");
    let (told, _) = escaped
        .perform::<operations::ListExceptions>(1, &1)
        .unwrap();
    assert!(told.is_empty());
    escaped.is_refused::<operations::ListExceptions>(2, &0);
    assert!(escaped.open(3, "udp.exchange", "127.0.0.65"));
    escaped.is_refused::<operations::ListExceptions>(3, &0);
}

#[test]
fn a_set_in_another_spelling_is_the_same_or_refused() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1"]);
    let of = |ipv6, ranges: &[(u128, u128)]| RequestFields {
        target: Target::Set {
            ipv6,
            ranges: ranges.into(),
            ports: vec![(9, 9)],
        },
        ..request("udp.exchange", "127.0.0.1")
    };
    let mapped = 0xffff << 32 | (FIRST + 1);
    for (handle, fields) in [
        (1, of(false, &[(0, 0)])),
        (2, of(true, &[(mapped, mapped)])),
    ] {
        assert!(escaped.authorize(handle, fields));
        assert!(escaped.set_socket(handle).is_some());
        assert_eq!(escaped.sent_to(handle, &[0], b"x"), Some(1));
    }
    for fields in [
        of(false, &[(0, 9)]),
        of(false, &[(FIRST + 9, FIRST + 1)]),
        of(false, &[(FIRST, FIRST + 9), (FIRST + 9, FIRST + 10)]),
        of(true, &[(1, mapped)]),
        of(true, &[(0, 1)]),
        of(false, &[]),
        of(false, &[(u128::MAX - 1, u128::MAX)]),
        of(true, &[(0, u128::MAX)]),
    ] {
        let shown = format!("{fields:?}");
        assert!(!escaped.authorize(9, fields), "{shown}");
    }
    // Link-local members mean nothing without an interface.
    let mut escaped = Escaped::begun(&["udp.exchange"]);
    let link_local = 0xfe80 << 112;
    assert!(escaped.authorize(1, of(true, &[(link_local + 1, link_local + 9)])));
    escaped.is_refused::<operations::OpenSetSocket>(1, &Options::default());
}

#[test]
fn another_spelling_of_a_denied_member_is_denied() {
    use nethost_policy::{Effect, Policies, Rule, Subject};
    let names = request_names();
    let rule = |effect, text: &str| Rule::from_flag(effect, "--rule", text, &names).unwrap();
    let policies = Policies {
        flags: vec![
            rule(Effect::Allow, "udp.exchange"),
            rule(Effect::Deny, "udp.exchange=127.0.0.0/8"),
        ],
        ..Policies::default()
    };
    let (channel, theirs) = Channel::pair().unwrap();
    let gate = nethost_gate::Gate::new(
        &policies,
        &Subject::default(),
        Arc::new(nethost_audit::Log::off()),
    );
    let session = Session {
        gate,
        capabilities: CAPABILITIES.into(),
        args: Vec::new(),
        watch: None,
        confined: false,
        unconfined: Vec::new(),
        journals: None,
    };
    let broker = serving(theirs, session);
    let bed = TestBed::allowing(&[]);
    let mut escaped = Escaped {
        channel,
        broker,
        bed,
    };
    assert!(matches!(escaped.ask(&Message::Begin), Answer::Done));
    let of = |ipv6, address: u128| RequestFields {
        target: Target::Set {
            ipv6,
            ranges: vec![(address, address)],
            ports: vec![(9, 9)],
        },
        ..request("udp.exchange", "127.0.0.1")
    };
    for (ipv6, address) in [
        (false, FIRST + 1),
        (false, 0),
        (true, 0xffff << 32),
        (true, 0xffff << 32 | (FIRST + 9)),
        (true, 0x0064_ff9b << 96 | (FIRST + 9)),
        (true, 0x2002_7f00_0009 << 80 | 1),
    ] {
        assert!(!escaped.authorize(1, of(ipv6, address)), "{address:x}");
    }
    // The same for a single member.
    for address in ["127.0.0.1", "0.0.0.0", "::ffff:127.0.0.9", "::ffff:0.0.0.0"] {
        assert!(!escaped.open(1, "udp.exchange", address), "{address}");
        let fields = endpoint("udp.exchange", SocketAddr::new(address.parse().unwrap(), 9));
        assert!(!escaped.authorize(1, fields), "{address}");
    }
    assert!(escaped.open(1, "udp.exchange", "192.0.2.1"));
}

#[test]
fn what_sets_take_is_bounded() {
    let mut escaped = Escaped::begun(&["icmp.echo"]);
    let all = |_| RequestFields {
        target: Target::Set {
            ipv6: false,
            ranges: vec![(0x0100_0000, 0x7eff_ffff)],
            ports: Vec::new(),
        },
        ..request("icmp.echo", "127.0.0.1")
    };
    let permitted = (1..100)
        .take_while(|handle| escaped.authorize(*handle, all(())))
        .count();
    // The account of each takes up to 3 MiB.
    assert!((10..30).contains(&permitted), "{permitted}");
}
