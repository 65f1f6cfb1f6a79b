//! Lists of sockets, and the end of one.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{SOCK_DIAG_DROPS, SOCK_DIAG_FACTS, SOCK_DIAG_MALFORMED};
use nethost_tests::topology::Topology;
use std::net::{TcpListener, UdpSocket};

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { is_allowed, is_malformed, is_dropped }
}

fn is_denied() {
    let net = Topology::alone();
    for protocol in ["tcp", "udp", "unix", "raw"] {
        denied(
            net.client(),
            SOCK_DIAG_FACTS,
            protocol,
            "sockets.read",
            protocol,
        );
    }
}

fn is_allowed() {
    let net = Topology::alone();
    let held = net.client().inside(|| {
        (
            TcpListener::bind("127.0.0.1:0").unwrap(),
            UdpSocket::bind("127.0.0.1:0").unwrap(),
        )
    });
    let run = allowed(
        net.client(),
        "--allow sockets.read=tcp",
        SOCK_DIAG_FACTS,
        "tcp udp",
    );
    let said = &run.output.stdout;
    assert!(
        said.starts_with("tcp sockets 1 listening 1\n"),
        "{}",
        run.output
    );
    assert!(said.contains("udp denied"), "{}", run.output);
    assert!(run.log.only("close")["counters"]["bytes_received"].as_u64() > Some(0));
    drop(held);
}

fn is_malformed() {
    let net = Topology::alone();
    let options = "--allow sockets.read --allow sockets.destroy --allow netns.read";
    malformed(net.client(), options, SOCK_DIAG_MALFORMED, "");
}

fn is_dropped() {
    let net = Topology::alone();
    dropped(net.client(), "--allow sockets.read", SOCK_DIAG_DROPS, "");
}
