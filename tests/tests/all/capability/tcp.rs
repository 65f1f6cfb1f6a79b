//! TCP connection attempts, and connections that carry bytes.

use super::{allowed, closed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{TCP_DROPS, TCP_FACTS, TCP_MALFORMED, TCP_STREAM};
use nethost_tests::host::invoke;
use nethost_tests::server::Echo;
use nethost_tests::strace::network_calls;
use nethost_tests::topology::{SERVER, SERVER6, Topology};
use std::net::TcpListener;

cases! {
    [Netns, Program("strace")] in each way => { is_denied, a_connection_is_denied }
    [Netns] in each way => { is_allowed, bytes_go_both_ways }
    [Netns] => { tells_errors, is_malformed, is_dropped, a_connection_tells_errors }
}

fn is_denied() {
    let net = Topology::line();
    let target = format!("{SERVER}:7");
    denied(
        net.client(),
        TCP_FACTS,
        &format!("{SERVER} 7"),
        "tcp.connect",
        &target,
    );
}

fn is_allowed() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    for target in [SERVER, SERVER6] {
        let run = allowed(
            net.client(),
            &format!("--allow tcp.connect={target}"),
            TCP_FACTS,
            &format!("{target} 7"),
        );
        assert!(run.output.stdout.contains("established"), "{}", run.output);
        let run = allowed(
            net.client(),
            &format!("--allow tcp.connect={target}"),
            TCP_FACTS,
            &format!("{target} 9"),
        );
        assert!(run.output.stdout.contains("refused"), "{}", run.output);
    }
}

fn tells_errors() {
    let net = Topology::line();
    for (target, kind, router) in [
        (SERVER, "type 11 code 0", "10.0.1.2"),
        (SERVER6, "type 3 code 0", "fd00:0:0:1::2"),
    ] {
        let run = allowed(
            net.client(),
            "--allow tcp.connect",
            TCP_FACTS,
            &format!("{target} 7 2"),
        );
        let line = format!("failed {kind} from Some({router})");
        assert!(
            run.output.stdout.contains(&line),
            "no {line:?} in {}",
            run.output
        );
    }
    net.node("r2").firewall("forward tcp dport 7 drop");
    let run = allowed(
        net.client(),
        "--allow tcp.connect",
        TCP_FACTS,
        &format!("{SERVER} 7"),
    );
    assert!(run.output.stdout.contains("unanswered"), "{}", run.output);
}

fn is_malformed() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    malformed(
        net.client(),
        "--allow tcp.connect",
        TCP_MALFORMED,
        &format!("{SERVER} 7"),
    );
}

fn is_dropped() {
    let net = Topology::line();
    // Nothing answers, so that the attempt is under way when it is dropped.
    net.node("r2").firewall("forward tcp dport 7 drop");
    let _echo = Echo::start(net.node("server"), 8);
    let run = dropped(
        net.client(),
        "--allow tcp.connect",
        TCP_DROPS,
        &format!("{SERVER} 7 8"),
    );
    for line in [
        "dropped during an attempt",
        "dropped during a connect",
        "dropped during a read",
        "streams outlive it: still here",
    ] {
        assert!(run.output.stdout.contains(line), "{}", run.output);
    }
}

fn a_connection_is_denied() {
    let net = Topology::line();
    let run = invoke(
        net.client(),
        "",
        TCP_STREAM.path(),
        &format!("{SERVER} 7 1"),
    )
    .traced();
    assert_eq!(
        network_calls(&run.calls),
        Vec::<&str>::new(),
        "{}",
        run.output
    );
    assert!(
        run.output.stdout.starts_with("connect Denied("),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["cap"], "tcp.connect");
}

fn bytes_go_both_ways() {
    const COUNT: u64 = 10_000_000;
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    for target in [SERVER, SERVER6] {
        let run = allowed(
            net.client(),
            &format!("--allow tcp.connect={target}"),
            TCP_STREAM,
            &format!("{target} 7 {COUNT} back"),
        );
        assert!(
            run.output.stdout.contains("measured true"),
            "{}",
            run.output
        );
        assert!(
            run.output
                .stdout
                .ends_with(&format!("\nsent {COUNT} received {COUNT}\n")),
            "{}",
            run.output
        );
        let counters = &run.log.only("close")["counters"];
        assert_eq!(counters["bytes_sent"], COUNT, "{counters}");
        assert_eq!(counters["bytes_received"], COUNT, "{counters}");
    }
}

fn a_connection_tells_errors() {
    let net = Topology::line();
    let told = |port: u16| {
        let run = invoke(
            net.client(),
            "--allow tcp.connect",
            TCP_STREAM.path(),
            &format!("{SERVER} {port} 100000 back"),
        );
        let run = run.run();
        closed(&run);
        let outcome = run.log.only("close")["outcome"]["errno"].as_i64();
        (run.output.stdout, outcome)
    };
    let refused = i64::from(libc::ECONNREFUSED);
    assert_eq!(
        told(9),
        ("connect ConnectionRefused\n".into(), Some(refused))
    );
    net.node("r2").firewall("forward tcp dport 10 drop");
    let timed_out = i64::from(libc::ETIMEDOUT);
    assert_eq!(told(10), ("connect Timeout\n".into(), Some(timed_out)));
    // A server that reads nothing and closes at once answers with a reset.
    let listener = net
        .node("server")
        .inside(|| TcpListener::bind((SERVER, 11)).unwrap());
    let server = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let (said, outcome) = told(11);
    server.join().unwrap();
    assert!(
        said.contains("\nfailed Connection reset by peer") || said.contains("\nfailed Broken pipe"),
        "{said}"
    );
    assert!(outcome.is_some());
}
