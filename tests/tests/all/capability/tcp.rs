//! TCP connection attempts.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{TCP_DROPS, TCP_FACTS, TCP_MALFORMED};
use nethost_tests::server::Echo;
use nethost_tests::topology::{SERVER, SERVER6, Topology};

cases! {
    [Netns, Program("strace")] => { is_denied }
    [Netns] => { is_allowed, tells_errors, is_malformed, is_dropped }
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
    let run = dropped(
        net.client(),
        "--allow tcp.connect",
        TCP_DROPS,
        &format!("{SERVER} 7"),
    );
    assert!(
        run.output.stdout.contains("dropped during an attempt"),
        "{}",
        run.output
    );
}
