//! Sockets for packets: where their packets go.

use super::*;

#[test]
fn an_echo_goes_to_its_remote_alone() {
    let mut escaped = Escaped::begun(&["icmp.echo=127.0.0.0/8"]);
    for (handle, address) in [(1, "127.0.0.1"), (2, "127.0.0.2")] {
        assert!(escaped.open(handle, "icmp.echo", address));
    }
    let opened = escaped.perform::<operations::OpenSocket>(1, &setup(None));
    let Ok((facts, Some(socket))) = opened else {
        // Neither CAP_NET_RAW nor a ping_group_range that contains this user.
        return;
    };
    // The kernel checks no more of an echo request. The socket decides whether it is sent, and where to.
    let sends = |socket: &socket2::Socket| socket.send(&[8, 0, 0, 0, 0, 0, 0, 1]).is_ok();
    let socket = socket2::Socket::from(socket);
    assert!(facts.connected && sends(&socket));
    // It sends without the broker as long as it has one remote.
    let echo = |handle, kind| operations::Packets {
        packets: vec![OutgoingPacket {
            handle,
            hop_limit: None,
            length: 8,
        }],
        bytes: vec![kind, 0, 0, 0, 0, 0, 0, 1],
    };
    let alone = escaped.perform::<operations::SendPackets>(1, &echo(1, 8));
    assert!(matches!(alone, Err(Answer::Failed(_))));
    // A lost route is found again, to the remote of the permit only.
    let ((), other) = escaped
        .perform::<operations::ConnectSocket>(1, &())
        .unwrap();
    let socket = other.map_or(socket, socket2::Socket::from);
    assert!(sends(&socket));
    let add = operations::NewRemote {
        send: 2,
        receive: None,
    };
    let ((), other) = escaped.perform::<operations::AddRemote>(1, &add).unwrap();
    let socket = other.map_or(socket, socket2::Socket::from);
    assert!(!sends(&socket), "it is connected to nobody");
    // Only echo requests are sent.
    for kind in [0, 3, 5, 13, 128] {
        escaped.is_refused::<operations::SendPackets>(1, &echo(2, kind));
    }
    escaped.is_refused::<operations::SendPackets>(1, &packets(&[2]));
    let sent = escaped.perform::<operations::SendPackets>(1, &echo(2, 8));
    assert_eq!(sent.unwrap().0.len(), 1);
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
    let bound = RequestFields {
        socket: Some(SocketRequest {
            source: Some("127.0.0.1:0".parse().unwrap()),
            ..SocketRequest::new(SocketKind::Udp)
        }),
        ..request("udp.exchange", "127.0.0.2")
    };
    assert!(escaped.authorize(4, bound));
    assert!(escaped.socket(1).is_some());
    let add = |send| operations::NewRemote {
        send,
        receive: None,
    };
    // Not under a permit of another capability, nor for another socket, nor an unknown one.
    for send in [3, 4, 9] {
        escaped.is_refused::<operations::AddRemote>(1, &add(send));
        escaped.is_refused::<operations::SendPackets>(1, &packets(&[send]));
    }
    escaped
        .perform::<operations::AddRemote>(1, &add(2))
        .unwrap();
    // A permit is not a socket.
    escaped.is_refused_or_unknown(2);
    let mut cut = packets(&[2]);
    cut.bytes.truncate(1);
    escaped.is_refused::<operations::SendPackets>(1, &cut);
    // As many packets as allowed are sent, in order.
    let some = packets(&[2, 3, 2]);
    let (sent, _) = escaped
        .perform::<operations::SendPackets>(1, &some)
        .unwrap();
    assert_eq!(sent.len(), 1);
    let mut buffer = [0; 16];
    assert_eq!(peer.recv_from(&mut buffer).unwrap().0, 2);
    peer.set_nonblocking(true).unwrap();
    assert!(peer.recv_from(&mut buffer).is_err(), "one more arrived");
    // The broker counts what it sent itself, whatever the runner reports.
    escaped.channel.send(&over(2), None).unwrap();
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

impl Escaped {
    /// Nothing was opened under this permit.
    fn is_refused_or_unknown(&mut self, handle: u64) {
        let sent = self.perform::<operations::SendPackets>(handle, &packets(&[handle]));
        assert!(matches!(sent, Err(Answer::Failed(libc::EBADF))));
    }
}

fn raw(capability: &str, address: &str, socket: SocketRequest) -> RequestFields<'static> {
    RequestFields {
        socket: Some(socket),
        ..request(capability, address)
    }
}

#[test]
fn a_permit_to_receive_is_for_its_remote_and_its_socket() {
    let mut escaped = Escaped::begun(&["raw.send=127.0.0.0/8", "raw.receive=127.0.0.0/8"]);
    let plain = SocketRequest::new(RAW);
    let marked = SocketRequest {
        dont_route: true,
        ..plain
    };
    let lo = nethost_core::Interface::found(1, "lo", Vec::new()).unwrap();
    let on_lo = RequestFields {
        interface: Some(lo),
        ..raw("raw.receive", "127.0.0.2", plain)
    };
    for (handle, request) in [
        (1, raw("raw.send", "127.0.0.1", plain)),
        (2, raw("raw.receive", "127.0.0.1", plain)),
        (3, raw("raw.send", "127.0.0.2", plain)),
        (4, raw("raw.receive", "127.0.0.2", plain)),
        (5, on_lo),
        (6, raw("raw.receive", "127.0.0.2", marked)),
    ] {
        assert!(escaped.authorize(handle, request), "{handle}");
    }
    for receive in [None, Some(1), Some(4), Some(9)] {
        escaped.is_refused::<operations::OpenSocket>(1, &setup(receive));
    }
    if escaped
        .perform::<operations::OpenSocket>(1, &setup(Some(2)))
        .is_err()
    {
        // Without CAP_NET_RAW there is none.
        return;
    }
    let add = |receive| operations::NewRemote {
        send: 3,
        receive: Some(receive),
    };
    for receive in [2, 3, 5, 6] {
        escaped.is_refused::<operations::AddRemote>(1, &add(receive));
    }
    let ((), other) = escaped
        .perform::<operations::AddRemote>(1, &add(4))
        .unwrap();
    assert!(other.is_some(), "a raw socket that is disconnected is deaf");
}

#[test]
fn routes_and_foreign_sources_in_packets_take_permits_of_their_own() {
    let flags = [
        "raw.send=127.0.0.1",
        "raw.spoof=127.0.0.1",
        "raw.route=127.0.0.1",
    ];
    let mut escaped = Escaped::begun(&flags);
    let kind = SocketKind::Raw {
        protocol: 253,
        header_included: true,
        receive: false,
    };
    let socket = SocketRequest::new(kind);
    for (handle, capability) in [(1, "raw.send"), (2, "raw.spoof"), (3, "raw.route")] {
        assert!(escaped.authorize(handle, raw(capability, "127.0.0.1", socket)));
    }
    if escaped
        .perform::<operations::OpenSocket>(1, &setup(None))
        .is_err()
    {
        // Without CAP_NET_RAW there is none.
        return;
    }
    let packet = |handle, source: [u8; 4], destination: [u8; 4], options: &[u8]| {
        let mut bytes = vec![
            0x45 + (options.len() / 4) as u8,
            0,
            0,
            0,
            0,
            0,
            0,
            0,
            64,
            253,
            0,
            0,
        ];
        bytes.extend(source);
        bytes.extend(destination);
        bytes.extend(options);
        operations::Packets {
            packets: vec![OutgoingPacket {
                handle,
                hop_limit: None,
                length: bytes.len() as u32,
            }],
            bytes,
        }
    };
    let (us, any, them) = ([127, 0, 0, 1], [0; 4], [192, 0, 2, 1]);
    let route = [131, 7, 4, 127, 0, 0, 1, 0];
    for (source, options, own) in [
        (any, &[][..], 1),
        (us, &[], 1),
        (us, &[1, 1, 1, 0], 1),
        (them, &[], 2),
        (us, &route, 3),
        (any, &route, 3),
    ] {
        for handle in 1..=4 {
            let bytes = packet(handle, source, us, options);
            let sent = escaped.perform::<operations::SendPackets>(1, &bytes);
            let refused = matches!(sent, Err(Answer::Refused(_)));
            assert_eq!(!refused, handle == own, "{source:?} {options:?} {handle}");
        }
    }
    for handle in 1..=3 {
        escaped.is_refused::<operations::SendPackets>(1, &packet(handle, them, us, &route));
        escaped.is_refused::<operations::SendPackets>(1, &packet(handle, us, [127, 0, 0, 2], &[]));
    }
}

#[test]
fn groups_and_broadcast_addresses_are_nobody_s() {
    let state = crate::state::State::default();
    let own = |text: &str| state.is_local(text.parse().unwrap());
    assert!(own("127.0.0.1") && own("127.0.0.9") && own("::1"));
    for other in [
        "255.255.255.255",
        "224.0.0.5",
        "127.255.255.255",
        "ff02::1",
        "ff0e::5",
        "192.0.2.1",
    ] {
        assert!(!own(other), "{other}");
    }
}

/// The broker and the runner use different numbers for permits: what was opened under one number is not another's.
#[test]
fn a_socket_is_its_own_permit_s_and_no_other_one_s() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.0/8", "icmp.echo=127.0.0.0/8"]);
    // From here on, number 2 in the records is number 1 of the runner, and so on.
    assert!(!escaped.open(1, "udp.exchange", "192.0.2.1"));
    for handle in 1..5 {
        let address = format!("127.0.0.{handle}");
        assert!(escaped.open(handle, "udp.exchange", &address));
    }
    for opened in 1..5 {
        assert!(escaped.socket(opened).is_some());
        for other in 1..5 {
            let sent = escaped.perform::<operations::SendPackets>(other, &packets(&[other]));
            assert_eq!(sent.is_ok(), other <= opened, "{other} with {opened}");
        }
    }
}

#[test]
fn a_handle_is_used_once() {
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.0/8", "icmp.echo=127.0.0.0/8"]);
    assert!(escaped.open(5, "udp.exchange", "127.0.0.5"));
    escaped.channel.send(&over(5), None).unwrap();
    for handle in [5, 4, 0] {
        assert!(!escaped.open(handle, "icmp.echo", "127.0.0.6"), "{handle}");
    }
    assert!(escaped.open(6, "icmp.echo", "127.0.0.6"));
}
