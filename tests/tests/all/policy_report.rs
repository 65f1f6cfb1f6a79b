//! Report-only rules of the system's policy: recorded as what would be denied, and let through.

use crate::case::cases;
use nethost_tests::etc::Etc;
use nethost_tests::host::{invoke, nethost, nethost_here};
use nethost_tests::server::Echo;
use nethost_tests::topology::Topology;

cases! {
    first round;
    [Netns] in each way => {
        what_a_report_only_rule_would_deny_is_recorded_and_done,
        every_request_can_be_reported,
        only_the_systems_policy_reports,
    }
    [] => { check_tells_what_would_be_denied }
}

const POLICY: &str = r#"version = 1
[[plugin]]
name = "*"
allow = [{ cap = "icmp.echo", to = ["127.0.0.0/28"] }]
deny = [
    { cap = "icmp.echo", to = ["127.0.0.2"] },
    { cap = "icmp.echo", to = ["127.0.0.2/31", "127.0.0.64"], mode = "report" },
]
"#;

fn what_a_report_only_rule_would_deny_is_recorded_and_done() {
    let net = Topology::alone();
    let etc = Etc::with_policy(POLICY);
    let run = |options: &str, target: &str| {
        invoke(net.client(), options, "ping", &format!("-n -c 1 {target}"))
            .with(|command| etc.seen_by(command))
            .run()
    };
    let reported = run("", "127.0.0.3");
    let open = reported.log.only("open");
    assert_eq!(open["decision"], "allowed");
    assert_eq!(
        open["report"],
        serde_json::json!([{ "rule": "/etc/nethost/policy.toml:7:5" }])
    );
    assert_eq!(reported.log.of("denied").len(), 0, "{}", reported.output);
    assert!(
        reported.log.total("packets_received") > 0,
        "{}",
        reported.output
    );
    let untouched = run("", "127.0.0.1");
    assert!(untouched.log.only("open")["report"].is_null());
    // What an enforced rule denies is denied by that rule, and what nothing allows stays so.
    for (options, target, rule) in [
        ("", "127.0.0.2", "/etc/nethost/policy.toml:6:5"),
        (
            "",
            "127.0.0.64",
            "no rule of /etc/nethost/policy.toml allows it",
        ),
        (
            "--deny icmp.echo=127.0.0.3",
            "127.0.0.3",
            "--deny icmp.echo=127.0.0.3",
        ),
    ] {
        let denied = run(options, target);
        let record = denied.log.only("denied");
        assert_eq!(record["policy"]["rule"], rule, "{target}");
        assert!(record["report"].is_null());
        assert_eq!(denied.log.of("open").len(), 0);
    }
}

fn every_request_can_be_reported() {
    let net = Topology::alone();
    let _echo = Echo::start(net.client(), 7);
    let etc = Etc::with_policy(
        "version = 1\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\" }]\ndeny = [{ cap = \"*\", mode = \"report\" }]\n",
    );
    let mut reported = std::collections::BTreeSet::new();
    let mut sets = 0;
    for (tool, args) in [
        ("ping", "-c 1 localhost"),
        ("ip", "addr"),
        ("ss", "-t"),
        ("uname", "-n"),
        ("nc", "-z 127.0.0.1 7"),
        ("dig", "@127.0.0.1 -p 9 +tries=1 +time=1 x.test"),
        ("nmap", "-sT -Pn -p 7-9 127.0.0.0/30"),
        ("traceroute", "-m 1 -q 1 127.0.0.1"),
        ("arp", "-n"),
        ("ping", "-c 1 127.0.0.1-3"),
    ] {
        let run = invoke(net.client(), "", tool, args)
            .with(|command| etc.seen_by(command))
            .run();
        assert_eq!(run.log.of("denied").len(), 0, "{tool}: {}", run.output);
        let opened = run.log.of("open");
        assert!(!opened.is_empty(), "{tool}: {}", run.output);
        for open in opened {
            let rule = &open["report"][0]["rule"];
            assert_eq!(rule, "/etc/nethost/policy.toml:5:9", "{tool}: {open:#}");
            let is_set = open["target"]["kind"] == "set";
            assert_eq!(open["report"][0]["count"].is_u64(), is_set, "{open:#}");
            sets += u32::from(is_set);
            reported.insert(open["cap"].as_str().unwrap().to_owned());
        }
    }
    assert!(reported.len() >= 8 && sets > 0, "{sets} {reported:?}");
}

fn only_the_systems_policy_reports() {
    let net = Topology::alone();
    let etc = Etc::with_policy(POLICY);
    let own = tempfile::Builder::new().suffix(".toml").tempfile().unwrap();
    std::fs::write(own.path(), POLICY).unwrap();
    let options = format!("--policy {} ping -c 1 127.0.0.1", own.path().display());
    let command = nethost(net.client())
        .words("--audit /dev/null")
        .words(&options);
    let output = etc.seen_by(command).run();
    assert_eq!(
        (output.code, output.stderr.lines().count()),
        (2, 1),
        "{output}"
    );
    for part in [
        ":7:70: ",
        "only the system's policy, /etc/nethost/policy.toml, can have report-only rules",
    ] {
        assert!(output.stderr.contains(part), "{output}");
    }
}

fn check_tells_what_would_be_denied() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.toml"), POLICY).unwrap();
    let check = |words: &str| {
        let command = nethost_here()
            .directory(folder.path())
            .words("policy check p.toml");
        command.words(words).run()
    };
    let output = check("--cap icmp.echo --to 127.0.0.3");
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(
        output.stdout,
        "allowed by p.toml:4:10\n  would be denied by p.toml:7:5\n\
         \x20 deny  p.toml:6:5: its `to` names other targets\n\
         \x20 report p.toml:7:5: covers it\n\
         \x20 allow p.toml:4:10: covers it\n"
    );
    let output = check("--cap icmp.echo --to 127.0.0.0/28");
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output
            .stdout
            .contains("127.0.0.3: would be denied by p.toml:7:5\n"),
        "{output}"
    );
    let output = check("--cap icmp.echo --to 127.0.0.3 --json");
    let answer: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(answer["answer"]["reported"], "p.toml:7:5");
    assert_eq!(answer["answer"]["considered"][1]["effect"], "report");
}
