//! A port scan: all TCP ports of one host, beside nmap, over loopback.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;

use super::ip::Namespace;
use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::Failure;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "scan",
    about: "all TCP ports of one host beside nmap; needs root",
    documents: &["docs/performance.md"],
    measure,
};

const ROUNDS: usize = 7;
const JOBS: [&str; 3] = [
    "-n -Pn -sS -T5 -p- 127.0.0.1",
    "-n -sS -p 1-1000 127.0.0.1",
    "-n -sT -p 1-1000 127.0.0.1",
];

fn measure(executables: &Path) -> Result<String, Failure> {
    let namespace = Namespace::new()?;
    let up = namespace
        .command(Path::new("ip"))
        .args(["link", "set", "lo", "up"])
        .status();
    up.map_err(|error| Failure::new("bench scan", error, "run it as root"))?;
    let nethost = executables.join("nethost");
    let mut table = String::from("| | ours | native | ratio |\n|---|---|---|---|\n");
    for job in JOBS {
        let mut ours = namespace.command(&nethost);
        ours.arg("nmap").args(job.split(' '));
        let mut native = namespace.command(Path::new("nmap"));
        native.args(job.split(' '));
        for command in [&mut ours, &mut native] {
            command.stdin(Stdio::null()).stdout(Stdio::null());
        }
        let (our_times, native_times) = take_turns(ROUNDS, &mut ours, &mut native)?;
        let ratio = median_ratio(&our_times, &native_times);
        let [our_time, native_time] = [our_times, native_times]
            .map(|times| format!("{:.0} ms", Spread::of(times).median.as_secs_f64() * 1e3));
        let _ = writeln!(
            table,
            "| `nmap {job}` | {our_time} | {native_time} | **{ratio:.2}** |"
        );
    }
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} runs of each, taking turns. {}.",
        version("nmap", "-V")?
    );
    Ok(table)
}
