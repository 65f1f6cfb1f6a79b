//! Whole-process time of our ping beside the system's: exec to exit, one echo over loopback each,
//! taking turns, so that whatever else the machine does meets both alike.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::step::{self, Failure};
use crate::{dist, marker, setup};

const STEP: &str = "bench start";
const ROUNDS: usize = 100;
const WARM_UP: usize = 10;
const ARGUMENTS: [&str; 3] = ["-c", "1", "127.0.0.1"];
const DOCUMENTS: [&str; 2] = ["docs/performance.md", "README.md"];
const MARKER: &str = "bench start";

/// Measures the release form and writes the table into the documentation.
pub(crate) fn start(root: &Path) -> Result<(), Failure> {
    setup::for_build(root)?;
    setup::for_tests()?;
    let ours = dist::executables(root)?.join("nethost");
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
    let mut ours = command(&ours, &["ping"]);
    let mut native = command(Path::new("ping"), &[]);

    step::announce(&format!("{STEP}: {ROUNDS} of each, taking turns"));
    // The first run compiles the plugin; the rest bring both into the page cache.
    for _ in 0..WARM_UP {
        wall_time(&mut ours)?;
        wall_time(&mut native)?;
    }
    let (mut ours_times, mut native_times) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours_times.push(wall_time(&mut ours)?);
        native_times.push(wall_time(&mut native)?);
    }
    let table = table(
        &Spread::of(ours_times),
        &Spread::of(native_times),
        &versions()?,
    );
    println!("{table}");
    for name in DOCUMENTS {
        let path = root.join(name);
        let document = step::read(STEP, &path)?;
        let Some(updated) = marker::replace(&document, MARKER, &table) else {
            let problem =
                format!("{name} has no `<!-- {MARKER}: begin -->` and `<!-- {MARKER}: end -->`");
            return Err(Failure::new(
                STEP,
                problem,
                "put the two markers where the table belongs",
            ));
        };
        step::write(STEP, &path, updated)?;
    }
    Ok(())
}

/// From before posix_spawn(3) until wait4(2) returns. A run that fails is no measurement.
fn wall_time(command: &mut Command) -> Result<Duration, Failure> {
    let start = Instant::now();
    let status = command.status();
    let took = start.elapsed();
    match status {
        Ok(status) if status.success() => Ok(took),
        Ok(status) => Err(Failure::new(
            STEP,
            format_args!("`{}` ended with {status}", step::shown(command)),
            "run it alone",
        )),
        Err(error) => Err(Failure::new(
            STEP,
            format_args!("`{}`: {error}", step::shown(command)),
            "run it alone",
        )),
    }
}

struct Spread {
    fastest: Duration,
    median: Duration,
    slowest_tenth: Duration,
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Spread {
        times.sort();
        let at = |share: usize| {
            times
                .get(times.len() * share / 100)
                .copied()
                .unwrap_or_default()
        };
        Spread {
            fastest: at(0),
            median: at(50),
            slowest_tenth: at(90),
        }
    }
}

fn table(ours: &Spread, native: &Spread, versions: &str) -> String {
    let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1e3);
    let mut table =
        String::from("| whole process | median | fastest | 90th percentile |\n|---|---|---|---|\n");
    for (name, spread) in [
        ("nethost ping -c 1 127.0.0.1", ours),
        ("ping -c 1 127.0.0.1", native),
    ] {
        let [median, fastest, slow] =
            [spread.median, spread.fastest, spread.slowest_tenth].map(milliseconds);
        let _ = writeln!(table, "| `{name}` | {median} | {fastest} | {slow} |");
    }
    let ratio = ours.median.as_secs_f64() / native.median.as_secs_f64();
    let _ = write!(
        table,
        "\nRatio of the medians: **{ratio:.2}**. {ROUNDS} runs of each, taking turns, compiled form cached. {versions}"
    );
    table
}

fn versions() -> Result<String, Failure> {
    let first_line = |program: &str, argument: &str| {
        let text = step::output(STEP, Command::new(program).arg(argument), "")?;
        Ok(text.lines().next().unwrap_or_default().to_owned())
    };
    let (ping, kernel) = (first_line("ping", "-V")?, first_line("uname", "-sr")?);
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    Ok(format!(
        "nethost {}; {ping}; {kernel}; {cores} cores.",
        env!("CARGO_PKG_VERSION")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_and_the_ratio_are_right() {
        let milliseconds =
            |range: std::ops::Range<u64>| range.rev().map(Duration::from_millis).collect();
        let (ours, native) = (
            Spread::of(milliseconds(0..100)),
            Spread::of(milliseconds(25..26)),
        );
        assert_eq!(ours.median, Duration::from_millis(50));
        assert_eq!(ours.slowest_tenth, Duration::from_millis(90));
        let table = table(&ours, &native, "v");
        assert!(
            table.contains("| `nethost ping -c 1 127.0.0.1` | 50.00 ms | 0.00 ms | 90.00 ms |"),
            "{table}"
        );
        assert!(table.contains("**2.00**"), "{table}");
    }
}
