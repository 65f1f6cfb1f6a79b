//! Probes of many hosts and ports.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{SCAN_DROPS, SCAN_FACTS, SCAN_MALFORMED};
use nethost_tests::topology::{SERVER, Topology};
use std::net::UdpSocket;

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { is_allowed, is_narrowed, is_dropped }
    [Netns] => { is_malformed }
}

fn is_denied() {
    let net = Topology::line();
    denied(
        net.client(),
        SCAN_FACTS,
        SERVER,
        "scan.probe",
        &format!("{SERVER} port 7-8"),
    );
}

/// A server that answers at port 7; nobody listens at port 8.
fn answering(net: &Topology) -> std::thread::JoinHandle<()> {
    let socket = net
        .node("server")
        .inside(|| UdpSocket::bind((SERVER, 7)).unwrap());
    socket
        .set_read_timeout(Some(std::time::Duration::from_secs(20)))
        .unwrap();
    std::thread::spawn(move || {
        let mut bytes = [0; 64];
        if let Ok((_, from)) = socket.recv_from(&mut bytes) {
            socket.send_to(b"four", from).unwrap();
        }
    })
}

fn is_allowed() {
    let net = Topology::line();
    let server = answering(&net);
    let run = allowed(net.client(), "--allow scan.probe", SCAN_FACTS, SERVER);
    server.join().unwrap();
    for line in [
        format!("answer from {SERVER} of 32"),
        format!("error type 3 code 3 from Some({SERVER}) about 8 octets"),
        "sources [Some(10.0.0.1), Some(10.0.0.1)]".to_owned(),
    ] {
        assert!(
            run.output.stdout.contains(&line),
            "no {line:?} in {}",
            run.output
        );
    }
    assert_eq!(run.log.of("open").len(), 1, "one record for all remotes");
    assert_eq!(run.log.total("packets_sent"), 2);
}

fn is_narrowed() {
    let net = Topology::line();
    let options = format!("--allow scan.probe --deny scan.probe={SERVER}:8");
    let run = allowed(net.client(), &options, SCAN_FACTS, SERVER);
    assert!(
        run.output.stdout.contains("refused Some(8)"),
        "{}",
        run.output
    );
    assert!(run.output.stdout.contains("send denied"), "{}", run.output);
    assert_eq!(run.log.total("packets_sent"), 1);
}

fn is_malformed() {
    let net = Topology::line();
    malformed(net.client(), "--allow scan.probe", SCAN_MALFORMED, SERVER);
}

fn is_dropped() {
    let net = Topology::line();
    dropped(net.client(), "--allow scan.probe", SCAN_DROPS, SERVER);
}
