//! use: what it judges, and how it ends.

use crate::case::cases;
use nethost_tests::host::invoke;
use nethost_tests::topology::Topology;

cases! {
    [Netns] in each way => { needs_a_grant, judges_each_resource, ends_with_1_when_something_is_wrong }
}

fn needs_a_grant() {
    let net = Topology::alone();
    let run = invoke(net.client(), "--deny counters.read", "use", "1")
        .run()
        .output;
    assert_eq!(run.code, 2, "{run}");
    assert!(run.stderr.contains("counters.read"), "{run}");
    assert_eq!(run.stdout, "", "{run}");
}

fn judges_each_resource() {
    let net = Topology::alone();
    let all = invoke(net.client(), "", "use", "-a 1").run().output;
    assert!([0, 1].contains(&all.code), "{all}");
    for what in [
        "lo receive errors",
        "TCP retransmissions",
        "TIME_WAIT of the table",
        "CPU busy",
    ] {
        assert!(all.stdout.contains(what), "no {what}: {all}");
    }
    let kinds: Vec<_> = all
        .stdout
        .lines()
        .skip(1)
        .filter_map(|line| line.split_whitespace().nth(1))
        .collect();
    let first = |kind| kinds.iter().position(|known| *known == kind);
    assert!(first("errors") < first("saturation"), "{all}");
    assert!(first("saturation") < first("utilisation"), "{all}");
}

fn ends_with_1_when_something_is_wrong() {
    let net = Topology::alone();
    let json = invoke(net.client(), "", "use", "--json 1").run().output;
    let mut wrong = false;
    for line in json.stdout.lines() {
        let check: serde_json::Value = serde_json::from_str(line).unwrap();
        let above = check["value"].as_f64().unwrap() > check["limit"].as_f64().unwrap();
        assert_eq!(check["wrong"], above, "{line}");
        wrong |= above;
    }
    assert_eq!(json.code, i32::from(wrong), "{json}");
}
