//! Denied, allowed, malformed, dropped.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use wasmtime_wasi::p2::Pollable;
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::bindings::sockets::udp::{IncomingDatagram, OutgoingDatagram};

use super::{address, options, tcp, udp};
use nethost_broker::Broker;
use nethost_test_bed::TestBed;

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn stream(bed: &TestBed, ipv6: bool) -> tcp::Socket {
    tcp::Socket::make(&bed.gate, &Arc::new(Broker::in_process()), ipv6).unwrap()
}

fn datagrams(bed: &TestBed, ipv6: bool) -> udp::Socket {
    udp::Socket::make(&bed.gate, &Arc::new(Broker::in_process()), ipv6).unwrap()
}

async fn ready(pollable: &mut impl Pollable) {
    let patience = Duration::from_secs(20);
    tokio::time::timeout(patience, pollable.ready())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_is_denied_leaves_one_record() {
    let bed = TestBed::allowing(&["tcp.connect=192.0.2.1"]);
    let mut socket = stream(&bed, false);
    let denied = Err(ErrorCode::AccessDenied);
    assert_eq!(socket.start_connect(at("127.0.0.1:9")), denied);
    assert_eq!(socket.start_bind(at("127.0.0.1:0")), denied);
    // The bind was not started, and the socket still reaches nobody.
    assert_eq!(socket.start_bind(at("0.0.0.0:0")), Ok(()));
    assert_eq!(socket.finish_bind(), Ok(()));
    assert!(socket.local_address().is_ok());
    assert_eq!(socket.start_listen(), denied);
    let mut socket = datagrams(&bed, true);
    assert_eq!(socket.start_bind(at("[::1]:0")), denied);
    assert_eq!(socket.start_bind(at("[::]:0")), Ok(()));
    assert_eq!(socket.finish_bind(), Ok(()));
    assert!(socket.local_address().is_ok());
    let connected = socket.streams(Some(at("[::1]:9"))).unwrap();
    assert_eq!(connected.err(), Some(ErrorCode::AccessDenied));
    assert_eq!(bed.names(), ["denied"; 5]);
}

#[tokio::test]
async fn what_is_malformed_is_no_request() {
    let bed = TestBed::allowing(&["tcp.connect", "tcp.listen", "udp.exchange", "udp.listen"]);
    let invalid = Err(ErrorCode::InvalidArgument);
    let mut socket = stream(&bed, false);
    for remote in [
        "127.0.0.1:0",
        "0.0.0.0:9",
        "224.0.0.1:9",
        "255.255.255.255:9",
        "[::1]:9",
    ] {
        assert_eq!(socket.start_connect(at(remote)), invalid, "{remote}");
    }
    for local in ["224.0.0.1:0", "[::1]:0"] {
        assert_eq!(socket.start_bind(at(local)), invalid, "{local}");
    }
    assert_eq!(socket.finish_bind(), Err(ErrorCode::NotInProgress));
    assert_eq!(socket.finish_listen(), Err(ErrorCode::NotInProgress));
    assert_eq!(
        socket.finish_connect().err(),
        Some(ErrorCode::NotInProgress)
    );
    assert_eq!(socket.start_listen(), Err(ErrorCode::InvalidState));
    assert_eq!(socket.accept().err(), Some(ErrorCode::InvalidState));
    assert_eq!(socket.local_address().err(), Some(ErrorCode::InvalidState));
    assert_eq!(socket.start_bind(at("0.0.0.0:0")), Ok(()));
    let conflict = Err(ErrorCode::ConcurrencyConflict);
    assert_eq!(socket.start_connect(at("127.0.0.1:9")), conflict);
    assert_eq!(socket.finish_bind(), Ok(()));
    let again = socket.start_bind(at("0.0.0.0:0"));
    assert_eq!(again, Err(ErrorCode::InvalidState));
    let mut socket = datagrams(&bed, false);
    let unbound = socket.streams(None).unwrap();
    assert_eq!(unbound.err(), Some(ErrorCode::InvalidState));
    assert_eq!(socket.start_bind(at("[::]:0")), invalid);
    assert!(bed.names().is_empty());
    assert!(!address::is_of_family(
        at("[::ffff:127.0.0.1]:0").ip(),
        true
    ));
}

#[tokio::test]
async fn a_stream_connects_once() {
    let bed = TestBed::allowing(&["tcp.connect=127.0.0.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let remote = listener.local_addr().unwrap();
    let mut socket = stream(&bed, false);
    socket.start_connect(remote).unwrap();
    ready(&mut socket).await;
    let connection = socket.finish_connect().unwrap();
    assert_eq!(socket.start_connect(remote), Err(ErrorCode::InvalidState));
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"hello").unwrap();
    peer.set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    connection.send(b"world"[..].into()).unwrap();
    let mut heard = [0; 5];
    peer.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"world");
    drop((socket, connection));
    drop(listener);
    let mut socket = stream(&bed, false);
    // The connection is refused immediately or a moment later.
    let refused = match socket.start_connect(remote) {
        Ok(()) => {
            ready(&mut socket).await;
            socket.finish_connect().err()
        }
        Err(error) => Some(error),
    };
    assert_eq!(refused, Some(ErrorCode::ConnectionRefused));
    drop(socket);
    assert_eq!(bed.names(), ["open", "close", "open", "close"]);
    assert_eq!(bed.events()[1]["counters"]["bytes_sent"], 5);
}

#[tokio::test]
async fn a_listener_hands_on_whom_it_may() {
    let bed = TestBed::allowing(&["tcp.listen=127.0.0.1"]);
    let mut socket = stream(&bed, false);
    socket.start_bind(at("127.0.0.1:0")).unwrap();
    socket.finish_bind().unwrap();
    socket.start_listen().unwrap();
    socket.finish_listen().unwrap();
    let local: SocketAddr = socket.local_address().unwrap().into();
    assert_eq!(socket.accept().err(), Some(ErrorCode::WouldBlock));
    let stranger = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None);
    let stranger = stranger.unwrap();
    stranger.bind(&at("127.0.0.2:0").into()).unwrap();
    stranger.connect(&local.into()).unwrap();
    ready(&mut socket).await;
    assert_eq!(socket.accept().err(), Some(ErrorCode::WouldBlock));
    let welcome = std::net::TcpStream::connect(local).unwrap();
    ready(&mut socket).await;
    let (mut accepted, _) = socket.accept().unwrap();
    let peer: SocketAddr = accepted.local_address().unwrap().into();
    assert_eq!(peer, welcome.peer_addr().unwrap());
    drop((accepted, socket));
    assert!(std::net::TcpStream::connect(local).is_err());
    let mut names = bed.names();
    names.retain(|name| name != "close");
    // The address, the port that the kernel chose, the denied peer, and the accepted peer.
    assert_eq!(names, ["open", "open", "denied", "open"]);
}

fn to(remote: SocketAddr, data: &[u8]) -> OutgoingDatagram {
    OutgoingDatagram {
        data: data.to_vec(),
        remote_address: Some(remote.into()),
    }
}

#[tokio::test]
async fn datagrams_go_where_they_may_and_strangers_are_withheld() {
    let bed = TestBed::allowing(&["udp.exchange=127.0.0.1", "udp.listen=127.0.0.1"]);
    let peer = UdpSocket::bind("127.0.0.1:0").unwrap();
    let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
    let mut socket = datagrams(&bed, false);
    socket.start_bind(at("127.0.0.1:0")).unwrap();
    socket.finish_bind().unwrap();
    let local: SocketAddr = socket.local_address().unwrap().into();
    let (mut incoming, mut outgoing) = socket.streams(None).unwrap().unwrap();
    assert!(socket.streams(None).is_err(), "there are streams");
    assert!(outgoing.send(vec![to(local, b"x")]).is_err(), "unasked");
    let mut send = |datagrams| {
        outgoing.check_send().unwrap();
        outgoing.send(datagrams).unwrap()
    };
    let remote = peer.local_addr().unwrap();
    let denied = stranger.local_addr().unwrap();
    assert_eq!(send(vec![to(denied, b"x")]), Err(ErrorCode::AccessDenied));
    let nowhere = OutgoingDatagram {
        data: Vec::new(),
        remote_address: None,
    };
    assert_eq!(send(vec![nowhere]), Err(ErrorCode::InvalidArgument));
    // The datagrams before it are sent.
    assert_eq!(send(vec![to(remote, b"hello"), to(denied, b"x")]), Ok(1));
    let mut heard = [0; 16];
    assert_eq!(peer.recv_from(&mut heard).unwrap(), (5, local));
    stranger.send_to(b"secret", local).unwrap();
    peer.send_to(b"world", local).unwrap();
    let mut received = Vec::new();
    while received.is_empty() {
        ready(&mut incoming).await;
        received = incoming.receive(16).unwrap();
    }
    let [IncomingDatagram { data, .. }] = &received[..] else {
        panic!("a stranger's was handed over");
    };
    assert_eq!(data, b"world");
    drop((incoming, outgoing));
    let (mut incoming, mut outgoing) = socket.streams(Some(remote)).unwrap().unwrap();
    outgoing.check_send().unwrap();
    let elsewhere = outgoing.send(vec![to(local, b"x")]).unwrap();
    assert_eq!(elsewhere, Err(ErrorCode::InvalidArgument));
    outgoing.check_send().unwrap();
    assert_eq!(outgoing.send(vec![to(remote, b"again")]).unwrap(), Ok(1));
    assert_eq!(peer.recv_from(&mut heard).unwrap(), (5, local));
    assert!(incoming.receive(16).unwrap().is_empty());
    drop((incoming, outgoing, socket));
    let opened = ["open", "denied", "open"];
    let mut names = bed.names();
    names.retain(|name| name != "close");
    assert_eq!(names, opened);
}

#[tokio::test]
async fn options_are_within_the_kernel_s_bounds() {
    let bed = TestBed::allowing(&[]);
    for ipv6 in [false, true] {
        let socket = stream(&bed, ipv6);
        let fd = socket.fd().unwrap();
        let invalid = Err(ErrorCode::InvalidArgument);
        assert_eq!(options::set_hop_limit(fd, ipv6, 0), invalid);
        options::set_hop_limit(fd, ipv6, 77).unwrap();
        assert_eq!(options::hop_limit(fd, ipv6), Ok(77));
        assert_eq!(options::set_receive_buffer(fd, 0), invalid);
        options::set_receive_buffer(fd, 20_000).unwrap();
        assert_eq!(options::receive_buffer(fd), Ok(20_000));
        options::set_send_buffer(fd, u64::MAX).unwrap();
        assert!(options::send_buffer(fd).unwrap() > 0);
        options::set_keep_alive(fd, true).unwrap();
        assert_eq!(options::keep_alive(fd), Ok(true));
        let second = 1_000_000_000;
        options::set_keep_alive_idle(fd, 1).unwrap();
        assert_eq!(options::keep_alive_idle(fd), Ok(second));
        options::set_keep_alive_interval(fd, u64::MAX).unwrap();
        assert_eq!(options::keep_alive_interval(fd), Ok(32_767 * second));
        options::set_keep_alive_count(fd, u32::MAX).unwrap();
        assert_eq!(options::keep_alive_count(fd), Ok(127));
    }
}
