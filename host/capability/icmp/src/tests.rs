//! Tests for denied and malformed requests, dropped sockets, and framing. The tests in `tests/` send real echo requests
//! between namespaces.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::sync::Arc;

use super::service::{EchoSocket, checksum};
use crate::bindings::nethost::cap::icmp::EchoRequest;
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_kit::wit::{Outgoing, SocketOptions};
use nethost_test_bed::TestBed;

fn loopback() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

#[test]
fn a_denied_remote_leaves_one_record_and_no_socket() {
    let bed = TestBed::allowing(&["icmp.echo=192.0.2.0/24"]);
    let refused = EchoSocket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        loopback(),
        SocketOptions::default(),
    );
    assert!(
        matches!(refused, Err(ErrorCode::Denied(denial)) if denial.remedy == "--allow icmp.echo=127.0.0.1")
    );
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn malformed_options_are_refused_before_the_gate() {
    let bed = TestBed::allowing(&["icmp.echo"]);
    let interface = SocketOptions {
        interface: Some("a/b".into()),
        ..SocketOptions::default()
    };
    assert!(matches!(
        EchoSocket::open(
            &bed.gate,
            &Arc::new(Broker::in_process()),
            loopback(),
            interface
        ),
        Err(ErrorCode::NoSuchDevice)
    ));
    let source = nethost_kit::types::endpoint_to("[::1]:0".parse().unwrap());
    let family = SocketOptions {
        source: Some(source),
        ..SocketOptions::default()
    };
    assert!(matches!(
        EchoSocket::open(
            &bed.gate,
            &Arc::new(Broker::in_process()),
            loopback(),
            family
        ),
        Err(ErrorCode::InvalidArgument(_))
    ));
    assert_eq!(bed.names(), Vec::<String>::new());
}

#[tokio::test]
async fn echoes_come_back_and_the_totals_are_recorded_when_it_is_dropped() {
    let bed = TestBed::allowing(&["icmp.echo=127.0.0.0/8"]);
    let Ok(socket) = EchoSocket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        loopback(),
        SocketOptions::default(),
    ) else {
        // Without ping sockets and CAP_NET_RAW, the failure to open is recorded.
        assert_eq!(bed.names(), ["open", "close"]);
        return;
    };
    let payload = Outgoing {
        remote: 0,
        offset: 0,
        length: 4,
        hop_limit: None,
    };
    let stamps = socket
        .send(
            b"ping",
            &[EchoRequest {
                sequence: 7,
                payload,
            }],
        )
        .unwrap();
    let received = socket.receive(64, 2_000_000_000).await.unwrap();
    assert_eq!(received.replies.len(), 1);
    assert_eq!(received.replies[0].sequence, 7);
    assert_eq!(received.bytes, b"ping");
    assert!(received.replies[0].payload.timestamp >= stamps[0]);
    drop(socket);
    let events = bed.events();
    assert_eq!(bed.names(), ["open", "close"]);
    assert_eq!(events[1]["counters"]["packets_sent"], 1);
    assert_eq!(events[1]["counters"]["packets_received"], 1);
}

#[tokio::test]
async fn a_request_outside_its_bytes_is_refused_and_a_new_remote_is_asked_for() {
    let bed = TestBed::allowing(&["icmp.echo=127.0.0.1"]);
    let Ok(socket) = EchoSocket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        loopback(),
        SocketOptions::default(),
    ) else {
        return assert_eq!(bed.names(), ["open", "close"]);
    };
    for payload in [
        Outgoing {
            remote: 0,
            offset: 2,
            length: 3,
            hop_limit: None,
        },
        Outgoing {
            remote: 0,
            offset: u32::MAX,
            length: u32::MAX,
            hop_limit: None,
        },
        Outgoing {
            remote: 1,
            offset: 0,
            length: 1,
            hop_limit: None,
        },
    ] {
        let refused = socket.send(
            b"ping",
            &[EchoRequest {
                sequence: 0,
                payload,
            }],
        );
        assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))));
    }
    let large = Outgoing {
        remote: 0,
        offset: 0,
        length: 65_510,
        hop_limit: None,
    };
    assert!(matches!(
        socket.send(
            &[0; 65_510],
            &[EchoRequest {
                sequence: 0,
                payload: large
            }]
        ),
        Err(ErrorCode::InvalidArgument(_))
    ));
    assert!(matches!(
        socket.add_remote("127.0.0.2:0".parse().unwrap()),
        Err(ErrorCode::Denied(_))
    ));
    assert!(matches!(
        socket.add_remote("[::1]:0".parse().unwrap()),
        Err(ErrorCode::InvalidArgument(_))
    ));
    assert_eq!(socket.add_remote(loopback()).unwrap(), 0);
    assert_eq!(bed.names(), ["open", "denied"]);
}

#[test]
fn the_checksum_of_a_message_with_its_checksum_is_zero() {
    // The example of RFC 1071 section 3: the sum of these bytes is ddf2.
    assert_eq!(
        checksum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]),
        !0xddf2
    );
    let mut message = vec![8, 0, 0, 0, 1, 2, 3, 4, 5];
    let sum = checksum(&message).to_be_bytes();
    message[2..4].copy_from_slice(&sum);
    assert_eq!(checksum(&message), 0);
}
