//! uname beside the native one.

use crate::case::cases;
use nethost_tests::command::Command;
use nethost_tests::host::invoke;
use nethost_tests::topology::Topology;

cases! {
    [Netns] in each way => { needs_a_grant, json_has_each_fact }
    [Netns, Program("uname")] in each way => { prints_the_same }
}

fn needs_a_grant() {
    let net = Topology::alone();
    let run = invoke(net.client(), "--deny system.read", "uname", "-a")
        .run()
        .output;
    assert_eq!(run.code, 1, "{run}");
    assert!(run.stderr.contains("system.read"), "{run}");
    assert_eq!(run.stdout, "", "{run}");
}

fn json_has_each_fact() {
    let net = Topology::alone();
    let json = invoke(net.client(), "", "uname", "--json")
        .run()
        .output
        .stdout;
    let facts: serde_json::Value = serde_json::from_str(&json).unwrap();
    let release = Command::new("uname").words("-r").run().stdout;
    assert_eq!(facts["kernel-release"], release.trim_end(), "{json}");
    let node = Command::new("uname").words("-n").run().stdout;
    assert_eq!(facts["nodename"], node.trim_end(), "{json}");
}

fn prints_the_same() {
    let net = Topology::alone();
    for args in [
        "",
        "-a",
        "-s",
        "-n",
        "-r",
        "-v",
        "-m",
        "-p",
        "-i",
        "-o",
        "-sr",
        "-srm",
        "-rns",
        "-ap",
        "-ai",
        "-pi",
        "-mo",
        "--all",
        "--kernel-name",
        "--nodename",
        "--kernel-release",
        "--kernel-version",
        "--machine",
        "--processor",
        "--hardware-platform",
        "--operating-system",
        "--kernel-r",
        "--release",
        "--sysname",
        "--kernel",
        "--k",
        "-x",
        "-ax",
        "--nope",
        "--all=1",
        "foo",
        "-a foo",
        "foo -a",
        "-- -a",
        "-s -s",
        "-r -a",
    ] {
        let ours = invoke(net.client(), "", "uname", args).run().output;
        let native = Command::new("uname").words(args).run();
        assert_eq!(
            (ours.code, &ours.stdout, &ours.stderr),
            (native.code, &native.stdout, &native.stderr),
            "uname {args}"
        );
    }
}
