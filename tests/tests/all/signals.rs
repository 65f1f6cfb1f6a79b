//! Every tool ends at once when it is told to, wherever it waits, and with the exit code of the tool that it mirrors.

use std::net::{TcpListener, UdpSocket};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{self, SIGINT, SIGTERM};

use crate::case::cases;
use nethost_tests::command::{Command, Running};
use nethost_tests::etc::Etc;
use nethost_tests::host::nethost;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::{HOPS, NOBODY, Topology};

cases! {
    first round;
    [Netns] => {
        ends_at_once_when_told,
        ends_at_once_while_standard_input_is_awaited,
    }
}

/// What a shell says of a program that the signal has ended.
fn killed(by: Signal) -> i32 {
    128 + by as i32
}

/// A tool that waits, its exit code when it is interrupted, and when it is terminated.
const WAITING: &[(&str, i32, i32)] = &[
    ("ping -n -i 0.2 127.0.0.1", 0, 143),
    // While a name is looked up, and while the name of who answered is.
    ("ping name.test", 130, 143),
    ("ping -i 0.2 127.0.0.1", 0, 143),
    ("ping -c 9 10.0.0.0/29 name.test", 130, 143),
    ("traceroute -n -w 9 SILENT", 130, 143),
    ("traceroute name.test", 130, 143),
    ("mtr -n -r -c 50 127.0.0.1", 130, 143),
    ("mtr -r name.test", 130, 143),
    ("dig @127.0.0.1 x.test", 0, 0),
    ("dig +tcp -p 4300 @127.0.0.1 x.test", 0, 0),
    ("whois -h 127.0.0.1 -p 4300 x.test", 2, 2),
    ("whois x.test", 2, 2),
    ("ip monitor", 130, 143),
    ("arp -a", 130, 143),
];

/// The limit, on a machine that runs other tests too.
const AT_ONCE: Duration = Duration::from_millis(500);

/// Sends the signal, and checks when and how the run ends. The machine may be busy with other tests: one of three runs
/// must end at once.
fn ends(start: impl Fn() -> Running, signal: Signal, line: &str, code: i32) {
    let mut times = Vec::new();
    while times.len() < 3 && times.last().is_none_or(|took| *took >= AT_ONCE) {
        times.push(end(start(), signal, line, code));
    }
    assert!(
        times.iter().any(|took| *took < AT_ONCE),
        "{signal} {line}: {times:?}"
    );
}

/// How long one run takes to end.
fn end(running: Running, signal: Signal, line: &str, code: i32) -> Duration {
    std::thread::sleep(Duration::from_millis(1500));
    if !std::path::Path::new(&format!("/proc/{}", running.pid())).exists() {
        panic!("{line} did not wait: {}", running.finish());
    }
    let told = Instant::now();
    running.signal(signal);
    let output = running.finish();
    let took = told.elapsed();
    assert_eq!(output.code, code, "{signal} {line}: {output}");
    let words = match line.starts_with("whois") {
        true => format!("Interrupted by signal {}...\n", signal as i32),
        false => String::new(),
    };
    assert_eq!(output.stderr, words, "{signal} {line}");
    took
}

fn ends_at_once_when_told() {
    let net = Topology::line();
    let node = net.client();
    // Whoever is asked takes the question, and says nothing.
    let _silent = node.inside(|| {
        let names = UdpSocket::bind("127.0.0.1:53").unwrap();
        (names, TcpListener::bind("127.0.0.1:4300").unwrap())
    });
    let etc = Etc::bare();
    let resolver = "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n";
    etc.write("resolv.conf", resolver);
    node.command("ping")
        .words(&format!("-c 1 {}", HOPS[0]))
        .succeed();
    std::thread::scope(|scope| {
        for (line, interrupted, terminated) in WAITING {
            let command = |line: &str| -> Command {
                let line = line.replace("SILENT", NOBODY);
                etc.seen_by(nethost(node).words(&line))
            };
            scope.spawn(move || ends(|| command(line).spawn(), SIGINT, line, *interrupted));
            scope.spawn(move || ends(|| command(line).spawn(), SIGTERM, line, *terminated));
        }
    });
}

fn ends_at_once_while_standard_input_is_awaited() {
    let net = Topology::alone();
    for line in ["ip -batch -", "dig -f - @127.0.0.1"] {
        for signal in [SIGINT, SIGTERM] {
            let terminal = Terminal::new(80, 24);
            let start = || terminal.start(nethost(net.client()).words(line));
            ends(start, signal, line, killed(signal));
        }
    }
}
