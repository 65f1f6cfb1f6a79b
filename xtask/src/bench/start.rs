//! Start-up: one echo over loopback, exec to exit.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Benchmark, Spread, median_ratio, take_turns, version};
use crate::step::Failure;

const ROUNDS: usize = 100;
const ARGUMENTS: [&str; 3] = ["-c", "1", "127.0.0.1"];

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "start",
    about: "whole-process time of our ping beside the system's",
    documents: &["docs/performance.md", "README.md"],
    measure,
};

fn measure(executables: &Path) -> Result<String, Failure> {
    let command = |program: &Path, words: &[&str]| {
        let mut command = Command::new(program);
        command
            .args(words)
            .args(ARGUMENTS)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit());
        command
    };
    let mut ours = command(&executables.join("nethost"), &["ping"]);
    let mut native = command(Path::new("ping"), &[]);
    // The turns that are not counted compile the plugin and bring both into the page cache.
    let (ours, native) = take_turns(ROUNDS, &mut ours, &mut native)?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let versions = format!(
        "nethost {}; {}; {}; {cores} cores.",
        env!("CARGO_PKG_VERSION"),
        version("ping", "-V")?,
        version("uname", "-sr")?
    );
    Ok(table(ours, native, &versions))
}

fn table(ours: Vec<Duration>, native: Vec<Duration>, versions: &str) -> String {
    let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let ratio = median_ratio(&ours, &native);
    let rounds = ours.len();
    let mut table =
        String::from("| whole process | median | fastest | 90th percentile |\n|---|---|---|---|\n");
    for (name, times) in [
        ("nethost ping -c 1 127.0.0.1", ours),
        ("ping -c 1 127.0.0.1", native),
    ] {
        let spread = Spread::of(times);
        let [median, fastest, slow] =
            [spread.median, spread.fastest, spread.slowest_tenth].map(milliseconds);
        let _ = writeln!(table, "| `{name}` | {median} | {fastest} | {slow} |");
    }
    let _ = write!(
        table,
        "\nMedian of the ratios: **{ratio:.2}**. {rounds} runs of each, taking turns, compiled form cached. {versions}"
    );
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_shows_both_and_their_ratio() {
        let milliseconds = |count: u64| vec![Duration::from_millis(count); 3];
        let table = table(milliseconds(50), milliseconds(25), "v");
        assert!(
            table.contains("| `nethost ping -c 1 127.0.0.1` | 50.00 ms | 50.00 ms | 50.00 ms |"),
            "{table}"
        );
        assert!(table.contains("**2.00**"), "{table}");
    }
}
