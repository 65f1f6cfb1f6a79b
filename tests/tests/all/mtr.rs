//! mtr beside the native one over the same network, and its screen.

use crate::case::cases;
use nethost_tests::command::Output;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::{DIAMOND, HOPS, SERVER, Topology};
use nix::sys::signal::Signal;
use std::time::Duration;

cases! {
    [Netns, Program("mtr")] in each way => { reports_the_same }
    [Netns, Program("mtr")] => { tells_rate_limits_from_loss }
    [Netns] in each way => { tells_paths_apart, puts_the_terminal_back }
    [Netns] => { does_not_wait_at_the_end }
}

/// Host and loss of each line of a report.
fn rows(output: &Output) -> Vec<(String, f64)> {
    let lines = output.stdout.lines().filter(|line| line.contains("|--"));
    lines
        .map(|line| {
            let words: Vec<&str> = line.split_whitespace().skip(1).collect();
            (
                words[0].to_string(),
                words[1].trim_end_matches('%').parse().unwrap(),
            )
        })
        .collect()
}

fn ours(node: &Namespace, args: &str) -> Output {
    invoke(node, "", "mtr", args).run().output
}

fn reports_the_same() {
    let net = Topology::line();
    let args = format!("-n -r -c 5 -i 0.1 {SERVER}");
    let native = net.client().command("mtr").words(&args).succeed();
    let ours = ours(net.client(), &args);
    assert_eq!(rows(&ours), rows(&native), "ours: {ours}\nnative: {native}");
    assert_eq!(ours.code, 0);
}

fn tells_rate_limits_from_loss() {
    let net = Topology::line();
    net.node("r2").sysctl("net.ipv4.icmp_ratelimit", "1000");
    let ours = ours(net.client(), &format!("-n -r -c 30 -i 0.05 {SERVER}"));
    let rows = rows(&ours);
    assert_eq!(
        rows.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(),
        HOPS,
        "{ours}"
    );
    assert!(rows[1].1 > 20.0, "{ours}");
    assert!(
        rows[0].1 == 0.0 && rows[2].1 == 0.0 && rows[3].1 == 0.0,
        "{ours}"
    );
}

fn does_not_wait_at_the_end() {
    let net = Topology::line();
    let output = ours(net.client(), &format!("-n -r -c 10 -i 0.1 {SERVER}"));
    assert!(
        output.code == 0 && output.elapsed < Duration::from_secs(4),
        "{output}"
    );
}

fn tells_paths_apart() {
    let net = Topology::diamond();
    let output = ours(
        net.client(),
        &format!("-n -r -u -c 20 -i 0.05 --paths 16 {SERVER}"),
    );
    for hop in DIAMOND {
        assert!(output.stdout.contains(hop), "no {hop} in {output}");
    }
}

fn puts_the_terminal_back() {
    let net = Topology::line();
    for end in ["q", "SIGINT", "SIGKILL"] {
        let terminal = Terminal::new(100, 30);
        let before = terminal.settings();
        let command = nethost(net.client())
            .words("run --audit /dev/null mtr -n -i 0.1")
            .arg(SERVER);
        let running = terminal.start(command);
        terminal.expect(SERVER);
        terminal.expect(HOPS[1]);
        match end {
            "q" => terminal.press("q"),
            "SIGINT" => running.signal(Signal::SIGINT),
            _ => running.signal(Signal::SIGKILL),
        }
        let _ = running.finish();
        for _ in 0..100 {
            if terminal.settings() == before {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(terminal.settings(), before, "{end}");
        // Whoever puts it back may write after the settings are right again.
        terminal.expect("\u{1b}[?1049l");
    }
}
