//! `nethost test`: the bundled tools in scripted worlds, and what is said when a case fails. Nothing here needs a
//! network, a namespace or a privilege.

use crate::case::cases;
use nethost_tests::host::{nethost_here, sources};
use nethost_tests::probe;
use serde_json::Value;
use std::time::Instant;

cases! {
    first round;
    [] => {
        rules_of_the_command_line_count_for_every_case, what_plugin_toml_does_not_ask_for_is_told,
        tools_do_what_their_scenarios_say, each_kind_of_failure_is_told, what_is_not_there_is_named,
        a_run_is_the_same_each_time, an_hour_takes_a_moment, mistakes_in_a_scenario_are_named,
        a_denial_reads_as_on_the_real_host, tools_end_whatever_is_denied, it_answers_what_the_real_host_is_tested_with,
    }
}

const TOOLS: [&str; 6] = ["curl", "dig", "nc", "ping", "traceroute", "whois"];

fn scenario(name: &str) -> String {
    let path = sources().join("scenarios").join(name);
    path.to_str().unwrap().to_owned()
}

/// The reports of a scenario, with the exit code.
fn reports(tool: &str, name: &str) -> (i32, Vec<Value>) {
    let file = scenario(name);
    let output = nethost_here().args(["test", "--json", tool, &file]).run();
    let lines = output.stdout.lines();
    let reports = lines.map(|line| serde_json::from_str(line).unwrap());
    (output.code, reports.collect())
}

/// The problems of a case, as one text.
fn problems(reports: &[Value], case: &str) -> String {
    let report = reports.iter().find(|report| report["case"] == case);
    let report = report.unwrap_or_else(|| panic!("no case {case}"));
    assert_eq!(report["passed"], false, "{report}");
    let all = report["problems"].as_array().unwrap().iter();
    all.map(|one| one.as_str().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

fn tools_do_what_their_scenarios_say() {
    for tool in TOOLS {
        let file = scenario(&format!("{tool}.toml"));
        let output = nethost_here().args(["test", tool, &file]).succeed();
        let last = output.stdout.lines().last().unwrap();
        let (passed, all) = last.split_once(" of ").unwrap();
        assert!(all.starts_with(&format!("{passed} passed")), "{output}");
    }
}

fn each_kind_of_failure_is_told() {
    let (code, reports) = reports("ping", "failing/ping.toml");
    assert_eq!(code, 1);
    for (case, said) in [
        ("exit", "the exit code was 0, not 3"),
        (
            "stdout",
            "    - 1 packets transmitted, 0 received, 100% packet loss, time 0ms\n    \
             + 1 packets transmitted, 1 received, 0% packet loss, time 0ms\n",
        ),
        (
            "requests",
            "    - icmp.echo to 192.0.2.9\n    + icmp.echo to 192.0.2.1",
        ),
        (
            "late",
            "the plugin did not end: it was still running after 10s",
        ),
        (
            "multicast",
            "the mock host has no multicast or broadcast (224.0.0.1) yet",
        ),
        ("file", "there is no file /tmp/out after the run"),
        ("soon", "it took 2.02s on the virtual clock, more than 1s"),
    ] {
        let told = problems(&reports, case);
        assert!(told.contains(said), "{case}: {told}");
    }
    let shown = nethost_here()
        .args([
            "test",
            "ping",
            &scenario("failing/ping.toml"),
            "--case",
            "exit",
        ])
        .run();
    assert_eq!(shown.code, 1);
    let lines: Vec<&str> = shown.stdout.lines().collect();
    assert!(lines[0].starts_with("FAIL exit ("), "{shown}");
    assert_eq!(
        lines[1..],
        ["  the exit code was 0, not 3", "0 of 1 passed"]
    );
}

fn what_is_not_there_is_named() {
    let (code, reports) = reports("nc", "failing/nc.toml");
    assert_eq!(code, 1);
    for (case, said) in [
        (
            "dialogue",
            "192.0.2.1:25 expected \"HELO\\n\", and the plugin sent \"QUIT\\n\"",
        ),
        (
            "unix",
            "the mock host has no unix yet: the plugin called nethost:cap/unix ",
        ),
        (
            "listener",
            "the plugin never ended: it waits for something that this scenario never does",
        ),
    ] {
        let told = problems(&reports, case);
        assert!(told.contains(said), "{case}: {told}");
    }
}

fn rules_of_the_command_line_count_for_every_case() {
    let file = scenario("ping.toml");
    let words = [
        "test",
        "ping",
        &file,
        "--case",
        "IPv6",
        "--deny",
        "icmp.echo",
    ];
    let output = nethost_here().args(words).run();
    assert_eq!(output.code, 1, "{output}");
    assert!(
        output.stdout.contains("denied: icmp.echo to 2001:db8::1"),
        "{output}"
    );
    for option in ["--policy", "--audit"] {
        let output = nethost_here()
            .args(["test", "ping", &file, option, "/dev/null"])
            .run();
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stderr.contains("not for `nethost test`"), "{output}");
    }
}

fn what_plugin_toml_does_not_ask_for_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    std::fs::write(&file, "[[case]]\nname = 'a'\nargs = ['1', '192.0.2.1']\n").unwrap();
    let output = nethost_here()
        .arg("test")
        .arg(probe::component("icmp_facts"))
        .arg(&file)
        .run();
    assert_eq!(output.code, 1, "{output}");
    let said = "plugin.toml does not ask for icmp.echo to 192.0.2.1";
    assert!(output.stdout.contains(said), "{output}");
}

fn a_run_is_the_same_each_time() {
    let told = || {
        let (_, mut reports) = reports("dig", "dig.toml");
        for report in &mut reports {
            report.as_object_mut().unwrap().remove("seconds");
        }
        reports
    };
    let first = told();
    assert!(!first.is_empty());
    assert_eq!(first, told());
}

fn an_hour_takes_a_moment() {
    let file = scenario("ping.toml");
    let started = Instant::now();
    let output = nethost_here()
        .args(["test", "ping", &file, "--json", "--case", "an hour"])
        .succeed();
    let report: Value = serde_json::from_str(output.stdout.trim()).unwrap();
    assert!(
        report["virtual_seconds"].as_f64().unwrap() > 3590.0,
        "{report}"
    );
    assert!(started.elapsed().as_secs() < 60, "{report}");
}

fn mistakes_in_a_scenario_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.toml");
    for (text, said) in [
        ("", "missing field `case`"),
        ("[[case]]\nname = 'a'\nargs = 1", "s.toml:3:"),
        (
            "[[case]]\nname = 'a'\n[case.expect]\noutput = 'x'",
            "s.toml:4: unknown field `output`",
        ),
        (
            "[[host]]\naddress = '192.0.2.1'\nrtt = 'soon'\n[[case]]\nname = 'a'",
            "a length of time",
        ),
        (
            "files = { x = { file = 'none.bin' } }\n[[case]]\nname = 'a'",
            "none.bin",
        ),
    ] {
        std::fs::write(&file, text).unwrap();
        let output = nethost_here()
            .args(["test", "ping", file.to_str().unwrap()])
            .run();
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stderr.contains(said), "{text}: {output}");
    }
    std::fs::write(&file, "[[case]]\nname = 'a'\ndeny = ['icmp.ecko']").unwrap();
    let output = nethost_here()
        .args(["test", "ping", file.to_str().unwrap()])
        .run();
    assert_eq!(output.code, 1, "{output}");
    assert!(output.stdout.contains("icmp.ecko"), "{output}");
}

fn a_denial_reads_as_on_the_real_host() {
    let (code, reports) = reports("ping", "ping.toml");
    assert_eq!(code, 0, "{reports:?}");
    let denied = reports
        .iter()
        .find(|report| report["case"] == "denied")
        .unwrap();
    let mocked = denied["stderr"].as_str().unwrap();
    let real = nethost_here()
        .words("--audit /dev/null --deny icmp.echo=192.0.2.1 ping -c 1 192.0.2.1")
        .run();
    let plain = |text: &str, flag: &str| text.trim().replace(flag, "RULE");
    assert_eq!(
        plain(mocked, "deny icmp.echo=192.0.2.1"),
        plain(&real.stderr, "--deny icmp.echo=192.0.2.1")
    );
    assert_eq!(denied["exit"], real.code);
}

/// The probes make every call of an interface, also the malformed ones, and drop handles in every order.
fn it_answers_what_the_real_host_is_tested_with() {
    let mut count = 0;
    for entry in std::fs::read_dir(sources().join("scenarios/probes")).unwrap() {
        let file = entry.unwrap().path();
        let name = file.file_stem().unwrap().to_str().unwrap();
        let component = probe::component(name);
        let output = nethost_here().arg("test").arg(component).arg(&file).run();
        assert_eq!(output.code, 0, "{name}: {output}");
        count += 1;
    }
    assert!(count >= 15, "{count}");
}

fn tools_end_whatever_is_denied() {
    for tool in TOOLS {
        let file = scenario(&format!("{tool}.toml"));
        let output = nethost_here()
            .args(["test", "--deny-each", tool, &file])
            .succeed();
        assert!(output.stdout.contains(", without "), "{output}");
    }
}
