//! Raw IP packets.

use super::{allowed, closed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{RAW_IP_DROPS, RAW_IP_FACTS, RAW_IP_MALFORMED};
use nethost_tests::host::invoke;
use nethost_tests::topology::{SERVER, SERVER6, Topology};

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns] in each way => { is_allowed, sending_is_not_receiving, is_dropped }
    [Netns] => { is_malformed }
    [Netns, OtherUser] => { needs_privilege }
}

fn is_denied() {
    let net = Topology::line();
    denied(net.client(), RAW_IP_FACTS, SERVER, "raw.send", SERVER);
}

fn is_allowed() {
    let net = Topology::line();
    // Nothing on the server speaks protocol 253, and its kernel says so.
    for (target, line) in [
        (SERVER, format!("type 3 code 2 from Some({SERVER})")),
        (SERVER6, format!("type 4 code 1 from Some({SERVER6})")),
    ] {
        let run = allowed(
            net.client(),
            &format!("--allow raw.send={target}"),
            RAW_IP_FACTS,
            target,
        );
        assert!(run.output.stdout.contains("sent 1"), "{}", run.output);
        assert!(
            run.output.stdout.contains(&line),
            "no {line:?} in {}",
            run.output
        );
        assert_eq!(run.log.total("packets_sent"), 1);
    }
}

fn sending_is_not_receiving() {
    let net = Topology::line();
    let args = format!("{SERVER} receive");
    let run = invoke(net.client(), "--allow raw.send", RAW_IP_FACTS.path(), &args).run();
    assert!(
        run.output
            .stdout
            .contains("open denied capability=\"raw.receive\""),
        "{}",
        run.output
    );
    assert_eq!(run.log.only("denied")["cap"], "raw.receive");
    closed(&run);
    allowed(
        net.client(),
        "--allow raw.send --allow raw.receive",
        RAW_IP_FACTS,
        &args,
    );
}

fn is_malformed() {
    let net = Topology::line();
    malformed(net.client(), "--allow raw.send", RAW_IP_MALFORMED, SERVER);
}

fn is_dropped() {
    let net = Topology::line();
    dropped(
        net.client(),
        "--allow raw.send --allow raw.receive",
        RAW_IP_DROPS,
        SERVER,
    );
}

fn needs_privilege() {
    let net = Topology::line();
    let run = invoke(
        net.client(),
        "--allow raw.send",
        RAW_IP_FACTS.path(),
        SERVER,
    )
    .run_as_other_user();
    assert!(
        run.output.stdout.contains("open ErrorCode::AccessDenied"),
        "{}",
        run.output
    );
}
