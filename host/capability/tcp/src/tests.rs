//! Denied, allowed, malformed, dropped.
#![allow(clippy::unwrap_used)]

use std::io::Read;
use std::net::TcpListener;
use std::sync::Arc;

use super::connection::{connect, info};
use super::service::Connector;
use crate::bindings::nethost::cap::tcp::AttemptOutcome;
use nethost_broker::Broker;
use nethost_kit::stream::Connection;
use nethost_kit::types::ErrorCode;
use nethost_kit::wit::SocketOptions;
use nethost_test_bed::TestBed;

#[test]
fn a_denied_remote_leaves_one_record() {
    let bed = TestBed::allowing(&["tcp.connect=192.0.2.1"]);
    let refused = Connector::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        "127.0.0.1:80".parse().unwrap(),
        SocketOptions::default(),
    );
    assert!(matches!(refused, Err(ErrorCode::Denied(_))));
    assert_eq!(bed.names(), ["denied"]);
}

#[test]
fn port_zero_is_no_remote() {
    let bed = TestBed::allowing(&["tcp.connect"]);
    let refused = Connector::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        "127.0.0.1:0".parse().unwrap(),
        SocketOptions::default(),
    );
    assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))));
    assert!(bed.names().is_empty());
}

#[tokio::test]
async fn an_open_port_is_established_and_a_closed_one_refused() {
    let bed = TestBed::allowing(&["tcp.connect=127.0.0.0/8"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connector = Connector::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        address,
        SocketOptions::default(),
    )
    .unwrap();
    let report = connector.attempt(None, 2_000_000_000).await.unwrap();
    assert!(matches!(report.outcome, AttemptOutcome::Established));
    assert!(report.ended >= report.sent);
    drop(listener);
    let report = connector.attempt(Some(64), 2_000_000_000).await.unwrap();
    assert!(matches!(report.outcome, AttemptOutcome::Refused));
    drop(connector);
    assert_eq!(bed.names(), ["open", "close"]);
    assert_eq!(bed.events()[1]["counters"]["packets_sent"], 2);
}

#[tokio::test]
async fn a_denied_connection_leaves_one_record() {
    let bed = TestBed::allowing(&["tcp.connect=192.0.2.1"]);
    let address = "127.0.0.1:80".parse().unwrap();
    let refused = connect(
        &bed.gate,
        &Broker::in_process(),
        address,
        SocketOptions::default(),
        1_000_000_000,
    )
    .await;
    assert!(matches!(refused, Err(ErrorCode::Denied(_))));
    assert_eq!(bed.names(), ["denied"]);
}

async fn connected(bed: &TestBed) -> (Connection, TcpListener) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connection = connect(
        &bed.gate,
        &Broker::in_process(),
        address,
        SocketOptions::default(),
        2_000_000_000,
    )
    .await
    .unwrap();
    (connection, listener)
}

#[tokio::test]
async fn a_direction_has_one_user_at_a_time() {
    let bed = TestBed::allowing(&["tcp.connect"]);
    let (connection, listener) = connected(&bed).await;
    assert!(info(&connection).unwrap().send_segment_size > 0);
    let receiver = connection.receive().unwrap();
    assert!(connection.receive().is_err());
    drop(receiver);
    assert!(connection.receive().is_ok());
    let sender = connection.send().unwrap();
    assert!(connection.shutdown().is_err());
    drop(sender);
    connection.shutdown().unwrap().await.unwrap();
    assert!(connection.send().is_err());
    let (mut peer, _) = listener.accept().unwrap();
    assert_eq!(peer.read(&mut [0; 1]).unwrap(), 0);
    drop(connection);
    assert_eq!(bed.names(), ["open", "close"]);
}

#[tokio::test]
async fn a_reset_is_told_by_the_end_of_sending_too() {
    let bed = TestBed::allowing(&["tcp.connect"]);
    let (connection, listener) = connected(&bed).await;
    let (peer, _) = listener.accept().unwrap();
    let at_once = Some(std::time::Duration::ZERO);
    socket2::SockRef::from(&peer).set_linger(at_once).unwrap();
    drop(peer);
    let ended = connection.shutdown().unwrap().await.unwrap_err();
    assert_eq!(ended.kind(), std::io::ErrorKind::ConnectionReset);
}
