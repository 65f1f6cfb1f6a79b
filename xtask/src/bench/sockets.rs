//! Many sockets: 25,000 connections over loopback, so 50,000 sockets, listed with ss and netstat.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};

use super::ip::Namespace;
use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::Failure;

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 25_000;
const JOBS: [&str; 5] = [
    "ss -tan",
    "ss -tan sport = 9",
    "ss -tanp",
    "netstat -tan",
    "netstat -tanp",
];

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "ss",
    about: "50,000 sockets of TCP listed; needs root",
    documents: &["docs/performance.md"],
    measure,
};

/// What xtask is called with to hold them.
pub(crate) const HOLD: &str = "hold-sockets";

/// Opens connections over loopback, says so, and holds them until its input ends.
pub(crate) fn hold() -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let there = listener.local_addr()?;
    let mut held = Vec::with_capacity(2 * CONNECTIONS);
    for _ in 0..CONNECTIONS {
        held.push(TcpStream::connect(there)?);
        held.push(listener.accept()?.0);
    }
    let mut output = std::io::stdout();
    writeln!(output, "ready")?;
    output.flush()?;
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}

/// A process that holds the sockets; it ends when its pipe closes.
struct Holder(Child);

impl Holder {
    fn new(namespace: &Namespace) -> Result<Self, Failure> {
        let could_not = |error| Failure::new("bench ss", error, "run it as root");
        let own = std::env::current_exe().map_err(could_not)?;
        let mut command = namespace.command(Path::new("prlimit"));
        command
            .arg("--nofile=200000:200000")
            .arg(own)
            .arg(HOLD)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = command.spawn().map_err(could_not)?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            BufReader::new(output)
                .read_line(&mut line)
                .map_err(could_not)?;
        }
        match line.as_str() {
            "ready\n" => Ok(Self(child)),
            _ => Err(Failure::new(
                "bench ss",
                "the sockets could not be opened",
                "run it as root, alone",
            )),
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

fn measure(executables: &Path) -> Result<String, Failure> {
    let namespace = Namespace::new()?;
    let up = namespace
        .command(Path::new("ip"))
        .args(["link", "set", "lo", "up"])
        .status();
    up.map_err(|error| Failure::new("bench ss", error, "run it as root"))?;
    let _holder = Holder::new(&namespace)?;
    let nethost = executables.join("nethost");
    let mut table = String::from("| 50,000 sockets | ours | native | ratio |\n|---|---|---|---|\n");
    for job in JOBS {
        let words: Vec<&str> = job.split(' ').collect();
        let mut ours = namespace.command(&nethost);
        ours.args(&words);
        let mut native = namespace.command(Path::new(words[0]));
        native.args(&words[1..]);
        let (our_times, native_times) = take_turns(ROUNDS, &mut ours, &mut native)?;
        let ratio = median_ratio(&our_times, &native_times);
        let [our_time, native_time] = [our_times, native_times]
            .map(|times| format!("{:.0} ms", Spread::of(times).median.as_secs_f64() * 1e3));
        let _ = writeln!(
            table,
            "| `{job}` | {our_time} | {native_time} | **{ratio:.2}** |"
        );
    }
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} runs of each, taking turns. {}.",
        version("ss", "-V")?
    );
    Ok(table)
}
