//! The two processes of a run: the one with the plugin holds no privilege, and neither outlives the other.

use crate::case::cases;
use crate::probes::WAITS;
use nethost_tests::audit::Log;
use nethost_tests::command::Running;
use nethost_tests::host::nethost;
use nethost_tests::topology::Topology;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::time::Duration;

cases! {
    [Netns] => {
        the_plugin_s_process_has_none,
        a_killed_plugin_leaves_no_broker,
        a_killed_broker_ends_the_plugin,
    }
}

fn waiting(net: &Topology, log: &Path) -> (Running, i32) {
    let command = nethost(net.client())
        .words("run --audit")
        .arg(log)
        .arg(WAITS.path());
    let running = command.patience(Duration::from_secs(20)).spawn();
    running.expect("ready");
    let pid = running.pid();
    let children = std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap();
    let broker = children.trim().parse().expect("one child, the broker");
    (running, broker)
}

fn status(pid: i32, field: &str) -> String {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{field}:")));
    line.unwrap_or_default().trim().to_owned()
}

fn the_plugin_s_process_has_none() {
    let net = Topology::alone();
    let log = tempfile::NamedTempFile::new().unwrap();
    let (running, broker) = waiting(&net, log.path());
    let own = running.pid();
    for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        assert_eq!(status(own, set), "0".repeat(16), "{set}");
    }
    assert_eq!(status(own, "NoNewPrivs"), "1");
    assert_eq!(status(own, "Seccomp"), "2");
    assert_ne!(
        status(broker, "CapEff"),
        "0".repeat(16),
        "the privileges are nowhere"
    );
    running.signal(Signal::SIGTERM);
    assert_eq!(running.finish().code, 7);
}

fn a_killed_plugin_leaves_no_broker() {
    let net = Topology::alone();
    let log = tempfile::NamedTempFile::new().unwrap();
    let (running, broker) = waiting(&net, log.path());
    running.signal(Signal::SIGKILL);
    let _ = running.finish();
    for _ in 0..100 {
        // A broker that has ended may still wait to be reaped by whoever adopted it.
        let gone = std::fs::read_to_string(format!("/proc/{broker}/stat"))
            .map_or(true, |stat| stat.contains(") Z "));
        if gone {
            let log = Log::read(log.path());
            let end = log.only("run-end");
            assert_eq!(end["exit"], 137, "{end}");
            assert!(
                end["stopped"]
                    .as_str()
                    .is_some_and(|why| why.contains("gone")),
                "{end}"
            );
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the broker lives on");
}

fn a_killed_broker_ends_the_plugin() {
    let net = Topology::alone();
    let log = tempfile::NamedTempFile::new().unwrap();
    let (running, broker) = waiting(&net, log.path());
    kill(Pid::from_raw(broker), Signal::SIGKILL).unwrap();
    let output = running.finish();
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("privileges is gone"), "{output}");
}
