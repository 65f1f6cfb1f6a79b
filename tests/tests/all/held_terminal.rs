//! A terminal that is held (Ctrl-S, tcflow(3)) takes no output. What is open is closed on record nevertheless, and the
//! terminal is put back once it goes on.

use crate::case::cases;
use crate::probes::TERMINAL_ABANDONS;
use nethost_tests::audit::Log;
use nethost_tests::host::nethost;
use nethost_tests::privilege::{log_of, open_folder};
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;
use std::path::PathBuf;
use std::time::Duration;

cases! {
    [Netns] in each way => {
        a_killed_run_is_closed_on_record,
        an_interrupted_run_ends_and_is_closed_on_record,
        a_run_whose_time_is_over_ends,
    }
}

/// Leaving the alternate screen, as xterm has it.
const LEAVES: &str = "\u{1b}[?1049l";

/// Waits for the last record.
fn ended((log, before): &(PathBuf, u64)) -> Log {
    for _ in 0..500 {
        if log.exists() {
            let read = Log::read_from(log, *before);
            if !read.of("run-end").is_empty() {
                return read;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no end on record");
}

fn opens_are_closed(log: &Log) {
    let opened = log.of("open").len();
    assert!(opened > 0 && log.of("close").len() == opened, "{log:#?}");
}

fn with_a_window(signals: &[Signal]) {
    let net = Topology::alone();
    let (terminal, folder) = (Terminal::new(80, 24), open_folder());
    let (before, log) = (terminal.settings(), folder.path().join("audit.jsonl"));
    let command = nethost(net.client())
        .words("run --allow terminal.raw --audit")
        .arg(&log)
        .arg(TERMINAL_ABANDONS.path())
        .arg("wait");
    let log = log_of(&command, &log);
    let running = terminal.start(command);
    terminal.expect("screen is up");
    terminal.hold(true);
    for signal in signals {
        running.signal(*signal);
        std::thread::sleep(Duration::from_millis(200));
    }
    opens_are_closed(&ended(&log));
    assert_ne!(running.finish().code, 0);
    assert!(!terminal.shown().contains(LEAVES));
    terminal.hold(false);
    terminal.expect(LEAVES);
    assert_eq!(terminal.settings(), before);
}

fn a_killed_run_is_closed_on_record() {
    with_a_window(&[Signal::SIGKILL]);
}

fn an_interrupted_run_ends_and_is_closed_on_record() {
    with_a_window(&[Signal::SIGINT]);
    // One that waits to print.
    let net = Topology::alone();
    let (terminal, folder) = (Terminal::new(80, 24), open_folder());
    let log = folder.path().join("audit.jsonl");
    let command = nethost(net.client())
        .arg("--audit")
        .arg(&log)
        .words("run ping -n -i 0.1 127.0.0.1");
    let log = log_of(&command, &log);
    let running = terminal.start(command);
    terminal.expect("icmp_seq=2");
    terminal.hold(true);
    std::thread::sleep(Duration::from_millis(500));
    for _ in 0..2 {
        running.signal(Signal::SIGINT);
        std::thread::sleep(Duration::from_millis(200));
    }
    opens_are_closed(&ended(&log));
    assert_eq!(running.finish().code, 130);
    terminal.hold(false);
}

fn a_run_whose_time_is_over_ends() {
    let net = Topology::alone();
    let (terminal, folder) = (Terminal::new(80, 24), open_folder());
    let log = folder.path().join("audit.jsonl");
    let policy = folder.path().join("policy.toml");
    let text = "version = 1\n[limits]\ntime = \"2s\"\n[[plugin]]\nname = \"*\"\nallow = [{ cap = \"*\" }]\n";
    std::fs::write(&policy, text).unwrap();
    let command = nethost(net.client())
        .arg("--audit")
        .arg(&log)
        .arg("--policy")
        .arg(&policy)
        .words("run ping -n -i 0.1 127.0.0.1");
    let log = log_of(&command, &log);
    let running = terminal.start(command);
    terminal.expect("icmp_seq=2");
    terminal.hold(true);
    opens_are_closed(&ended(&log));
    terminal.hold(false);
    assert_eq!(running.finish().code, 2);
}
