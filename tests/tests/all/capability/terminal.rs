//! The screen, on a terminal of the test's own.

use super::closed;
use crate::case::cases;
use crate::probes::{Probe, TERMINAL_ABANDONS, TERMINAL_FACTS, TERMINAL_MALFORMED};
use nethost_tests::host::{invoke, nethost};
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;
use std::time::{Duration, Instant};

cases! {
    [Netns] in each way => { is_denied, is_allowed, is_put_back_after_a_kill }
    [Netns] => {
        needs_a_terminal,
        is_malformed,
        is_put_back_however_the_plugin_ends,
        is_put_back_after_signals,
    }
}

/// Leaving the alternate screen, as xterm has it.
const LEAVES: &str = "\u{1b}[?1049l";

fn on(
    net: &Topology,
    terminal: &Terminal,
    options: &str,
    probe: Probe,
    args: &str,
) -> nethost_tests::command::Running {
    let command = nethost(net.client())
        .arg("run")
        .words(options)
        .arg("--audit")
        .arg("/dev/null");
    terminal.start(command.arg(probe.path()).words(args))
}

/// The settings may come back a moment after the process has gone.
fn put_back(terminal: &Terminal, before: &str, what: &str) {
    for _ in 0..100 {
        if terminal.settings() == before && terminal.shown().contains(LEAVES) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(terminal.settings(), before, "{what}");
    panic!(
        "{what}: still on the alternate screen: {:?}",
        terminal.shown()
    );
}

fn is_denied() {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let before = terminal.settings();
    // Without a word about it, the operator would be asked.
    let output = on(&net, &terminal, "--deny terminal.raw", TERMINAL_FACTS, "").finish();
    assert_eq!(output.code, 1);
    terminal.expect("open denied capability=\"terminal.raw\"");
    terminal.expect("size Some((80, 24))");
    assert_eq!(terminal.settings(), before);
    assert!(
        !terminal.shown().contains('\u{1b}'),
        "{:?}",
        terminal.shown()
    );
}

fn is_allowed() {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let before = terminal.settings();
    let running = on(&net, &terminal, "--allow terminal.raw", TERMINAL_FACTS, "");
    terminal.expect("press a key");
    assert_ne!(terminal.settings(), before, "keys come at once");
    let pressed = Instant::now();
    terminal.press("x");
    assert_eq!(running.finish().code, 0);
    // The probe would wait for five.
    assert!(
        pressed.elapsed() < Duration::from_secs(3),
        "the key came late"
    );
    terminal.expect("key Ok(Some(Key::Character('x')))");
    put_back(&terminal, &before, "after a screen");
}

fn needs_a_terminal() {
    let net = Topology::alone();
    let run = invoke(
        net.client(),
        "--allow terminal.raw",
        TERMINAL_FACTS.path(),
        "",
    )
    .run();
    assert!(
        run.output.stdout.contains("open ErrorCode::NotSupported"),
        "{}",
        run.output
    );
    closed(&run);
}

fn is_malformed() {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let before = terminal.settings();
    let output = on(
        &net,
        &terminal,
        "--allow terminal.raw",
        TERMINAL_MALFORMED,
        "",
    )
    .finish();
    terminal.expect("accepted 0");
    assert_eq!(output.code, 0, "{:?}", terminal.shown());
    let shown = terminal.shown();
    for control in ["\u{1b}]0;", "\u{7}", "\u{9b}", "\u{202e}"] {
        assert!(!shown.contains(control), "{control:?} reached the terminal");
    }
    put_back(&terminal, &before, "after malformed calls");
}

fn is_put_back_however_the_plugin_ends() {
    let net = Topology::alone();
    for how in ["return", "panic", "exit", "loop"] {
        let terminal = Terminal::new(80, 24);
        let before = terminal.settings();
        let _ = on(
            &net,
            &terminal,
            "--allow terminal.raw",
            TERMINAL_ABANDONS,
            how,
        )
        .finish();
        let shown = terminal.settled();
        assert!(shown.contains("screen is up"), "{how}: {shown:?}");
        put_back(&terminal, &before, how);
    }
}

fn is_put_back_after_signals() {
    let net = Topology::alone();
    for signals in [&[Signal::SIGINT][..], &[Signal::SIGTERM], &[Signal::SIGHUP]] {
        let terminal = Terminal::new(80, 24);
        let before = terminal.settings();
        let running = on(
            &net,
            &terminal,
            "--allow terminal.raw",
            TERMINAL_ABANDONS,
            "wait",
        );
        terminal.expect("screen is up");
        for &signal in signals {
            running.signal(signal);
            std::thread::sleep(Duration::from_millis(200));
        }
        assert_ne!(running.finish().code, 0);
        put_back(&terminal, &before, &format!("{signals:?}"));
    }
}

fn is_put_back_after_a_kill() {
    let net = Topology::alone();
    let terminal = Terminal::new(80, 24);
    let before = terminal.settings();
    let running = on(
        &net,
        &terminal,
        "--allow terminal.raw",
        TERMINAL_ABANDONS,
        "wait",
    );
    terminal.expect("screen is up");
    running.signal(Signal::SIGKILL);
    assert_eq!(running.finish().code, 128 + 9);
    put_back(&terminal, &before, "kill -9");
}
