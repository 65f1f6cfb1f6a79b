//! A plugin that loops, allocates, hoards or fails harms only itself.

use crate::case::cases;
use crate::probes::{ALLOCATES, BUSY_LOOP, MANY_HANDLES, PANICS, PRINTS_ESCAPES, Probe, WAITS};
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::pty::Terminal;
use nethost_tests::topology::{SERVER, Topology};
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns] => {
        a_loop_is_stopped,
        a_loop_is_interrupted,
        memory_is_bounded,
        handles_are_bounded,
        a_panic_is_one_plain_message,
        signals_reach_the_plugin,
        escapes_do_not_reach_a_terminal,
    }
}

fn run(options: &str, probe: Probe, args: &str) -> Output {
    let net = Topology::line();
    let run = invoke(net.client(), options, probe.path(), args).run();
    assert_ne!(run.output.code, 0, "{}", run.output);
    assert!(
        !run.output.stderr.contains("wasm backtrace"),
        "{}",
        run.output
    );
    let end = run.log.only("run-end");
    assert_eq!(end["exit"], run.output.code, "{end}");
    run.output
}

fn a_loop_is_stopped() {
    let output = run("", BUSY_LOOP, "");
    assert!(
        output
            .stderr
            .contains("busy_loop was stopped: it computed for 10 seconds"),
        "{output}"
    );
    assert!(output.elapsed < Duration::from_secs(40), "{output}");
}

fn a_loop_is_interrupted() {
    let net = Topology::alone();
    let command = nethost(net.client())
        .words("run --audit /dev/null")
        .arg(BUSY_LOOP.path());
    let running = command.patience(Duration::from_secs(20)).spawn();
    running.expect("looping");
    running.signal(Signal::SIGINT);
    std::thread::sleep(Duration::from_millis(100));
    running.signal(Signal::SIGINT);
    // As a native tool that SIGINT ends: a shell's 128 + 2, and not a word.
    let output = running.finish();
    assert_eq!(
        (output.code, &output.stderr[..]),
        (128 + Signal::SIGINT as i32, ""),
        "{output}"
    );
}

fn memory_is_bounded() {
    let output = run("", ALLOCATES, "");
    assert!(output.stderr.contains("MiB of memory"), "{output}");
    assert!(
        output.peak_kib < 800 << 10,
        "{} KiB: {output}",
        output.peak_kib
    );
}

fn handles_are_bounded() {
    let output = run("--allow udp.exchange", MANY_HANDLES, SERVER);
    assert!(output.stderr.contains("handles"), "{output}");
    assert!(
        output.peak_kib < 300 << 10,
        "{} KiB: {output}",
        output.peak_kib
    );
}

fn a_panic_is_one_plain_message() {
    let output = run("", PANICS, "");
    assert!(
        output.stderr.contains("the plugin's own mistake"),
        "{output}"
    );
    assert!(
        output.stderr.contains("panics"),
        "does not name the plugin: {output}"
    );
}

fn signals_reach_the_plugin() {
    let net = Topology::alone();
    let start = |args: &str| {
        let command = nethost(net.client())
            .words("run --audit /dev/null")
            .arg(WAITS.path())
            .words(args);
        let running = command.patience(Duration::from_secs(20)).spawn();
        running.expect("ready");
        running
    };
    let running = start("");
    running.signal(Signal::SIGQUIT);
    running.expect("quit");
    running.signal(Signal::SIGTERM);
    let output = running.finish();
    assert_eq!(
        (output.code, output.stdout.ends_with("interrupt\n")),
        (7, true),
        "{output}"
    );

    let running = start("stubborn");
    running.signal(Signal::SIGINT);
    running.expect("stays");
    running.signal(Signal::SIGINT);
    assert_ne!(running.finish().code, 0);
}

fn escapes_do_not_reach_a_terminal() {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let command = nethost(net.client())
        .words("run --audit /dev/null")
        .arg(PRINTS_ESCAPES.path());
    assert_eq!(terminal.start(command).finish().code, 2);
    terminal.expect("message");
    // The bell alone is let through: `ping -a` rings it.
    let shown = terminal.shown();
    for control in ['\u{1b}', '\u{9b}', '\u{202e}'] {
        assert!(!shown.contains(control), "{control:?} in {shown:?}");
    }
}
