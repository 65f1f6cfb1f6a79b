//! Tests for denied and malformed requests, dropped sockets, and what the filter and the header check let through.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::Socket;
use crate::bindings::nethost::cap::raw_ip::RawOptions;
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_kit::wit::SocketOptions;
use nethost_test_bed::TestBed;

fn raw_options(receive: bool) -> RawOptions {
    RawOptions {
        protocol: 6,
        header_included: false,
        receive,
        socket: SocketOptions::default(),
    }
}

#[test]
fn sending_and_receiving_are_asked_for_separately() {
    let bed = TestBed::allowing(&["raw.send"]);
    let refused = Socket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        "127.0.0.1:0".parse().unwrap(),
        raw_options(true),
    );
    assert!(
        matches!(refused, Err(ErrorCode::Denied(denial)) if denial.capability == "raw.receive")
    );
    assert_eq!(bed.names(), ["open", "denied", "close"]);
    assert_eq!(bed.events()[2]["counters"]["packets_sent"], 0);
}

#[tokio::test]
async fn an_open_socket_is_closed_on_record_whether_or_not_the_kernel_gave_one() {
    let bed = TestBed::allowing(&["raw.send"]);
    let opened = Socket::open(
        &bed.gate,
        &Arc::new(Broker::in_process()),
        "127.0.0.1:0".parse().unwrap(),
        raw_options(false),
    );
    if let Err(error) = &opened {
        assert!(
            matches!(error, ErrorCode::AccessDenied),
            "without CAP_NET_RAW"
        );
    }
    drop(opened);
    assert_eq!(bed.names(), ["open", "close"]);
}
