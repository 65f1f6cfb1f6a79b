//! Facts about the machine.

use super::allowed;
use crate::case::cases;
use crate::probes::SYSTEM_FACTS;
use nethost_tests::command::Command;
use nethost_tests::host::invoke;
use nethost_tests::strace::opens;
use nethost_tests::topology::Topology;

cases! {
    [Netns, Program("strace")] in each way => { is_denied }
    [Netns, Program("uname")] in each way => { is_allowed }
}

fn is_denied() {
    let net = Topology::alone();
    let run = invoke(net.client(), "", SYSTEM_FACTS.path(), "").traced();
    for fact in ["uname", "os-release", "uptime", "process", "kernels"] {
        let line = format!("{fact} denied capability=\"system.read\"");
        assert!(
            run.output.stdout.contains(&line),
            "no {line:?} in {}",
            run.output
        );
    }
    assert_eq!(run.log.of("denied").len(), 5, "{:#?}", run.log);
    assert!(run.log.of("open").is_empty());
    for path in ["/etc/os-release", "/usr/lib/os-release", "/lib/modules"] {
        assert!(opens(&run.calls, path).is_empty(), "{:#?}", run.calls);
    }
}

fn is_allowed() {
    let net = Topology::alone();
    let run = allowed(net.client(), "--allow system.read", SYSTEM_FACTS, "");
    let native = Command::new("uname").words("-srm").succeed().stdout;
    assert!(
        run.output.stdout.contains(&format!("uname {native}")),
        "{}",
        run.output
    );
    let uptime = run
        .output
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("uptime "))
        .unwrap();
    let native = std::fs::read_to_string("/proc/uptime").unwrap();
    let native: f64 = native.split(' ').next().unwrap().parse().unwrap();
    assert!(
        (uptime.parse::<f64>().unwrap() / 1e9 - native).abs() < 60.0,
        "{uptime} is not about {native}"
    );
    if std::path::Path::new("/etc/os-release").exists() {
        assert!(
            run.output.stdout.contains("os-release ID "),
            "{}",
            run.output
        );
        assert!(
            !run.output.stdout.contains('"'),
            "values are unquoted: {}",
            run.output
        );
    }
}
