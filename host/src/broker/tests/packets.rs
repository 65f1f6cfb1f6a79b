//! Sockets for packets: whom they hear, and where what is sent on them goes.

use super::*;

#[test]
fn a_stranger_s_datagrams_arrive_empty_and_only_the_broker_lets_more_in() {
    use std::net::UdpSocket;
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.0/8"]);
    assert!(escaped.open(1, "udp.exchange", "127.0.0.1"));
    let bound = Binding {
        source: Some("127.0.0.1:0".parse().unwrap()),
        ..Binding::default()
    };
    let socket = escaped.socket(1, Protocol::Udp, bound).unwrap();
    let ours = UdpSocket::from(socket);
    ours.set_nonblocking(false).unwrap();
    ours.set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    let address = ("127.0.0.1", ours.local_addr().unwrap().port());
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut buffer = [0; 16];
    let mut heard = || {
        stranger.send_to(b"secret", address).unwrap();
        ours.recv_from(&mut buffer).unwrap().0
    };
    assert_eq!(heard(), 0);
    assert!(escaped.open(2, "udp.exchange", "127.0.0.2"));
    let add = |handle| Message::AddRemote {
        socket: 1,
        handle,
        receive: None,
    };
    escaped.is_refused(&add(3));
    assert_eq!(heard(), 0);
    let (answer, _) = escaped.ask(&add(2));
    assert!(matches!(answer, Answer::Done), "{answer:?}");
    assert_eq!(heard(), 6);
    // It is connected to nobody.
    let unaddressed = ours.send(b"x").unwrap_err().raw_os_error();
    assert_eq!(unaddressed, Some(libc::EDESTADDRREQ));
}

#[test]
fn an_echo_goes_to_its_remote_alone() {
    let mut escaped = Escaped::begun(&["icmp.echo=127.0.0.0/8"]);
    for (handle, address) in [(1, "127.0.0.1"), (2, "127.0.0.2")] {
        assert!(escaped.open(handle, "icmp.echo", address));
    }
    let Some(socket) = escaped.socket(1, Protocol::Echo(7), Binding::default()) else {
        // Neither CAP_NET_RAW nor a ping_group_range that has this user in it.
        return;
    };
    let socket = socket2::Socket::from(socket);
    let peer = socket.peer_addr().unwrap().as_socket().unwrap();
    assert_eq!(peer.ip(), IpAddr::from([127, 0, 0, 1]));
    // It sends itself as long as it has one remote.
    let alone = escaped.ask(&packets(1, &[(1, "127.0.0.1:9")])).0;
    assert!(matches!(alone, Answer::Failed(_)), "{alone:?}");
    // A lost way is found again, from nowhere but the permit.
    let (answer, other) = escaped.ask(&Message::ConnectSocket { socket: 1 });
    assert!(matches!(answer, Answer::Done), "{answer:?}");
    let socket = other.map_or(socket, socket2::Socket::from);
    assert_eq!(socket.peer_addr().unwrap().as_socket(), Some(peer));
    let add = Message::AddRemote {
        socket: 1,
        handle: 2,
        receive: None,
    };
    let (answer, other) = escaped.ask(&add);
    assert!(matches!(answer, Answer::Done), "{answer:?}");
    let socket = other.map_or(socket, socket2::Socket::from);
    assert!(socket.peer_addr().is_err());
    escaped.is_refused(&packets(1, &[(1, "127.0.0.2:9")]));
    let sent = escaped.ask(&packets(1, &[(2, "127.0.0.2:9")])).0;
    assert!(matches!(sent, Answer::Sent(_)), "{sent:?}");
}

#[test]
fn packets_to_several_remotes_leave_each_under_its_permit() {
    use std::net::UdpSocket;
    let peer = UdpSocket::bind("127.0.0.2:9").unwrap();
    peer.set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.0/8", "icmp.echo=127.0.0.0/8"]);
    for (handle, address) in [(1, "127.0.0.1"), (2, "127.0.0.2")] {
        assert!(escaped.open(handle, "udp.exchange", address));
    }
    assert!(escaped.open(3, "icmp.echo", "127.0.0.3"));
    let socket = escaped.socket(1, Protocol::Udp, Binding::default());
    assert!(socket.is_some());
    // Before it was added, too: a permit is what counts.
    escaped.is_refused(&packets(1, &[(1, "127.0.0.2:9")]));
    let add = Message::AddRemote {
        socket: 1,
        handle: 2,
        receive: None,
    };
    assert!(matches!(escaped.ask(&add).0, Answer::Done));
    for (handle, remote) in [
        (1, "127.0.0.2:9"),
        (2, "127.0.0.2:10"),
        (2, "127.0.0.3:9"),
        (3, "127.0.0.3:9"),
        (2, "[::1]:9"),
        (9, "127.0.0.2:9"),
    ] {
        escaped.is_refused(&packets(1, &[(handle, remote)]));
        escaped.is_refused(&packets(2, &[(handle, remote)]));
    }
    let mut cut = packets(1, &[(2, "127.0.0.2:9")]);
    if let Message::Send { bytes, .. } = &mut cut {
        *bytes = vec![1].into();
    }
    escaped.is_refused(&cut);
    // As many leave as may, in their order.
    let some = packets(
        1,
        &[(2, "127.0.0.2:9"), (1, "127.0.0.3:9"), (2, "127.0.0.2:9")],
    );
    let sent = escaped.ask(&some).0;
    assert!(
        matches!(&sent, Answer::Sent(moments) if moments.len() == 1),
        "{sent:?}"
    );
    let mut buffer = [0; 16];
    assert_eq!(peer.recv_from(&mut buffer).unwrap().0, 2);
    peer.set_nonblocking(true).unwrap();
    assert!(peer.recv_from(&mut buffer).is_err(), "one more arrived");
    // What it sent itself the broker counts, whatever it is told.
    let close = over(2);
    escaped.channel.send(&close, None).unwrap();
    let Escaped {
        channel,
        broker,
        bed,
    } = escaped;
    drop(channel);
    broker.join().unwrap();
    let closed = bed
        .events()
        .into_iter()
        .find(|record| record["event"] == "close" && record["counters"]["packets_sent"] == 1);
    assert!(closed.is_some(), "{:?}", bed.events());
}

#[test]
fn a_permit_to_receive_is_for_its_remote_and_interface() {
    let mut escaped = Escaped::begun(&["raw.send=127.0.0.0/8", "raw.receive=127.0.0.0/8"]);
    let raw = |capability, address, interface: Option<&str>| Asked {
        interface: interface.map(this_machines),
        target: Target::Address {
            address: IpAddr::from(address).into(),
            port: None,
        },
        ..asked(capability, "127.0.0.1")
    };
    let (one, other) = ([127, 0, 0, 1], [127, 0, 0, 2]);
    for (handle, request) in [
        (1, raw("raw.send", one, None)),
        (2, raw("raw.receive", one, None)),
        (3, raw("raw.send", other, None)),
        (4, raw("raw.receive", other, None)),
        (5, raw("raw.receive", other, Some("lo"))),
    ] {
        let opened = escaped.ask(&Message::Open { handle, request }).0;
        assert!(matches!(opened, Answer::Done), "{handle}: {opened:?}");
    }
    let spec = SocketSpec {
        protocol: Protocol::Raw {
            protocol: 253,
            header_included: false,
            receive: true,
        },
        remote: "127.0.0.1:0".parse().unwrap(),
        binding: Binding::default(),
        options: Options::default(),
    };
    let open = |receive| Message::OpenSocket {
        handle: 1,
        receive,
        spec: spec.clone(),
    };
    for receive in [None, Some(1), Some(4)] {
        escaped.is_refused(&open(receive));
    }
    if !matches!(escaped.ask(&open(Some(2))).0, Answer::Socket { .. }) {
        // Without CAP_NET_RAW there is none.
        return;
    }
    let add = |receive| Message::AddRemote {
        socket: 1,
        handle: 3,
        receive: Some(receive),
    };
    for receive in [2, 3, 5] {
        escaped.is_refused(&add(receive));
    }
    let (added, other) = escaped.ask(&add(4));
    assert!(
        matches!(added, Answer::Done) && other.is_some(),
        "{added:?}"
    );
}
