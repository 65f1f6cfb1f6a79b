//! Tests for denied and malformed requests, with a peer that sends nothing. Handshakes with real peers are tested in
//! `tests/`.
#![allow(clippy::unwrap_used)]

use std::io;
use std::net::UdpSocket;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use super::service::client;
use crate::bindings::nethost::cap::tls::{ClientOptions, Failure, Trust, Version};
use nethost_kit::stream::{Connection, Duplex};
use nethost_kit::types::ErrorCode;
use nethost_test_bed::TestBed;

/// A peer that accepts everything and sends nothing.
struct Silent {
    socket: UdpSocket,
    written: AtomicUsize,
}

impl Duplex for Silent {
    fn poll_read(&self, _: &mut Context<'_>, _: &mut [u8]) -> Poll<io::Result<usize>> {
        Poll::Pending
    }

    fn poll_write(&self, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.written.fetch_add(bytes.len(), Relaxed);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(&self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn socket(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

fn peer() -> (Arc<Silent>, Connection) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let silent = Arc::new(Silent {
        socket,
        written: AtomicUsize::new(0),
    });
    let (local, remote) = ("127.0.0.1:1025", "192.0.2.1:853");
    let duplex: Arc<dyn Duplex> = Arc::clone(&silent) as _;
    let connection = Connection::new(duplex, local.parse().unwrap(), remote.parse().unwrap());
    (silent, connection)
}

fn options(trust: Trust) -> ClientOptions {
    ClientOptions {
        server_name: "server.example".into(),
        trust,
        protocols: vec![],
        least_version: Version::Tls12,
        identity: None,
    }
}

#[tokio::test]
async fn a_denied_session_sends_nothing() {
    let bed = TestBed::allowing(&["tls.client"]);
    let (silent, connection) = peer();
    let refused = client(&bed.gate, connection, options(Trust::Unverified), 1_000_000).await;
    let Err(Failure::Connection(ErrorCode::Denied(denial))) = refused else {
        panic!("not denied");
    };
    assert_eq!(denial.capability, "tls.unverified");
    assert_eq!(denial.target, "192.0.2.1:853");
    assert_eq!(silent.written.load(Relaxed), 0);
    assert_eq!(bed.names(), ["denied"]);
    assert_eq!(bed.events()[0]["changes"]["server-name"], "server.example");
}

#[tokio::test]
async fn a_silent_peer_times_out() {
    let bed = TestBed::allowing(&["tls.unverified"]);
    let (silent, connection) = peer();
    let failed = client(&bed.gate, connection, options(Trust::Unverified), 1_000_000).await;
    assert!(matches!(
        failed,
        Err(Failure::Connection(ErrorCode::Timeout))
    ));
    assert!(silent.written.load(Relaxed) > 0);
    assert_eq!(bed.names(), ["open", "close"]);
    assert_eq!(bed.events()[1]["outcome"]["errno"], libc::ETIMEDOUT);
}

#[tokio::test]
async fn malformed_options_never_reach_the_gate() {
    let bed = TestBed::allowing(&["tls.client"]);
    let nameless = ClientOptions {
        server_name: "not a name".into(),
        ..options(Trust::System)
    };
    for options in [nameless, options(Trust::Certificates(b"nonsense".to_vec()))] {
        let refused = client(&bed.gate, peer().1, options, 1_000_000).await;
        assert!(matches!(
            refused,
            Err(Failure::Connection(ErrorCode::InvalidArgument(_)))
        ));
    }
    let (_, connection) = peer();
    let _receiver = connection.receive().unwrap();
    let refused = client(&bed.gate, connection, options(Trust::Unverified), 1_000_000).await;
    assert!(matches!(
        refused,
        Err(Failure::Connection(ErrorCode::InvalidState))
    ));
    assert!(bed.names().is_empty());
}
