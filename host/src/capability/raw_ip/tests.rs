//! Denied, malformed, dropped, and what the filter and the header check let through.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use super::{Socket, check_header};
use crate::bindings::nethost::cap::raw_ip::RawOptions;
use crate::broker::Broker;
use crate::capability::test_bed::{TestBed, options};
use crate::capability::types::ErrorCode;

fn raw_options(receive: bool) -> RawOptions {
    RawOptions {
        protocol: 6,
        header_included: false,
        receive,
        socket: options(),
    }
}

#[test]
fn sending_and_receiving_are_asked_for_separately() {
    let bed = TestBed::allowing(&["raw.send"]);
    let refused = Socket::open(
        &bed.gate,
        &Arc::new(Broker::here()),
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
        &Arc::new(Broker::here()),
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

#[test]
fn a_header_must_agree_with_the_gate() {
    let remote = "192.0.2.1".parse().unwrap();
    let mut packet = vec![0_u8; 28];
    packet[0] = 0x45;
    packet[3] = 28;
    packet[16..20].copy_from_slice(&[192, 0, 2, 1]);
    check_header(&packet, remote).unwrap();
    let altered = |index: usize, value: u8| {
        let mut packet = packet.clone();
        packet[index] = value;
        check_header(&packet, remote)
    };
    for (index, value) in [(0, 0x65), (19, 2), (3, 29)] {
        assert!(
            matches!(altered(index, value), Err(ErrorCode::InvalidArgument(_))),
            "{index}"
        );
    }
    assert!(check_header(&packet[..19], remote).is_err());
    assert!(check_header(&[], remote).is_err());
    assert!(check_header(&packet, "2001:db8::1".parse().unwrap()).is_err());
}
