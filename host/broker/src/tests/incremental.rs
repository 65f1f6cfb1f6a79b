//! Incremental sockets, used by a runner that was taken over.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsFd;
use std::time::Duration;

use super::*;
use nethost_net::datagram;

impl Escaped {
    /// An IPv4 stream or datagram socket.
    pub(super) fn make(&mut self, socket: u64, stream: bool) -> OwnedFd {
        let (answer, copy) = self.inquire(made(socket, stream));
        copy.unwrap_or_else(|| panic!("{answer:?}"))
    }

    /// A permit for an address with its port.
    fn permit(&mut self, handle: u64, capability: &str, to: SocketAddr) -> bool {
        self.authorize(handle, endpoint(capability, to))
    }

    /// A permit to listen at an address.
    fn permit_to_listen(&mut self, handle: u64, capability: &str, at: SocketAddr) -> bool {
        self.authorize(handle, listen(capability, at))
    }

    fn does<O: Operation>(&mut self, handle: u64, args: O::Args) {
        if let Err(answer) = self.perform::<O>(handle, &args) {
            panic!("{}: {answer:?}", O::NAME);
        }
    }
}

pub(super) fn made(socket: u64, stream: bool) -> Inquiry<'static> {
    Inquiry::MakeSocket {
        socket,
        stream,
        ipv6: false,
    }
}

fn listening(socket: u64, backlog: u32) -> operations::Listening {
    operations::Listening { socket, backlog }
}

fn datagrams(socket: u64, handle: u64) -> operations::Datagrams {
    operations::Datagrams {
        socket,
        packets: packets(&[handle]),
    }
}

#[test]
fn a_socket_that_is_bound_anywhere_reaches_nobody() {
    let mut escaped = Escaped::begun(&[]);
    for stream in [true, false] {
        let socket = 100 + u64::from(stream);
        let copy = escaped.make(socket, stream);
        let (bound, _) = escaped.inquire(Inquiry::BindAnywhere { socket });
        assert!(matches!(bound, Answer::Inquiry(_)), "{bound:?}");
        let local = datagram::local_address(copy.as_fd()).unwrap();
        assert!(local.ip().is_unspecified() && local.port() != 0);
        assert!(rustix::net::send(&copy, b"x", SendFlags::NOSIGNAL).is_err());
        let (again, none) = escaped.inquire(made(socket, stream));
        assert!(matches!(again, Answer::Failed(_)) && none.is_none());
    }
    let (stream, _) = escaped.inquire(Inquiry::Disconnect { socket: 101 });
    assert!(is_refusal(&stream), "{stream:?}");
}

#[test]
fn a_permit_is_for_sockets_of_its_kind() {
    let capabilities = ["udp.exchange", "tcp.connect", "tcp.listen", "udp.listen"];
    let mut escaped = Escaped::begun(&capabilities);
    let there: SocketAddr = "127.0.0.1:9".parse().unwrap();
    for (handle, capability) in (1..).zip(capabilities) {
        let asked = match capability.ends_with(".listen") {
            true => listen(capability, HERE),
            false => endpoint(capability, there),
        };
        assert!(escaped.authorize(handle, asked));
    }
    escaped.make(100, false);
    escaped.make(101, true);
    // A permit with its own socket is for no other socket, and the other way round.
    assert!(escaped.open(9, "udp.exchange", "127.0.0.1"));
    for (socket, handles) in [(100, [2, 3, 9]), (101, [1, 4, 9])] {
        for handle in handles {
            escaped.is_refused::<operations::ConnectIncremental>(handle, &socket);
            escaped.is_refused::<operations::AddSender>(handle, &socket);
            escaped.is_refused::<operations::BindSocket>(handle, &socket);
            escaped.is_refused::<operations::ListenSocket>(handle, &listening(socket, 1));
            escaped.is_refused::<operations::SendUnconnected>(handle, &datagrams(socket, handle));
        }
    }
    for handle in 1..=4 {
        escaped.is_refused::<operations::OpenSocket>(handle, &setup(None));
    }
}

#[test]
fn connections_are_handed_over_when_their_peers_are_permitted() {
    let mut escaped = Escaped::begun(&["tcp.listen=127.0.0.1"]);
    let copy = escaped.make(7, true);
    let local: SocketAddr = "127.0.0.1:0".parse().unwrap();
    assert!(escaped.permit_to_listen(1, "tcp.listen", local));
    escaped.does::<operations::BindSocket>(1, 7);
    let local = datagram::local_address(copy.as_fd()).unwrap();
    // An address with another port is another target.
    escaped.is_refused::<operations::ListenSocket>(1, &listening(7, 4));
    assert!(TcpStream::connect(local).is_err());
    assert!(escaped.permit_to_listen(2, "tcp.listen", local));
    escaped.does::<operations::ListenSocket>(2, listening(7, 4));
    // The broker does not wait for a connection either.
    rustix::io::ioctl_fionbio(&copy, false).unwrap();
    let nobody = escaped.perform::<operations::AcceptConnection>(2, &7);
    assert!(matches!(nobody, Err(Answer::Failed(libc::EAGAIN))));
    escaped.is_refused::<operations::TakeConnection>(2, &7);
    escaped.is_refused::<operations::AcceptConnection>(1, &7);

    let mut stranger = connected_from("127.0.0.2:0", local);
    let accepted = escaped.perform::<operations::AcceptConnection>(2, &7);
    let peer = accepted.unwrap().0.0;
    assert_eq!(peer, stranger.local_addr().unwrap());
    assert!(!escaped.permit(3, "tcp.listen", peer));
    for handle in [1, 2, 3] {
        escaped.is_refused::<operations::TakeConnection>(handle, &7);
    }

    let mut welcome = connected_from("127.0.0.1:0", local);
    let accepted = escaped.perform::<operations::AcceptConnection>(2, &7);
    let peer = accepted.unwrap().0.0;
    let reset = stranger.read(&mut [0]).unwrap_err().kind();
    assert_eq!(reset, std::io::ErrorKind::ConnectionReset);
    assert!(escaped.permit(4, "tcp.listen", peer));
    let taken = escaped.perform::<operations::TakeConnection>(4, &7);
    let taken = taken.unwrap().1.unwrap();
    escaped.is_refused::<operations::TakeConnection>(4, &7);
    let mut taken = TcpStream::from(taken);
    taken.set_nonblocking(false).unwrap();
    taken.write_all(b"hello").unwrap();
    let mut heard = [0; 5];
    welcome.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"hello");
    // The broker has passed it on and dropped it, so closing it is noticed.
    drop(taken);
    assert_eq!(welcome.read(&mut heard).unwrap(), 0);

    // When the permit has ended, no connection is accepted. When it is closed, nothing listens.
    let close = over(2);
    escaped.channel.send(&close, None).unwrap();
    escaped.is_refused::<operations::AcceptConnection>(2, &7);
    let close = Message::CloseSocket { socket: 7 };
    escaped.channel.send(&close, None).unwrap();
    escaped.is_refused::<operations::AcceptConnection>(2, &7);
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
    assert!(!escaped.permit(2, "tcp.connect", elsewhere));
    escaped.is_refused::<operations::ConnectIncremental>(2, &7);
    escaped.does::<operations::ConnectIncremental>(handle, 7);
    // The permit is used up: one permit, one connection.
    escaped.is_refused::<operations::ConnectIncremental>(handle, &7);
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
    let third = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (remote, other) = (peer.local_addr().unwrap(), stranger.local_addr().unwrap());
    let mut escaped = Escaped::begun(&["udp.exchange=127.0.0.1", "udp.listen=127.0.0.1"]);
    let ours = UdpSocket::from(escaped.make(7, false));
    escaped.inquire(Inquiry::BindAnywhere { socket: 7 });
    let port = ours.local_addr().unwrap().port();
    let us: SocketAddr = ([127, 0, 0, 1], port).into();
    peer.send_to(b"hello", us).unwrap();
    assert_eq!(heard(&ours, 50), None, "nobody was permitted");
    assert!(escaped.permit(1, "udp.exchange", remote));
    escaped.does::<operations::AddSender>(1, 7);
    peer.send_to(b"hello", us).unwrap();
    assert_eq!(heard(&ours, 20_000), Some(5));
    stranger.send_to(b"secret", us).unwrap();
    assert_eq!(heard(&ours, 20_000), Some(0), "a stranger's arrive empty");

    escaped.does::<operations::ConnectIncremental>(1, 7);
    assert_eq!(ours.send(b"hello").unwrap(), 5);
    assert_eq!(heard(&peer, 20_000), Some(5));
    stranger.send_to(b"secret", us).unwrap();
    assert_eq!(heard(&ours, 50), None, "it is connected");
    let (parted, _) = escaped.inquire(Inquiry::Disconnect { socket: 7 });
    assert!(matches!(parted, Answer::Inquiry(_)), "{parted:?}");
    assert_eq!(ours.local_addr().unwrap().port(), port);
    assert!(ours.send(b"x").is_err());

    escaped.is_refused::<operations::SendUnconnected>(1, &datagrams(7, 2));
    assert!(escaped.permit(2, "udp.exchange", other));
    let sent = escaped.perform::<operations::SendUnconnected>(2, &datagrams(7, 2));
    assert_eq!(sent.unwrap().0.len(), 1);
    assert_eq!(heard(&stranger, 20_000), Some(2));
    escaped.does::<operations::AddSender>(2, 7);
    stranger.send_to(b"secret", us).unwrap();
    assert_eq!(heard(&ours, 20_000), Some(6));
    third.send_to(b"secret", us).unwrap();
    assert_eq!(heard(&ours, 20_000), Some(0), "it has two remotes, not all");
}
