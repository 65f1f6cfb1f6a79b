//! Sockets that are opened step by step, in the hands of a process that a plugin has taken over.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

use super::*;
use crate::broker::wire::Step;
use crate::datagram;

/// One for connections or datagrams of IPv4.
pub(super) fn made(socket: u64, stream: bool) -> Message<'static> {
    Message::MakeSocket {
        socket,
        stream,
        ipv6: false,
    }
}

/// Each step that reaches somebody, under this permit.
pub(super) fn steps(socket: u64, handle: u64) -> Vec<Message<'static>> {
    let there: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let packet = Departing {
        handle,
        remote: there,
        hop_limit: None,
        length: 2,
    };
    [
        Step::Bind {
            handle: Some(handle),
            local: there,
        },
        Step::Bind {
            handle: None,
            local: there,
        },
        Step::AddRemote {
            handle,
            remote: there,
        },
        Step::Send {
            packets: vec![packet].into(),
            bytes: vec![0x7e; 2].into(),
        },
        Step::Listen { handle, backlog: 1 },
        Step::Accept,
        Step::Take { handle },
        Step::Connect {
            handle,
            remote: there,
        },
    ]
    .into_iter()
    .map(|step| Message::Step { socket, step })
    .collect()
}

impl Escaped {
    fn step(&mut self, socket: u64, step: Step<'_>) -> (Answer<'static>, Option<OwnedFd>) {
        self.ask(&Message::Step { socket, step })
    }

    fn make(&mut self, socket: u64, stream: bool) -> OwnedFd {
        self.ask(&made(socket, stream)).1.unwrap()
    }

    fn does(&mut self, socket: u64, step: Step<'_>) {
        let (answer, _) = self.step(socket, step);
        assert!(matches!(answer, Answer::Done), "{answer:?}");
    }

    fn does_not(&mut self, socket: u64, step: Step<'_>) {
        self.is_refused(&Message::Step { socket, step });
    }

    /// A permit for an address with its port.
    fn permit(&mut self, handle: u64, capability: &str, to: SocketAddr) -> bool {
        let (address, port) = (to.ip().into(), Some(to.port()));
        let target = match capability.ends_with(".listen") {
            true => Target::Listen { address, port },
            false => Target::Address { address, port },
        };
        self.permit_for(handle, capability, target)
    }

    /// A permit to take the connection of a peer.
    fn permit_peer(&mut self, handle: u64, peer: SocketAddr) -> bool {
        let (address, port) = (peer.ip().into(), Some(peer.port()));
        self.permit_for(handle, "tcp.listen", Target::Address { address, port })
    }

    fn permit_for(&mut self, handle: u64, capability: &str, target: Target<'static>) -> bool {
        let request = Asked {
            target,
            ..asked(capability, "127.0.0.1")
        };
        matches!(self.ask(&Message::Open { handle, request }).0, Answer::Done)
    }
}

fn any() -> SocketAddr {
    "0.0.0.0:0".parse().unwrap()
}

#[test]
fn a_socket_reaches_nobody_without_a_permit_that_is_for_it() {
    let mut escaped = Escaped::begun(&["udp.exchange", "tcp.connect", "tcp.listen", "udp.listen"]);
    // Each for something else than the steps are about.
    let elsewhere: SocketAddr = "127.0.0.1:10".parse().unwrap();
    let other: SocketAddr = "127.0.0.2:9".parse().unwrap();
    let capabilities = ["udp.exchange", "tcp.connect", "tcp.listen", "udp.listen"];
    let mut handle = 0;
    for capability in capabilities {
        for to in [elsewhere, other] {
            handle += 1;
            assert!(escaped.permit(handle, capability, to));
        }
    }
    for stream in [true, false] {
        let socket = 100 + u64::from(stream);
        let copy = escaped.make(socket, stream);
        for handle in 0..=handle {
            for message in steps(socket, handle) {
                escaped.is_refused(&message);
            }
        }
        escaped.does(
            socket,
            Step::Bind {
                handle: None,
                local: any(),
            },
        );
        assert_ne!(datagram::local_address(copy.as_fd()).unwrap().port(), 0);
        assert!(rustix::net::send(&copy, b"x", SendFlags::NOSIGNAL).is_err());
        let (again, none) = escaped.ask(&made(socket, stream));
        assert!(matches!(again, Answer::Failed(_)) && none.is_none());
    }
    // Right as they are, but for sockets of the other kind.
    let there: SocketAddr = "127.0.0.1:9".parse().unwrap();
    for (number, capability) in capabilities.iter().enumerate() {
        assert!(escaped.permit(50 + number as u64, capability, there));
    }
    let remote = there;
    escaped.does_not(101, Step::Connect { handle: 50, remote });
    escaped.does_not(101, Step::AddRemote { handle: 50, remote });
    escaped.does_not(101, Step::Part);
    escaped.does_not(100, Step::Connect { handle: 51, remote });
    escaped.does_not(
        100,
        Step::Listen {
            handle: 52,
            backlog: 1,
        },
    );
    for (socket, handle) in [(101, 53), (100, 52)] {
        let handle = Some(handle);
        let local = there;
        escaped.does_not(socket, Step::Bind { handle, local });
    }
}

#[test]
fn connections_are_handed_over_when_their_peers_are_permitted() {
    let mut escaped = Escaped::begun(&["tcp.listen=127.0.0.1"]);
    let copy = escaped.make(7, true);
    let local: SocketAddr = "127.0.0.1:0".parse().unwrap();
    assert!(escaped.permit(1, "tcp.listen", local));
    let handle = Some(1);
    escaped.does(7, Step::Bind { handle, local });
    let local = datagram::local_address(copy.as_fd()).unwrap();
    // Another port than was asked for is another address.
    let backlog = 4;
    escaped.does_not(7, Step::Listen { handle: 1, backlog });
    assert!(TcpStream::connect(local).is_err());
    assert!(escaped.permit(2, "tcp.listen", local));
    escaped.does(7, Step::Listen { handle: 2, backlog });
    // Nor does the broker wait for somebody.
    rustix::io::ioctl_fionbio(&copy, false).unwrap();
    let (nobody, _) = escaped.step(7, Step::Accept);
    assert!(matches!(nobody, Answer::Failed(libc::EAGAIN)), "{nobody:?}");
    escaped.does_not(7, Step::Take { handle: 2 });

    let mut stranger = connected_from("127.0.0.2:0", local);
    let Answer::Peer(peer) = escaped.step(7, Step::Accept).0 else {
        panic!("nobody came");
    };
    assert_eq!(peer, stranger.local_addr().unwrap());
    assert!(!escaped.permit_peer(3, peer));
    for handle in [1, 2, 3] {
        escaped.does_not(7, Step::Take { handle });
    }

    let mut welcome = connected_from("127.0.0.1:0", local);
    let Answer::Peer(peer) = escaped.step(7, Step::Accept).0 else {
        panic!("nobody came");
    };
    let reset = stranger.read(&mut [0]).unwrap_err().kind();
    assert_eq!(reset, std::io::ErrorKind::ConnectionReset);
    assert!(escaped.permit_peer(4, peer));
    let taken = escaped.step(7, Step::Take { handle: 4 }).1.unwrap();
    escaped.does_not(7, Step::Take { handle: 4 });
    let mut taken = TcpStream::from(taken);
    taken.set_nonblocking(false).unwrap();
    taken.write_all(b"hello").unwrap();
    let mut heard = [0; 5];
    welcome.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hello");
    // It is handed over, not kept: closing it is noticed.
    drop(taken);
    assert_eq!(welcome.read(&mut heard).unwrap(), 0);

    // When the permit is over, nobody is accepted any more; when it is closed, nobody listens.
    let close = over(2);
    escaped.channel.send(&close, None).unwrap();
    escaped.does_not(7, Step::Accept);
    let close = Message::CloseSocket { socket: 7 };
    escaped.channel.send(&close, None).unwrap();
    escaped.does_not(7, Step::Accept);
    drop(copy);
    assert!(TcpStream::connect(local).is_err());
}

fn connected_from(source: &str, to: SocketAddr) -> TcpStream {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    let source: SocketAddr = source.parse().unwrap();
    socket.bind(&source.into()).unwrap();
    socket.connect(&to.into()).unwrap();
    socket
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    socket.into()
}

#[test]
fn a_connection_goes_where_it_may_and_is_not_kept() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = listener.local_addr().unwrap();
    let mut escaped = Escaped::begun(&["tcp.connect=127.0.0.1"]);
    let copy = escaped.make(7, true);
    assert!(escaped.permit(1, "tcp.connect", remote));
    let elsewhere = SocketAddr::new("127.0.0.2".parse().unwrap(), remote.port());
    let handle = 1;
    escaped.does_not(
        7,
        Step::Connect {
            handle,
            remote: elsewhere,
        },
    );
    escaped.does(7, Step::Connect { handle, remote });
    // It is done with: one permit, one connection.
    escaped.does_not(7, Step::Connect { handle, remote });
    let (mut peer, from) = listener.accept().unwrap();
    assert_eq!(from, datagram::local_address(copy.as_fd()).unwrap());
    drop(copy);
    assert_eq!(peer.read(&mut [0]).unwrap(), 0);
}

fn heard(ours: &UdpSocket, wait: u64) -> Option<usize> {
    ours.set_nonblocking(false).unwrap();
    let patience = Some(Duration::from_millis(wait));
    ours.set_read_timeout(patience).unwrap();
    Some(ours.recv_from(&mut [0; 16]).ok()?.0)
}

#[test]
fn datagrams_come_from_whom_they_may() {
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (remote, other) = (peer.local_addr().unwrap(), stranger.local_addr().unwrap());
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1", "udp.listen=127.0.0.1"]);
    let ours = UdpSocket::from(escaped.make(7, false));
    let handle = None;
    let local = any();
    escaped.does(7, Step::Bind { handle, local });
    let port = ours.local_addr().unwrap().port();
    let us: SocketAddr = ([127, 0, 0, 1], port).into();
    peer.send_to(b"hello", us).unwrap();
    assert_eq!(heard(&ours, 50), None, "nobody was permitted");
    assert!(escaped.permit(1, "udp.exchange", remote));
    let handle = 1;
    escaped.does(7, Step::AddRemote { handle, remote });
    peer.send_to(b"hello", us).unwrap();
    assert_eq!(heard(&ours, 20_000), Some(5));
    stranger.send_to(b"secret", us).unwrap();
    assert_eq!(heard(&ours, 20_000), Some(0), "a stranger's arrive empty");

    escaped.does(7, Step::Connect { handle, remote });
    assert_eq!(ours.send(b"hello").unwrap(), 5);
    assert_eq!(heard(&peer, 20_000), Some(5));
    stranger.send_to(b"secret", us).unwrap();
    assert_eq!(heard(&ours, 50), None, "it is connected");
    escaped.does(7, Step::Part);
    assert_eq!(ours.local_addr().unwrap().port(), port);
    assert!(ours.send(b"x").is_err());

    let send = |handle, remote| {
        let packet = Departing {
            handle,
            remote,
            hop_limit: None,
            length: 2,
        };
        Step::Send {
            packets: vec![packet].into(),
            bytes: vec![0x7e; 2].into(),
        }
    };
    escaped.does_not(7, send(1, other));
    assert!(escaped.permit(2, "udp.exchange", other));
    let (sent, _) = escaped.step(7, send(2, other));
    assert!(matches!(&sent, Answer::Sent(moments) if moments.len() == 1));
    assert_eq!(heard(&stranger, 20_000), Some(2));
    let (handle, remote) = (2, other);
    escaped.does(7, Step::AddRemote { handle, remote });
    stranger.send_to(b"secret", us).unwrap();
    assert_eq!(heard(&ours, 20_000), Some(6));
}
