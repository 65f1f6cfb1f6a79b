//! What the log says of a run.

use crate::case::cases;
use crate::probes::ICMP_FACTS;
use nethost_tests::audit::Log;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::topology::{SERVER, Topology};
use std::collections::BTreeSet;

cases! {
    first round;
    [Netns] => { every_record_says_who_and_what, runs_share_a_log, a_log_that_cannot_be_written, denials_do_not_flood }
    [Netns, Program("strace")] => { the_record_comes_before_the_act }
}

fn every_record_says_who_and_what() {
    let net = Topology::line();
    let run = invoke(
        net.client(),
        "--allow icmp.echo",
        ICMP_FACTS.path(),
        &format!("1 {SERVER}"),
    )
    .run();
    let uid = nix::unistd::getuid().as_raw();
    for (number, record) in run.log.0.iter().enumerate() {
        assert_eq!(record["v"], 1, "{record}");
        assert_eq!(
            record["run_seq"].as_u64().map(|seq| seq as usize),
            Some(number),
            "{record}"
        );
        assert_eq!(record["run"], run.log.0[0]["run"], "{record}");
        assert_eq!(record["actor"]["uid"], uid, "{record}");
        assert_eq!(record["plugin"]["name"], "icmp_facts", "{record}");
        assert!(
            record["plugin"]["digest"]
                .as_str()
                .is_some_and(|digest| digest.starts_with("sha256:")),
            "{record}"
        );
        assert!(
            record["ts"].as_str().is_some_and(|ts| ts.ends_with('Z')),
            "{record}"
        );
    }
    let events: Vec<_> = run
        .log
        .0
        .iter()
        .filter_map(|record| record["event"].as_str())
        .collect();
    assert_eq!(events, ["run-start", "open", "close", "run-end"]);
    assert_eq!(run.log.only("run-end")["exit"], 0);
    assert!(
        run.log.only("open")["policy"]["rule"]
            .as_str()
            .is_some_and(|rule| rule.contains("--allow"))
    );
}

fn runs_share_a_log() {
    let net = Topology::line();
    let log = tempfile::NamedTempFile::new().unwrap();
    let start = || {
        let command = nethost(net.client())
            .words("run --allow icmp.echo --audit")
            .arg(log.path());
        command
            .arg(ICMP_FACTS.path())
            .words(&format!("5 {SERVER}"))
            .spawn()
    };
    for running in [start(), start(), start(), start()] {
        assert_eq!(running.finish().code, 0);
    }
    let log = Log::read(log.path());
    let runs: BTreeSet<_> = log
        .0
        .iter()
        .filter_map(|record| record["run"].as_str())
        .collect();
    assert_eq!((runs.len(), log.0.len()), (4, 16), "{log:#?}");
}

fn a_log_that_cannot_be_written() {
    let net = Topology::line();
    let args = format!("1 {SERVER}");
    let command = nethost(net.client())
        .words("run --allow icmp.echo --audit /dev/full")
        .arg(ICMP_FACTS.path());
    let output = command.words(&args).run();
    assert!(
        output.stderr.contains("/dev/full"),
        "a gap in the log goes unmentioned: {output}"
    );
}

fn denials_do_not_flood() {
    let net = Topology::alone();
    let others = (0..5000)
        .map(|number| format!("10.7.{}.{}", number / 250, number % 250))
        .collect::<Vec<_>>()
        .join(" ");
    let args = format!("0 127.0.0.1 {others}");
    let run = invoke(
        net.client(),
        "--allow icmp.echo=127.0.0.1",
        ICMP_FACTS.path(),
        &args,
    )
    .run();
    assert!(
        run.output.stdout.matches("denied capability").count() == 5000,
        "each is refused"
    );
    assert!(
        run.log.of("denied").len() < 2000,
        "{} records",
        run.log.of("denied").len()
    );
}

fn the_record_comes_before_the_act() {
    let net = Topology::line();
    let log = tempfile::NamedTempFile::new().unwrap();
    let trace = tempfile::NamedTempFile::new().unwrap();
    let args =
        ["-f", "-qq", "-s", "4096", "-e", "trace=socket,write", "-o"].map(std::ffi::OsStr::new);
    let args: Vec<_> = args.into_iter().chain([trace.path().as_os_str()]).collect();
    let command = nethost(net.client())
        .words("run --allow icmp.echo --audit")
        .arg(log.path());
    let output = command
        .arg(ICMP_FACTS.path())
        .words(&format!("1 {SERVER}"))
        .under("strace", &args)
        .run();
    assert_eq!(output.code, 0, "{output}");
    let calls = std::fs::read_to_string(trace.path()).unwrap();
    let record = calls
        .find("\\\"event\\\":\\\"open\\\"")
        .unwrap_or_else(|| panic!("no record in {calls}"));
    let socket = calls
        .find("socket(AF_INET")
        .unwrap_or_else(|| panic!("no socket in {calls}"));
    assert!(record < socket, "{calls}");
}
