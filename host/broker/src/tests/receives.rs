//! What a socket receives: every kind of socket, with every option, from a foreign host, another local address, and
//! another program. The runner may have been taken over, so the test reads the runner's copy of the socket.

use std::io::{ErrorKind, Read};
use std::net::UdpSocket;
use std::time::Duration;

use super::*;

/// The options that policies can name, one by one and all together.
fn each_option(kind: SocketKind) -> Vec<SocketRequest> {
    let plain = SocketRequest::new(kind);
    let all = SocketRequest {
        source: Some("127.0.0.1:0".parse().unwrap()),
        broadcast: true,
        dont_route: true,
        ..plain
    };
    vec![
        plain,
        SocketRequest {
            source: all.source,
            ..plain
        },
        SocketRequest {
            broadcast: true,
            ..plain
        },
        SocketRequest {
            dont_route: true,
            ..plain
        },
        all,
    ]
}

/// How much is received: nothing, or this many bytes.
fn heard(socket: &socket2::Socket) -> Option<usize> {
    packet(socket).map(|packet| packet.len())
}

fn packet(socket: &socket2::Socket) -> Option<Vec<u8>> {
    socket.set_nonblocking(false).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    let mut buffer = vec![0; 256];
    let length = std::io::Read::read(&mut &*socket, &mut buffer).ok()?;
    buffer.truncate(length);
    Some(buffer)
}

#[test]
fn udp_hears_what_its_remotes_say_and_nothing_that_others_do() {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let second = UdpSocket::bind("127.0.0.2:0").unwrap();
    let neighbour = UdpSocket::bind("127.0.0.3:0").unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = |socket: &UdpSocket, request| {
        let there = socket.local_addr().unwrap();
        RequestFields {
            socket: Some(request),
            ..endpoint("udp.exchange", there)
        }
    };
    for option in each_option(SocketKind::Udp) {
        let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.0/8"]);
        assert!(escaped.authorize(1, to(&peer, option)));
        assert!(escaped.authorize(2, to(&second, option)));
        let ours = socket2::Socket::from(escaped.socket(1).unwrap());
        let port = ours.local_addr().unwrap().as_socket().unwrap().port();
        let us = ("127.0.0.1", port);
        let hears = |from: &UdpSocket| {
            from.send_to(b"secret", us).unwrap();
            heard(&ours)
        };
        assert_eq!(hears(&peer), Some(6), "{option:?}");
        for other in [&second, &neighbour, &stranger] {
            // The datagram, without its payload.
            assert_eq!(hears(other), Some(0), "{option:?}");
        }
        let add = operations::NewRemote {
            send: 2,
            receive: None,
        };
        escaped.perform::<operations::AddRemote>(1, &add).unwrap();
        assert_eq!(hears(&second), Some(6), "{option:?}");
        assert_eq!(hears(&peer), Some(6), "{option:?}");
        for other in [&neighbour, &stranger] {
            assert_eq!(hears(other), Some(0), "{option:?}");
        }
    }
}

#[test]
fn a_chosen_port_hears_its_remote_alone_and_no_group() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    drop(taken);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut escaped = Escaped::begun(&["udp.exchange"]);
    let request = SocketRequest {
        source: Some(([0, 0, 0, 0], port).into()),
        broadcast: true,
        ..SocketRequest::new(SocketKind::Udp)
    };
    let to = |address: std::net::SocketAddr| RequestFields {
        socket: Some(request),
        ..endpoint("udp.exchange", address)
    };
    for (handle, group) in [
        (1, "255.255.255.255:514"),
        (2, "224.0.0.251:5353"),
        (3, "127.255.255.255:9"),
    ] {
        assert!(escaped.authorize(handle, to(group.parse().unwrap())));
        escaped.is_refused::<operations::OpenSocket>(handle, &setup(None));
    }
    assert!(escaped.authorize(4, to(peer.local_addr().unwrap())));
    let ours = socket2::Socket::from(escaped.socket(4).unwrap());
    stranger.send_to(b"secret", ("127.0.0.1", port)).unwrap();
    assert_eq!(heard(&ours), Some(0));
    peer.send_to(b"answer", ("127.0.0.1", port)).unwrap();
    assert_eq!(heard(&ours), Some(6));
    // Nor can a group be added later.
    let add = |send| operations::NewRemote {
        send,
        receive: None,
    };
    for handle in 1..=3 {
        escaped.is_refused::<operations::AddRemote>(4, &add(handle));
    }
}

#[test]
fn a_group_hears_its_members_by_the_port_that_was_asked() {
    let member = UdpSocket::bind("127.0.0.2:0").unwrap();
    let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
    let mut escaped = Escaped::begun(&["udp.exchange"]);
    let there = ([127, 255, 255, 255], member.local_addr().unwrap().port()).into();
    let asked = RequestFields {
        socket: Some(SocketRequest {
            broadcast: true,
            ..SocketRequest::new(SocketKind::Udp)
        }),
        ..endpoint("udp.exchange", there)
    };
    assert!(escaped.authorize(1, asked));
    let (facts, socket) = escaped
        .perform::<operations::OpenSocket>(1, &setup(None))
        .unwrap();
    assert!(facts.group);
    let ours = socket2::Socket::from(socket.unwrap());
    let port = ours.local_addr().unwrap().as_socket().unwrap().port();
    member.send_to(b"answer", ("127.0.0.1", port)).unwrap();
    assert_eq!(heard(&ours), Some(6));
    stranger.send_to(b"secret", ("127.0.0.1", port)).unwrap();
    assert_eq!(heard(&ours), Some(0));
}

#[test]
fn a_raw_socket_hears_its_remotes_alone_whatever_its_options() {
    // Other packets of the same protocol, UDP.
    let neighbour = UdpSocket::bind("127.0.0.3:0").unwrap();
    let second = UdpSocket::bind("127.0.0.2:0").unwrap();
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sink = UdpSocket::bind("127.0.0.1:0").unwrap();
    let us = sink.local_addr().unwrap();
    for receive in [true, false] {
        let kind = SocketKind::Raw {
            protocol: 17,
            header_included: false,
            receive,
        };
        for option in each_option(kind) {
            let mut escaped = Escaped::begun(&["raw.send", "raw.receive"]);
            let asked = |capability, address| RequestFields {
                socket: Some(option),
                ..request(capability, address)
            };
            for (handle, capability, address) in [
                (1, "raw.send", "127.0.0.1"),
                (2, "raw.receive", "127.0.0.1"),
                (3, "raw.send", "127.0.0.2"),
                (4, "raw.receive", "127.0.0.2"),
            ] {
                assert!(escaped.authorize(handle, asked(capability, address)));
            }
            let opened = escaped.perform::<operations::OpenSocket>(1, &setup(Some(2)));
            let Ok((_, Some(socket))) = opened else {
                // Without CAP_NET_RAW there is none.
                return;
            };
            let ours = socket2::Socket::from(socket);
            // Other tests send from the same addresses at the same time.
            let hears = |ours: &socket2::Socket, from: &UdpSocket, awaited: bool| {
                let word = format!("the secret of {}", from.local_addr().unwrap());
                from.send_to(word.as_bytes(), us).unwrap();
                let mut packet = [0; 256];
                ours.set_nonblocking(false).unwrap();
                // Expected packets are waited for, even if the machine is busy.
                let patience = if awaited { 5_000 } else { 50 };
                let patience = std::time::Duration::from_millis(patience);
                ours.set_read_timeout(Some(patience)).unwrap();
                loop {
                    let length = match (&*ours).read(&mut packet) {
                        Ok(length) => length,
                        Err(error) if error.kind() == ErrorKind::WouldBlock => return false,
                        // Replies to what other tests sent by this protocol.
                        Err(_) => continue,
                    };
                    if packet[..length].ends_with(word.as_bytes()) {
                        return true;
                    }
                }
            };
            assert_eq!(hears(&ours, &peer, receive), receive, "{option:?}");
            assert!(!hears(&ours, &neighbour, false), "{option:?}");
            assert!(!hears(&ours, &second, false), "{option:?}");
            let add = operations::NewRemote {
                send: 3,
                receive: receive.then_some(4),
            };
            let ((), other) = escaped.perform::<operations::AddRemote>(1, &add).unwrap();
            let ours = other.map_or(ours, socket2::Socket::from);
            assert_eq!(hears(&ours, &second, receive), receive, "{option:?}");
            assert!(!hears(&ours, &neighbour, false), "{option:?}");
        }
    }
}

#[test]
fn a_raw_socket_for_several_remotes_is_not_told_of_errors_about_others_packets() {
    let option = |header_included| {
        SocketRequest::new(SocketKind::Raw {
            protocol: 17,
            header_included,
            receive: false,
        })
    };
    // With two remotes, and with packets that contain their own header, so that it is unconnected.
    for (socket, remotes) in [(option(false), 2), (option(true), 1)] {
        let mut escaped = Escaped::begun(&["raw.send"]);
        for (handle, address) in [(1, "127.0.0.1"), (2, "127.0.0.2")] {
            let asked = RequestFields {
                socket: Some(socket),
                ..request("raw.send", address)
            };
            assert!(escaped.authorize(handle, asked));
        }
        let opened = escaped.perform::<operations::OpenSocket>(1, &setup(None));
        let Ok((_, Some(mut ours))) = opened else {
            // Without CAP_NET_RAW there is none.
            return;
        };
        if remotes == 2 {
            let add = operations::NewRemote {
                send: 2,
                receive: None,
            };
            let ((), other) = escaped.perform::<operations::AddRemote>(1, &add).unwrap();
            ours = other.unwrap();
        }
        let stranger = UdpSocket::bind("127.0.0.9:0").unwrap();
        let closed = {
            let soon_closed = UdpSocket::bind("127.0.0.8:0").unwrap();
            soon_closed.local_addr().unwrap()
        };
        // When the foreign host gets the error, all sockets have got it.
        stranger.connect(closed).unwrap();
        stranger.send(b"secret").unwrap();
        let told = stranger.recv(&mut [0]).unwrap_err().kind();
        assert_eq!(told, ErrorKind::ConnectionRefused);
        let mut buffer = [0; 256];
        let flags = rustix::net::RecvFlags::ERRQUEUE | rustix::net::RecvFlags::DONTWAIT;
        let read = rustix::net::recv(&ours, &mut buffer, flags).map(|(_, length)| length);
        assert_eq!(read, Err(rustix::io::Errno::AGAIN), "{buffer:?}");
    }
}

#[test]
fn an_echo_socket_for_several_remotes_is_not_told_of_errors_about_others_requests() {
    let mut escaped = Escaped::begun(&["icmp.echo"]);
    let socket = SocketRequest::new(SocketKind::Echo);
    for (handle, address) in [(1, "127.0.0.1"), (2, "127.0.0.2")] {
        let asked = RequestFields {
            socket: Some(socket),
            ..request("icmp.echo", address)
        };
        assert!(escaped.authorize(handle, asked));
    }
    let add = operations::NewRemote {
        send: 2,
        receive: None,
    };
    let opened = escaped.perform::<operations::OpenSocket>(1, &setup(None));
    let Ok((facts, Some(first))) = opened else {
        // Neither ping sockets nor CAP_NET_RAW.
        return;
    };
    let ((), other) = escaped.perform::<operations::AddRemote>(1, &add).unwrap();
    let ours = socket2::Socket::from(other.unwrap_or(first));
    if !facts.raw {
        // The kernel delivers to a ping socket what has its identifier.
        return;
    }
    // A router, played by this test: destination unreachable, about a request with this identifier.
    let icmp = socket2::Socket::new(
        socket2::Domain::IPV4,
        socket2::Type::RAW,
        Some(socket2::Protocol::ICMPV4),
    )
    .unwrap();
    let says = |identifier: u16| {
        let mut message = vec![3, 1, 0, 0, 0, 0, 0, 0, 0x45];
        message.extend([0; 8]);
        message.extend([1, 0, 0, 127, 0, 0, 9, 127, 0, 0, 1]);
        message.extend([8, 0, 0, 0]);
        message.extend(identifier.to_be_bytes());
        message.extend(*b"\0\x01secret");
        let sum: u64 = message
            .chunks(2)
            .map(|pair| u64::from(pair[0]) << 8 | u64::from(*pair.get(1).unwrap_or(&0)))
            .sum();
        let sum = !((sum & 0xffff) + (sum >> 16)) as u16;
        message[2..4].copy_from_slice(&sum.to_be_bytes());
        let to: std::net::SocketAddr = "127.0.0.1:0".parse().unwrap();
        icmp.send_to(&message, &to.into()).unwrap();
    };
    says(facts.identifier.wrapping_add(1));
    assert_eq!(heard(&ours), None);
    let mut buffer = [0; 256];
    let flags = rustix::net::RecvFlags::ERRQUEUE | rustix::net::RecvFlags::DONTWAIT;
    let read = rustix::net::recv(&ours, &mut buffer, flags).map(|(_, length)| length);
    assert_eq!(read, Err(rustix::io::Errno::AGAIN), "{buffer:?}");
    says(facts.identifier);
    assert_eq!(heard(&ours), Some(20 + 8 + 20 + 14));
}

#[test]
fn a_raw_socket_for_a_group_receives_nothing() {
    let mut escaped = Escaped::begun(&["raw.send", "raw.receive"]);
    let groups = ["127.255.255.255", "224.0.0.1"];
    for (handle, group) in (1..).step_by(2).zip(groups) {
        let asked = |capability| RequestFields {
            socket: Some(SocketRequest {
                broadcast: true,
                ..SocketRequest::new(RAW)
            }),
            ..request(capability, group)
        };
        assert!(escaped.authorize(handle, asked("raw.send")));
        assert!(escaped.authorize(handle + 1, asked("raw.receive")));
        escaped.is_refused::<operations::OpenSocket>(handle, &setup(Some(handle + 1)));
    }
}

#[test]
fn a_packet_that_is_denied_to_be_received_is_not() {
    let mut escaped = Escaped::begun(&["raw.send"]);
    assert!(escaped.open(1, "raw.send", "127.0.0.1"));
    assert!(!escaped.open(2, "raw.receive", "127.0.0.1"));
    for receive in [None, Some(1), Some(2)] {
        escaped.is_refused::<operations::OpenSocket>(1, &setup(receive));
    }
}

#[test]
fn options_that_take_privilege_are_only_granted_by_name() {
    let special = |mark, port| SocketRequest {
        mark,
        source: Some(([127, 0, 0, 1], port).into()),
        ..SocketRequest::new(SocketKind::Udp)
    };
    let asked = |socket| RequestFields {
        socket: Some(socket),
        ..request("udp.exchange", "127.0.0.1")
    };
    let mut escaped = Escaped::begun(&["udp.exchange"]);
    assert!(!escaped.authorize(1, asked(special(Some(7), 0))));
    assert!(!escaped.authorize(2, asked(special(None, 514))));
    assert!(escaped.authorize(3, asked(special(None, 20_514))));
    let mut escaped = Escaped::begun(&["udp.exchange:mark,source"]);
    assert!(escaped.authorize(1, asked(special(Some(7), 0))));
    assert!(!escaped.authorize(2, asked(special(None, 514))));
    assert!(!escaped.authorize(3, asked(special(None, 20_514))));
}
