//! Start-up: one small job of each tool over loopback, exec to exit.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::Failure;

const ROUNDS: usize = 100;

/// What both sides run; for ours, `nethost` comes before it. A new tool adds its line.
const JOBS: [&str; 2] = ["ping -c 1 127.0.0.1", "traceroute -n -m 1 127.0.0.1"];

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "start",
    about: "whole-process time of our tools beside the system's",
    documents: &["docs/performance.md", "README.md"],
    measure,
};

fn measure(executables: &Path) -> Result<String, Failure> {
    let nethost = executables.join("nethost");
    let mut table = String::from("| whole process | ours | native | ratio |\n|---|---|---|---|\n");
    for job in JOBS {
        let mut words = job.split(' ');
        let tool = words.next().unwrap_or_default();
        let words: Vec<&str> = words.collect();
        let mut ours = quiet(&nethost, &[tool]);
        let mut native = quiet(Path::new(tool), &[]);
        // The turns that are not counted compile the plugin and bring both into the page cache.
        let (ours, native) = take_turns(ROUNDS, ours.args(&words), native.args(&words))?;
        table.push_str(&row(job, ours, native));
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} runs of each, taking turns, and of the ratios pair by pair, with the fastest and the 90th percentile; audit log on, compiled form \
         cached. nethost {}; {}; {}; {cores} cores.",
        env!("CARGO_PKG_VERSION"),
        version("ping", "-V")?,
        version("uname", "-sr")?
    );
    Ok(table)
}

fn quiet(program: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .args(words)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit());
    command
}

fn row(job: &str, ours: Vec<Duration>, native: Vec<Duration>) -> String {
    let ratio = median_ratio(&ours, &native);
    let [ours, native] = [ours, native].map(|times| {
        let spread = Spread::of(times);
        let [median, fastest, slow] = [spread.median, spread.fastest, spread.slowest_tenth]
            .map(|time| time.as_secs_f64() * 1e3);
        format!("{median:.2} ms ({fastest:.2} to {slow:.2})")
    });
    format!("| `{job}` | {ours} | {native} | **{ratio:.2}** |\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_shows_both_and_their_ratio() {
        let milliseconds = |count: u64| vec![Duration::from_millis(count); 3];
        assert_eq!(
            row("ping", milliseconds(50), milliseconds(25)),
            "| `ping` | 50.00 ms (50.00 to 50.00) | 25.00 ms (25.00 to 25.00) | **2.00** |\n"
        );
    }
}
