//! Denied, allowed, malformed, dropped.
#![allow(clippy::unwrap_used)]

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use super::bound::BoundSocket;
use super::service::Socket;
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_kit::wit::Outgoing;
use nethost_kit::wit::SocketOptions;
use nethost_test_bed::TestBed;

fn whole(length: u32) -> Outgoing {
    Outgoing {
        remote: 0,
        offset: 0,
        length,
        hop_limit: None,
    }
}

#[test]
fn a_denied_remote_leaves_one_record_and_no_socket() {
    let bed = TestBed::allowing(&["icmp.echo"]);
    let refused = Socket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        "127.0.0.1:9".parse().unwrap(),
        SocketOptions::default(),
    );
    assert!(matches!(refused, Err(ErrorCode::Denied(denial)) if denial.target == "127.0.0.1:9"));
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn port_zero_is_no_remote() {
    let bed = TestBed::allowing(&["udp.exchange"]);
    let refused = Socket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        "127.0.0.1:0".parse().unwrap(),
        SocketOptions::default(),
    );
    assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))));
    assert!(bed.names().is_empty());
}

#[tokio::test]
async fn what_the_remotes_send_arrives_and_what_a_stranger_sends_is_withheld() {
    let bed = TestBed::allowing(&["udp.exchange=127.0.0.0/8"]);
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = Socket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        server.local_addr().unwrap(),
        SocketOptions::default(),
    )
    .unwrap();
    socket.send(b"hello", &[whole(5)]).unwrap();
    let mut buffer = [0; 16];
    let (_, client) = server.recv_from(&mut buffer).unwrap();
    stranger.send_to(b"psst", client).unwrap();
    let withheld = socket.receive(64, 2_000_000_000).await.unwrap();
    assert_eq!((withheld.datagrams.len(), withheld.withheld), (0, 1));
    server.send_to(b"world", client).unwrap();
    let received = socket.receive(64, 2_000_000_000).await.unwrap();
    assert_eq!(received.bytes, b"world");
    let other = UdpSocket::bind("127.0.0.1:0").unwrap();
    let index = socket.add_remote(other.local_addr().unwrap()).unwrap();
    let to_other = Outgoing {
        remote: index,
        ..whole(5)
    };
    let moments = socket.send(b"again", &[whole(5), to_other, whole(5)]);
    assert_eq!(moments.unwrap().len(), 3);
    let (_, same) = other.recv_from(&mut buffer).unwrap();
    assert_eq!(same, client);
    stranger.send_to(b"psst", client).unwrap();
    let withheld = socket.receive(64, 2_000_000_000).await.unwrap();
    assert_eq!((withheld.datagrams.len(), withheld.withheld), (0, 1));
    assert_eq!(
        received.datagrams[0].source.port,
        server.local_addr().unwrap().port()
    );
    drop(socket);
    assert_eq!(bed.names(), ["open", "open", "close", "close"]);
    let counted = bed.events().into_iter().map(|event| {
        let counters = &event["counters"];
        [&counters["bytes_sent"], &counters["bytes_received"]].map(|bytes| bytes.as_u64())
    });
    let counted: Vec<_> = counted.skip(2).collect();
    assert_eq!(counted, [[Some(15), Some(5)], [Some(5), Some(0)]]);
}

#[tokio::test]
async fn a_closed_port_is_an_error_in_the_queue_and_the_next_send_still_leaves() {
    let bed = TestBed::allowing(&["udp.exchange"]);
    let closed: SocketAddr = UdpSocket::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let socket = Socket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        closed,
        SocketOptions::default(),
    )
    .unwrap();
    socket.send(b"a", &[whole(1)]).unwrap();
    assert_eq!(socket.send(b"b", &[whole(1)]).unwrap().len(), 1);
    let received = socket.receive(64, 2_000_000_000).await.unwrap();
    assert!(!received.errors.is_empty());
    assert_eq!(
        (received.errors[0].icmp_type, received.errors[0].icmp_code),
        (3, 3)
    );
    assert!(matches!(
        received.errors[0].code,
        ErrorCode::ConnectionRefused
    ));
    assert_eq!(&received.bytes[..1], b"a");
}

#[tokio::test]
async fn a_timeout_is_an_empty_batch() {
    let bed = TestBed::allowing(&["udp.exchange"]);
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let socket = Socket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        server.local_addr().unwrap(),
        SocketOptions::default(),
    )
    .unwrap();
    let started = std::time::Instant::now();
    let received = socket.receive(64, 20_000_000).await.unwrap();
    assert!(received.datagrams.is_empty() && received.errors.is_empty());
    assert!(started.elapsed() >= std::time::Duration::from_millis(20));
}

#[tokio::test]
async fn who_listens_does_not_hear_whom_a_denial_covers() {
    let bed = TestBed::ruled(&["udp.listen"], &["udp.exchange=127.0.0.2"]);
    let broker = Arc::new(Broker::in_process());
    let here: SocketAddr = "127.0.0.1:0".parse().unwrap();
    let socket = BoundSocket::bind(&bed.gate, &broker, here).unwrap();
    for (from, text) in [("127.0.0.2:0", "denied"), ("127.0.0.3:0", "heard")] {
        let sender = UdpSocket::bind(from).unwrap();
        sender.send_to(text.as_bytes(), socket.local()).unwrap();
    }
    let (bytes, source) = socket.receive(2_000_000_000).await.unwrap().unwrap();
    assert_eq!(
        (&bytes[..], source.ip()),
        (&b"heard"[..], [127, 0, 0, 3].into())
    );
    assert!(socket.receive(50_000_000).await.unwrap().is_none());
}
