//! UDP exchange.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{UDP_DROPS, UDP_FACTS, UDP_MALFORMED};
use nethost_tests::host::invoke;
use nethost_tests::server::Echo;
use nethost_tests::topology::{SERVER, SERVER6, Topology};

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { is_allowed }
    [Netns] => { tells_errors, is_malformed, is_dropped }
    [Netns, OtherUser] => { needs_no_privilege }
}

fn is_denied() {
    let net = Topology::line();
    let target = format!("{SERVER}:7");
    denied(
        net.client(),
        UDP_FACTS,
        &format!("{SERVER} 7"),
        "udp.exchange",
        &target,
    );
    let target = format!("[{SERVER6}]:7");
    denied(
        net.client(),
        UDP_FACTS,
        &format!("{SERVER6} 7"),
        "udp.exchange",
        &target,
    );
}

fn is_allowed() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    for target in [SERVER, SERVER6] {
        let run = allowed(
            net.client(),
            &format!("--allow udp.exchange={target}"),
            UDP_FACTS,
            &format!("{target} 7"),
        );
        assert!(
            run.output
                .stdout
                .contains(&format!("datagram {target} port 7 \"probe\"")),
            "{}",
            run.output
        );
        let record = run.log.only("close");
        assert_eq!(record["counters"]["packets_sent"], 1, "{record}");
        assert_eq!(record["counters"]["packets_received"], 1, "{record}");
        assert_eq!(record["counters"]["bytes_received"], 5, "{record}");
    }
}

fn tells_errors() {
    let net = Topology::line();
    for (target, refused, exceeded, router) in [
        (SERVER, (3, 3), (11, 0), "10.0.1.2"),
        (SERVER6, (1, 4), (3, 0), "fd00:0:0:1::2"),
    ] {
        let run = allowed(
            net.client(),
            "--allow udp.exchange",
            UDP_FACTS,
            &format!("{target} 9"),
        );
        let line = format!(
            "ConnectionRefused type {} code {} from Some({target}) quoted \"probe\"",
            refused.0, refused.1
        );
        assert!(
            run.output.stdout.contains(&line),
            "no {line:?} in {}",
            run.output
        );
        let run = allowed(
            net.client(),
            "--allow udp.exchange",
            UDP_FACTS,
            &format!("{target} 9 2"),
        );
        let line = format!(
            "type {} code {} from Some({router}) quoted \"probe\"",
            exceeded.0, exceeded.1
        );
        assert!(
            run.output.stdout.contains(&line),
            "no {line:?} in {}",
            run.output
        );
    }
}

fn is_malformed() {
    let net = Topology::line();
    malformed(
        net.client(),
        "--allow udp.exchange",
        UDP_MALFORMED,
        &format!("{SERVER} 7"),
    );
}

fn is_dropped() {
    let net = Topology::line();
    dropped(
        net.client(),
        "--allow udp.exchange",
        UDP_DROPS,
        &format!("{SERVER} 7"),
    );
}

fn needs_no_privilege() {
    let net = Topology::line();
    let _echo = Echo::start(net.node("server"), 7);
    let args = format!("{SERVER} 7");
    let run = invoke(
        net.client(),
        "--allow udp.exchange",
        UDP_FACTS.path(),
        &args,
    )
    .run_as_other_user();
    assert!(run.output.stdout.contains("datagram"), "{}", run.output);
}
