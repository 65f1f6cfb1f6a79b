//! sar beside sysstat's.

use crate::case::{cases, sampled};
use nethost_tests::command::Output;
use nethost_tests::host::invoke;
use nethost_tests::namespace::Namespace;
use nethost_tests::topology::Topology;

cases! {
    [Netns] in each way => { needs_a_grant, json_has_each_fact }
    [Netns, Program("sar")] in each way => { prints_the_same_tables }
    [Netns, Program("sar"), Program("ping")] => { counts_the_same, refuses_the_same }
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "sar", args).run().output
}

fn native(node: &Namespace, args: &str) -> Output {
    node.command("sar").words(args).run()
}

fn needs_a_grant() {
    let net = Topology::alone();
    let run = invoke(net.client(), "--deny counters.read", "sar", "-n DEV 1 1")
        .run()
        .output;
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("counters.read"), "{run}");
    assert_eq!(run.stdout, "", "{run}");
}

/// Times are those of the run. In a network where nothing happens all rates are zero.
fn without_times(text: &str) -> String {
    let line = |line: &str| {
        let is_time = line.len() > 8 && line.as_bytes()[2] == b':' && line.as_bytes()[5] == b':';
        match is_time {
            true => format!("HH:MM:SS{}\n", &line[8..]),
            false => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

fn prints_the_same_tables() {
    let net = Topology::alone();
    for args in sampled([
        "-n DEV 1 1",
        "-n EDEV 1 1",
        "-n DEV,EDEV 1 1",
        "-n IP,EIP,ICMP,EICMP,TCP,ETCP,UDP 1 1",
        "-n IP6,EIP6,ICMP6,EICMP6,UDP6 1 1",
        "-n SOCK6 1 1",
        "-n TCP 1 2",
        "-n UDP,TCP 1 2",
        "-n NFS,NFSD 1 1",
        "-n DEV --iface=lo 1 1",
        "-n DEV --iface=nosuch 1 1",
        "-h -n DEV 1 1",
        "--pretty -n EDEV 1 1",
        "-z -n DEV 1 1",
        "--dec=0 -n TCP 1 1",
        "--dec=1 -n DEV 1 1",
    ]) {
        let (ours, native) = (ours(net.client(), args), native(net.client(), args));
        assert_eq!(
            (ours.code, without_times(&ours.stdout), &ours.stderr),
            (native.code, without_times(&native.stdout), &native.stderr),
            "sar {args}"
        );
    }
}

/// The columns and lines of what changes from moment to moment, and figures that traffic makes.
fn counts_the_same() {
    let net = Topology::alone();
    let heads = |text: &str| -> Vec<String> {
        let shown = without_times(text);
        shown
            .lines()
            .map(|line| line.chars().take(20).collect())
            .collect()
    };
    for args in [
        "-u 1 1",
        "-r 1 1",
        "-q 1 1",
        "-u -P ALL 1 1",
        "-n SOFT 1 1",
        "-n SOCK 1 1",
    ] {
        let (ours, native) = (ours(net.client(), args), native(net.client(), args));
        let columns = |text: &str| text.lines().nth(2).map(|line| line[8..].to_owned());
        assert_eq!(columns(&ours.stdout), columns(&native.stdout), "sar {args}");
        let count = |text: &str| text.lines().count();
        assert_eq!(count(&ours.stdout), count(&native.stdout), "sar {args}");
        assert_eq!(
            heads(&ours.stdout)[0],
            heads(&native.stdout)[0],
            "sar {args}"
        );
    }
    let traffic = net
        .client()
        .command("ping")
        .words("-q -i 0.1 -c 60 127.0.0.1")
        .spawn();
    let run = ours(net.client(), "--json -n DEV,ICMP 2 1");
    drop(traffic);
    let first: serde_json::Value =
        serde_json::from_str(run.stdout.lines().next().unwrap_or_default()).unwrap();
    // Ten requests a second, and their replies.
    let packets = first["DEV"][0]["rxpck/s"].as_f64().unwrap();
    assert!((10.0..=40.0).contains(&packets), "{run}");
    let echoes = first["ICMP"]["iech/s"].as_f64().unwrap();
    assert!((5.0..=20.0).contains(&echoes), "{run}");
}

fn refuses_the_same() {
    let net = Topology::alone();
    for args in [
        "-n FOO 1 1",
        "-n",
        "-Z",
        "a",
        "1 0",
        "-n DEV 1 2 3",
        "--dec=7 1",
    ] {
        let (ours, native) = (ours(net.client(), args), native(net.client(), args));
        assert_eq!(ours.code, native.code, "sar {args}\n{ours}{native}");
    }
}

fn json_has_each_fact() {
    let net = Topology::alone();
    let run = ours(net.client(), "--json -n DEV,SOCK 1 1");
    let first: serde_json::Value =
        serde_json::from_str(run.stdout.lines().next().unwrap_or_default()).unwrap();
    assert_eq!(first["DEV"][0]["iface"], "lo", "{run}");
    for column in ["rxpck/s", "txpck/s", "rxkB/s", "txkB/s", "%ifutil"] {
        assert!(first["DEV"][0][column].is_number(), "{column}: {run}");
    }
    assert!(
        first["SOCK"].is_object() || first["SOCK"].is_array(),
        "{run}"
    );
}
