//! Denied, allowed, malformed.
#![allow(clippy::unwrap_used)]

use std::net::{TcpListener, TcpStream};
use std::sync::Arc;

use super::Namespace;
use crate::bindings::nethost::cap::sock_diag as wit;
use nethost_broker::Broker;
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

fn query(protocol: wit::Protocol) -> wit::Query {
    wit::Query {
        protocol,
        family: 2,
        states: 0xfff,
        show: 0,
        filter: Vec::new(),
    }
}

fn here(bed: &TestBed) -> Namespace {
    let broker = Arc::new(Broker::in_process());
    Namespace::open(&bed.gate, &broker, None).unwrap()
}

#[test]
fn a_denied_protocol_leaves_one_record() {
    let bed = TestBed::allowing(&["sockets.read=udp"]);
    let denied = here(&bed).list(query(wit::Protocol::Tcp));
    assert!(matches!(denied, Err(ErrorCode::Denied(denial)) if denial.target == "tcp"));
    let denied = here(&bed).read_table(wit::Table::Raw);
    assert!(matches!(denied, Err(ErrorCode::Denied(denial)) if denial.target == "raw"));
    assert_eq!(bed.names(), ["denied", "denied"]);
}

#[test]
fn a_listener_is_listed() {
    let bed = TestBed::allowing(&["sockets.read"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut listing = here(&bed).list(query(wit::Protocol::Tcp)).unwrap();
    let mut found = false;
    loop {
        let batch = listing.next().unwrap();
        let mut rest = batch.messages.as_slice();
        while let Some(length) = rest.first_chunk().copied().map(u32::from_ne_bytes) {
            found |= rest[20..22] == port.to_be_bytes() && rest[17] == 10;
            rest = &rest[(length as usize + 3) & !3..];
        }
        if batch.last {
            break;
        }
    }
    assert!(found);
    assert!(listing.next().unwrap().last);
    drop(listing);
    assert_eq!(bed.names(), ["open", "close"]);
}

#[test]
fn what_makes_no_sense_is_refused_before_it_is_asked_for() {
    let bed = TestBed::allowing(&["sockets.read"]);
    let tcp = || query(wit::Protocol::Tcp);
    for wrong in [
        wit::Query { family: 1, ..tcp() },
        wit::Query { show: 256, ..tcp() },
        wit::Query {
            filter: vec![1, 4, 6, 0],
            ..tcp()
        },
        wit::Query {
            filter: vec![1, 4, 8, 0],
            ..query(wit::Protocol::Unix)
        },
    ] {
        let refused = here(&bed).list(wrong);
        assert!(matches!(refused, Err(ErrorCode::InvalidArgument(_))));
    }
    assert!(bed.names().is_empty());
}

#[test]
fn a_socket_is_ended_only_by_its_own_permit() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let endpoint = |address: std::net::SocketAddr| nethost_kit::types::endpoint_to(address);
    let socket = || wit::Socket {
        protocol: wit::Protocol::Tcp,
        local: endpoint(client.local_addr().unwrap()),
        remote: endpoint(client.peer_addr().unwrap()),
        interface: 0,
        cookie: 1,
    };
    let bed = TestBed::allowing(&["sockets.destroy=192.0.2.0/24"]);
    let denied = here(&bed).destroy(socket());
    assert!(matches!(denied, Err(ErrorCode::Denied(_))), "{denied:?}");
    assert_eq!(bed.names(), ["denied"]);
    let bed = TestBed::allowing(&["sockets.destroy=127.0.0.0/8"]);
    // Who is not root, or a kernel without SOCK_DESTROY, gets an error of the system.
    if let Err(error) = here(&bed).destroy(socket()) {
        assert!(!matches!(error, ErrorCode::Denied(_)), "{error:?}");
    }
    assert_eq!(bed.names(), ["open", "close"]);
}
