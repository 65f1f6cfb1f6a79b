//! os-release beside what it reads, and lsb_release beside the native one.

use crate::case::cases;
use nethost_tests::command::Command;
use nethost_tests::host::invoke;
use nethost_tests::topology::Topology;

cases! {
    [Netns] in each way => { needs_a_grant, prints_the_files, json_has_each_fact }
    [Netns, Program("lsb_release")] in each way => { lsb_release_is_the_same }
}

fn needs_a_grant() {
    let net = Topology::alone();
    for (tool, args) in [
        ("os-release", ""),
        ("os-release", "-p"),
        ("os-release", "-k"),
        ("os-release", "ID"),
        ("lsb_release", "-a"),
    ] {
        let run = invoke(net.client(), "--deny system.read", tool, args)
            .run()
            .output;
        assert_eq!(run.code, 1, "{tool} {args}: {run}");
        assert!(run.stderr.contains("system.read"), "{tool} {args}: {run}");
        assert_eq!(run.stdout, "", "{tool} {args}: {run}");
    }
}

fn lsb_release_is_the_same() {
    let net = Topology::alone();
    for args in [
        "",
        "-a",
        "-i",
        "-d",
        "-r",
        "-c",
        "-s",
        "-as",
        "-is",
        "-ds",
        "-rs",
        "-cs",
        "-v",
        "-va",
        "-sa",
        "--all",
        "--id",
        "--description",
        "--release",
        "--codename",
        "--short",
        "--version",
        "--all --short",
        "--cod",
        "--rel -s",
        "-i -c",
        "-c -i",
        "-a foo",
        "foo",
        "-x",
        "--nope",
        "-ax",
        "--id=3",
    ] {
        let ours = invoke(net.client(), "", "lsb_release", args).run().output;
        let native = Command::new("lsb_release").words(args).run();
        assert_eq!(
            (ours.code, &ours.stdout, &ours.stderr),
            (native.code, &native.stdout, &native.stderr),
            "lsb_release {args}"
        );
    }
}

fn prints_the_files() {
    let net = Topology::alone();
    let ours = |args| invoke(net.client(), "", "os-release", args).run().output;
    let shell = |line: &str| Command::new("sh").args(["-c", line]).run().stdout;
    assert_eq!(ours("").stdout, shell("cat /etc/*release"));
    assert_eq!(ours("-p").stdout, shell("cat /proc/version"));
    assert_eq!(ours("-k").stdout, shell("ls /lib/modules 2>/dev/null"));
    let id = shell(". /etc/os-release; echo $ID; echo $VERSION_ID");
    assert_eq!(ours("ID VERSION_ID").stdout, id);
    let missing = ours("NO_SUCH_KEY");
    assert_eq!((missing.code, &*missing.stdout), (1, ""));
}

fn json_has_each_fact() {
    let net = Topology::alone();
    let json = invoke(net.client(), "", "os-release", "-a --json")
        .run()
        .output
        .stdout;
    let facts: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(
        facts["os-release"]["ID"].is_string() && facts["files"].is_array(),
        "{json}"
    );
    assert!(facts["kernel-version"].is_string(), "{json}");
}
