//! Sockets with many remotes: no member beyond the permit is sent to, and none is heard.

use super::*;
use crate::broker::many::{Act, Head};

const FIRST: u128 = 0x7f00_0000;

impl Escaped {
    /// Asks for 127.0.0.1 to 127.0.0.255.
    fn open_set(&mut self, handle: u64, capability: &str, ports: &[(u16, u16)]) -> bool {
        let request = Asked {
            target: Target::Set {
                ipv6: false,
                ranges: vec![(FIRST + 1, FIRST + 255)],
                ports: ports.into(),
            },
            ..asked(capability, "127.0.0.1")
        };
        matches!(self.ask(&Message::Open { handle, request }).0, Answer::Done)
    }

    fn many(&mut self, handle: u64, protocol: Protocol, binding: Binding) -> Option<OwnedFd> {
        let spec = SocketSpec {
            protocol,
            remote: "127.0.0.1:0".parse().unwrap(),
            binding,
            options: Options::default(),
        };
        let act = Act::Open {
            handle,
            receive: None,
            spec,
        };
        self.ask(&Message::Many(act)).1
    }

    fn send_to_members(&mut self, socket: u64, members: &[u32], bytes: &[u8]) -> Answer<'static> {
        let head = |member: &u32| Head {
            member: *member,
            length: bytes.len() as u16,
            hop_limit: Some(9),
        };
        let heads: Vec<u8> = members
            .iter()
            .flat_map(|member| head(member).to_bytes())
            .collect();
        let act = Act::Send {
            socket,
            heads: heads.into(),
            bytes: bytes.repeat(members.len()).into(),
        };
        self.ask(&Message::Many(act)).0
    }
}

#[test]
fn members_are_sent_to_and_exceptions_are_not() {
    let peer = std::net::UdpSocket::bind("127.0.0.77:3077").unwrap();
    peer.set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.64/26"]);
    assert!(escaped.open_set(1, "udp.exchange", &[(3077, 3078)]));
    assert!(escaped.many(1, Protocol::Udp, Binding::default()).is_some());
    // Member 0 is 127.0.0.1:3077.
    let member = |last: u32, port: u32| (last - 1) * 2 + port - 3077;
    let sent = escaped.send_to_members(1, &[member(77, 3077), member(78, 3078)], b"hello");
    assert!(
        matches!(&sent, Answer::Sent(moments) if moments.len() == 2),
        "{sent:?}"
    );
    let mut buffer = [0; 16];
    assert_eq!(peer.recv(&mut buffer).unwrap(), 5);
    for refused in [member(63, 3077), member(128, 3077), 2 * 255, u32::MAX] {
        let answer = escaped.send_to_members(1, &[refused], b"hello");
        assert!(
            matches!(answer, Answer::Refused(_)),
            "{refused}: {answer:?}"
        );
    }
    // What comes before one that is refused has left.
    let sent = escaped.send_to_members(
        1,
        &[member(77, 3077), member(63, 3077), member(77, 3077)],
        b"x",
    );
    assert!(
        matches!(&sent, Answer::Sent(moments) if moments.len() == 1),
        "{sent:?}"
    );
    let malformed = Act::Send {
        socket: 1,
        heads: vec![0; 9].into(),
        bytes: Vec::new().into(),
    };
    escaped.is_refused(&Message::Many(malformed));
    escaped.ask(&Message::End {
        exit: 0,
        stopped: None,
        unrecorded_denials: 0,
    });
    let events = escaped.bed.events();
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
}

#[test]
fn a_permit_for_a_set_opens_what_it_is_for_and_a_permit_for_one_opens_no_set() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.0/8", "icmp.echo=127.0.0.0/8"]);
    assert!(escaped.open_set(1, "udp.exchange", &[(9, 9)]));
    assert!(escaped.open_set(2, "icmp.echo", &[]));
    assert!(escaped.open_set(3, "udp.exchange", &[]));
    assert!(escaped.open(4, "udp.exchange", "127.0.0.1"));
    let bound = Binding {
        interface: Some("lo".into()),
        ..Binding::default()
    };
    for (handle, protocol, binding) in [
        (1, Protocol::Echo(7), Binding::default()),
        (2, Protocol::Udp, Binding::default()),
        (3, Protocol::Udp, Binding::default()),
        (4, Protocol::Udp, Binding::default()),
        (1, Protocol::Tcp, Binding::default()),
        (1, Protocol::Udp, bound),
        (9, Protocol::Udp, Binding::default()),
    ] {
        assert!(
            escaped.many(handle, protocol, binding).is_none(),
            "{handle} {protocol:?}"
        );
    }
    // Nor does it open a socket for one.
    assert!(
        escaped
            .socket(1, Protocol::Udp, Binding::default())
            .is_none()
    );
    assert!(escaped.many(1, Protocol::Udp, Binding::default()).is_some());
    let join = |handle| {
        Message::Many(Act::Join {
            socket: 1,
            handle,
            receive: None,
        })
    };
    escaped.is_refused(&join(2));
    escaped.is_refused(&join(4));
    escaped.is_refused(&join(9));
    assert!(escaped.open_set(5, "udp.exchange", &[(10, 11)]));
    let (answer, _) = escaped.ask(&join(5));
    assert!(matches!(answer, Answer::Index(255)), "{answer:?}");
    let sent = escaped.send_to_members(1, &[254, 255, 764], b"x");
    assert!(
        matches!(&sent, Answer::Sent(moments) if moments.len() == 3),
        "{sent:?}"
    );
    assert!(matches!(
        escaped.send_to_members(1, &[765], b"x"),
        Answer::Refused(_)
    ));
}

#[test]
fn who_is_no_member_is_not_heard() {
    use std::net::UdpSocket;
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.64/26"]);
    let ports = [(20_001, 20_002)];
    assert!(escaped.open_set(1, "udp.exchange", &ports));
    let bound = Binding {
        source: Some("127.0.0.1:0".parse().unwrap()),
        ..Binding::default()
    };
    let ours = UdpSocket::from(escaped.many(1, Protocol::Udp, bound).unwrap());
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
    let exceptions = |handle, skip| Message::Many(Act::Exceptions { handle, skip });
    let (answer, _) = escaped.ask(&exceptions(1, 0));
    let Answer::Exceptions(told) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(told.len(), 1);
    assert_eq!(
        told[0].ranges,
        [(FIRST + 1, FIRST + 63), (FIRST + 128, FIRST + 255)]
    );
    assert_eq!(told[0].rule, "no rule allows it");
    let (answer, _) = escaped.ask(&exceptions(1, 1));
    assert!(
        matches!(&answer, Answer::Exceptions(told) if told.is_empty()),
        "{answer:?}"
    );
    escaped.is_refused(&exceptions(2, 0));
}
