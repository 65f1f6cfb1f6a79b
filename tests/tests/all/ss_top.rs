//! ss beyond iproute2's: connections by rate on the window, in a pipe and as JSON; and the dump into a file.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::case::cases;
use nethost_tests::host::{invoke, nethost};
use nethost_tests::namespace::Namespace;
use nethost_tests::privilege::open_folder;
use nethost_tests::pty::Terminal;
use nethost_tests::topology::Topology;
use nix::sys::signal::Signal;

cases! {
    [Netns] in each way => { shows_rates_on_the_window, prints_rates_elsewhere, dumps_into_a_file }
}

/// Two connections, of which one carries something until this is dropped.
struct Busy {
    stop: Arc<AtomicBool>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Busy {
    fn start(node: &Namespace) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let threads = node.inside(move || {
            let server = TcpListener::bind("127.0.0.1:8080").unwrap();
            let mut sender = TcpStream::connect("127.0.0.1:8080").unwrap();
            let mut receiver = server.accept().unwrap().0;
            let idle = TcpStream::connect("127.0.0.1:8080").unwrap();
            let idle = (idle, server.accept().unwrap().0);
            let send = std::thread::spawn(move || {
                let _idle = idle;
                while !stopped.load(Ordering::Relaxed) {
                    sender.write_all(&[0; 4096]).unwrap();
                    std::thread::sleep(Duration::from_millis(20));
                }
            });
            let receive = std::thread::spawn(move || {
                let mut buffer = [0; 65536];
                while receiver.read(&mut buffer).unwrap_or(0) > 0 {}
            });
            vec![send, receive]
        });
        Self { stop, threads }
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn shows_rates_on_the_window() {
    let net = Topology::alone();
    let _busy = Busy::start(net.client());
    for (columns, rows) in [(80, 24), (40, 6)] {
        let terminal = Terminal::new(columns, rows);
        let before = terminal.settings();
        let running = terminal.start(nethost(net.client()).words("ss --top=0.2 -n"));
        terminal.expect("4 connections");
        if columns == 80 {
            terminal.expect("K/s out");
        }
        terminal.press("p");
        terminal.expect("Conns");
        terminal.press(" ");
        if columns == 80 {
            terminal.expect("(paused)");
            terminal.press("q");
        } else {
            running.signal(Signal::SIGINT);
        }
        let run = running.finish();
        assert_eq!(run.code, 0, "{run}");
        assert_eq!(terminal.settings(), before);
    }
}

fn prints_rates_elsewhere() {
    let net = Topology::alone();
    let _busy = Busy::start(net.client());
    let running = nethost(net.client())
        .words("ss --top 0.3 -n --json sport = 8080")
        .spawn();
    running.expect("}\n{");
    std::thread::sleep(Duration::from_millis(500));
    running.signal(Signal::SIGTERM);
    let run = running.finish();
    let lines: Vec<serde_json::Value> = run
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // The one that carries something comes first, and only ends of the server are chosen.
    let rate = |line: &serde_json::Value| line["received_per_second"].as_f64().unwrap();
    assert!(lines.len() >= 2 && rate(&lines[0]) > 10_000.0, "{run}");
    assert!(rate(&lines[1]).abs() < 1.0, "{run}");
    for line in &lines {
        assert_eq!(line["local"], "127.0.0.1:8080", "{run}");
        assert!(
            line["rtt_ms"].as_f64().is_some_and(|rtt| rtt > 0.0),
            "{run}"
        );
    }
    // Without the right to know processes, the rest is shown.
    let words = "--deny process.read ss --top=0.1 -n";
    let running = nethost(net.client()).words(words).spawn();
    running.expect("127.0.0.1:8080");
    running.signal(Signal::SIGINT);
    let run = running.finish();
    assert!(run.code == 0 && run.stderr.is_empty(), "{run}");
    let run = invoke(net.client(), "--deny sockets.read", "ss", "--top").run();
    assert!(
        run.output.code == 1 && run.output.stderr.contains("denied: sockets.read"),
        "{}",
        run.output
    );
    for wrong in ["--top=0", "--top=x", "--top=-1"] {
        let run = invoke(net.client(), "", "ss", wrong).run().output;
        assert!(run.code == 1 && run.stderr.contains("--top"), "{run}");
    }
}

fn dumps_into_a_file() {
    let net = Topology::alone();
    let _busy = Busy::start(net.client());
    let folder = open_folder();
    let file = folder.path().join("dump");
    let args = format!("-t -D {}", file.display());
    for _ in 0..2 {
        let run = invoke(net.client(), "", "ss", &args).run().output;
        assert!(run.code == 0 && run.stdout.is_empty(), "{run}");
        // Four connections, and the message that ends the list.
        let dump = std::fs::read(&file).unwrap();
        let mut rest = dump.as_slice();
        let mut kinds = Vec::new();
        while let Some((head, _)) = rest.split_first_chunk::<6>() {
            let length = u32::from_ne_bytes([head[0], head[1], head[2], head[3]]) as usize;
            kinds.push(u16::from_ne_bytes([head[4], head[5]]));
            rest = &rest[length.next_multiple_of(4).min(rest.len())..];
        }
        assert_eq!(kinds, [20, 20, 20, 20, 3], "{run}");
    }
    let run = invoke(
        net.client(),
        "--deny file.write --deny file.create",
        "ss",
        &args,
    );
    let run = run.run().output;
    assert!(
        run.code == 1 && run.stderr.contains("denied: file."),
        "{run}"
    );
    let run = invoke(net.client(), "", "ss", "-t -D /nonexistent/x")
        .run()
        .output;
    assert!(
        run.code == 255 && run.stderr.starts_with("fopen dump file: "),
        "{run}"
    );
}
