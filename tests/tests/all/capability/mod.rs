//! Each capability: denied, allowed, malformed, handle dropped.

pub(crate) mod files;
pub(crate) mod icmp;
pub(crate) mod netlink;
pub(crate) mod raw_ip;
pub(crate) mod resolver;
pub(crate) mod system;
pub(crate) mod tcp;
pub(crate) mod terminal;
pub(crate) mod tls;
pub(crate) mod udp;
pub(crate) mod unix;

use crate::probes::Probe;
use nethost_tests::host::{Recorded, invoke};
use nethost_tests::namespace::Namespace;
use nethost_tests::strace::network_calls;

/// Runs a probe that nothing is granted to, and expects what every denial has: the probe is told, one
/// record says so, and no network call was made.
pub(crate) fn denied(
    node: &Namespace,
    probe: Probe,
    args: &str,
    capability: &str,
    target: &str,
) -> Recorded {
    let run = invoke(node, "", probe.path(), args).traced();
    assert!(
        run.output.stdout.contains(&format!(
            "denied capability={capability:?} target={target:?}"
        )),
        "{}",
        run.output
    );
    assert!(
        run.output.stdout.contains(&format!("--allow {capability}")),
        "no remedy in {}",
        run.output
    );
    assert_eq!(
        network_calls(&run.calls),
        Vec::<&str>::new(),
        "{}",
        run.output
    );
    let record = run.log.only("denied");
    assert_eq!(record["cap"], capability, "{record}");
    assert_eq!(record["decision"], "denied", "{record}");
    assert_eq!(record["target"]["resolved"], target, "{record}");
    assert!(record["policy"]["rule"].is_string(), "{record}");
    assert!(
        run.log.of("open").is_empty() && run.log.of("close").is_empty(),
        "{:#?}",
        run.log
    );
    // The remedy is what the operator pastes, so it must be one.
    let remedy = run
        .output
        .stdout
        .split_once("remedy=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .map(|(remedy, _)| remedy)
        .unwrap_or_else(|| panic!("no remedy in {}", run.output));
    let remedied = invoke(node, remedy, probe.path(), args).run();
    assert!(
        !remedied.log.of("open").is_empty(),
        "{remedy:?} is none: {}",
        remedied.output
    );
    run
}

/// Runs a probe with what it needs and expects a clean end, and a close for each open.
pub(crate) fn allowed(node: &Namespace, options: &str, probe: Probe, args: &str) -> Recorded {
    let run = invoke(node, options, probe.path(), args).run();
    assert_eq!(run.output.code, 0, "{}", run.output);
    closed(&run);
    run
}

/// Each thing opened is closed once, with its totals, and before the run ends.
pub(crate) fn closed(run: &Recorded) {
    let handles = |event: &str| {
        let mut handles: Vec<_> = run
            .log
            .of(event)
            .iter()
            .map(|record| record["handle"].as_u64())
            .collect();
        handles.sort_unstable();
        handles
    };
    assert_eq!(handles("open"), handles("close"), "{:#?}", run.log);
    for record in run.log.of("close") {
        assert!(
            record["counters"]["ms"].is_number() && !record["outcome"].is_null(),
            "{record}"
        );
    }
    assert_eq!(
        run.log.0.first().map(|record| &record["event"]),
        Some(&"run-start".into())
    );
    assert_eq!(
        run.log.0.last().map(|record| &record["event"]),
        Some(&"run-end".into())
    );
}

/// Runs a probe of malformed calls and expects an answer to each, and none accepted.
pub(crate) fn malformed(node: &Namespace, options: &str, probe: Probe, args: &str) -> Recorded {
    let run = invoke(node, options, probe.path(), args).run();
    assert!(
        run.output.stdout.ends_with("accepted 0\n"),
        "{}",
        run.output
    );
    assert_eq!(run.output.code, 0, "{}", run.output);
    assert!(!run.output.stderr.contains("panicked"), "{}", run.output);
    closed(&run);
    run
}

/// Runs a probe that drops and leaves handles and expects its last line.
pub(crate) fn dropped(node: &Namespace, options: &str, probe: Probe, args: &str) -> Recorded {
    let run = allowed(node, options, probe, args);
    assert!(
        run.output.stdout.ends_with("left one open\n"),
        "{}",
        run.output
    );
    run
}
