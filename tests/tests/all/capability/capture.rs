//! Packets as they pass an interface, and compiled expressions.

use super::{allowed, denied, dropped, malformed};
use crate::case::cases;
use crate::probes::{CAPTURE_DROPS, CAPTURE_FACTS, CAPTURE_MALFORMED};
use nethost_tests::host::invoke;
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns, Program("ping")] in each way => { is_allowed }
    [Netns] in each way => { is_malformed, is_dropped }
    [Netns, Program("ping")] => { one_interface_is_no_other }
}

fn is_denied() {
    let net = Topology::alone();
    let _pinged = net
        .client()
        .command("ping")
        .words("-i 0.2 -w 60 127.0.0.1")
        .spawn();
    for (args, capability, target) in [
        ("any-interface", "capture.live", "any-interface"),
        ("filter", "capture.filter", "expression"),
    ] {
        denied(net.client(), CAPTURE_FACTS, args, capability, target);
    }
    // The kernel is asked which interface is meant, and for nothing else.
    let run = invoke(net.client(), "", CAPTURE_FACTS.path(), "lo").run();
    assert!(run.output.stdout.contains("lo denied"), "{}", run.output);
    assert_eq!(
        run.log.only("denied")["target"]["resolved"],
        "lo",
        "{:#?}",
        run.log
    );
}

fn is_allowed() {
    let net = Topology::alone();
    // It may have to be built, which takes longer than the packets pass.
    CAPTURE_FACTS.path();
    let _pinged = net
        .client()
        .command("ping")
        .words("-i 0.2 -w 20 127.0.0.1")
        .spawn();
    let options = "--allow capture.live --allow capture.filter";
    let run = allowed(
        net.client(),
        options,
        CAPTURE_FACTS,
        "lo any-interface filter",
    );
    let said = &run.output.stdout;
    assert!(
        said.contains("lo packet of 98 kept 96 dropped 0\n"),
        "{}",
        run.output
    );
    assert!(
        said.contains("any-interface packet of 104 kept 96 dropped 0\n"),
        "{}",
        run.output
    );
    assert!(
        said.contains("filter has 4 instructions\n"),
        "{}",
        run.output
    );
    let records = run.log.of("close");
    let counted = |record: &&serde_json::Value| record["counters"]["bytes_received"] == 96;
    assert_eq!(
        records.iter().filter(|record| counted(record)).count(),
        2,
        "{:#?}",
        run.log
    );
}

fn one_interface_is_no_other() {
    let net = Topology::alone();
    // It may have to be built, which takes longer than the packets pass.
    CAPTURE_FACTS.path();
    let _pinged = net
        .client()
        .command("ping")
        .words("-i 0.2 -w 20 127.0.0.1")
        .spawn();
    let run = invoke(
        net.client(),
        "--allow capture.live=lo",
        CAPTURE_FACTS.path(),
        "lo any-interface",
    )
    .run();
    assert!(
        run.output.stdout.contains("lo packet of 98"),
        "{}",
        run.output
    );
    assert!(
        run.output.stdout.contains("any-interface denied"),
        "{}",
        run.output
    );
}

fn is_malformed() {
    let net = Topology::alone();
    let options = "--allow capture.live --allow capture.filter";
    malformed(net.client(), options, CAPTURE_MALFORMED, "");
}

fn is_dropped() {
    let net = Topology::alone();
    dropped(net.client(), "--allow capture.live", CAPTURE_DROPS, "");
}
