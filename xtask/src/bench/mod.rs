//! Our tools beside the system's: exec to exit, the same work, taking turns, so that whatever else the
//! machine does meets both alike. Ratios travel between machines, milliseconds do not.

mod bulk;
mod capture;
mod dns;
mod flood;
mod gate;
mod ip;
mod jq;
mod scan;
mod scratch;
mod sockets;
mod start;
mod summary;
mod sweep;

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::step::{self, Failure};
use crate::{dist, marker, setup};
pub(crate) use sockets::{HOLD, hold};

/// A benchmark: its name, which is also that of its place in the documentation, and what it measures.
struct Benchmark {
    name: &'static str,
    about: &'static str,
    documents: &'static [&'static str],
    /// Measures the release form, whose folder it gets, and returns a table in Markdown.
    measure: fn(&Path) -> Result<String, Failure>,
}

const BENCHMARKS: &[Benchmark] = &[
    start::BENCHMARK,
    flood::BENCHMARK,
    gate::BENCHMARK,
    sweep::BENCHMARK,
    scan::BENCHMARK,
    ip::BENCHMARK,
    sockets::BENCHMARK,
    dns::BENCHMARK,
    bulk::BENCHMARK,
    capture::BENCHMARK,
    jq::BENCHMARK,
];

/// One line for each, for the help text.
pub(crate) fn usage() -> String {
    BENCHMARKS
        .iter()
        .map(|bench| format!("  bench {:<12}{}\n", bench.name, bench.about))
        .chain([format!("  bench {:<12}all of them\n", "all")])
        .collect()
}

/// Runs the benchmark of that name, or all, and writes the tables into the documentation. False when
/// there is none of that name.
pub(crate) fn run(root: &Path, name: &str) -> Result<bool, Failure> {
    let chosen: Vec<_> = BENCHMARKS
        .iter()
        .filter(|bench| name == "all" || name == bench.name)
        .collect();
    if chosen.is_empty() {
        return Ok(false);
    }
    setup::for_build(root)?;
    setup::for_tests()?;
    let executables = dist::executables(root)?;
    let mut tables = Vec::new();
    for bench in chosen {
        step::announce(&format!("bench {}: {}", bench.name, bench.about));
        let table = (bench.measure)(&executables)?;
        println!("{table}");
        for document in bench.documents {
            publish(root, document, bench.name, &table)?;
        }
        tables.push((bench.name, table));
    }
    if name == "all" {
        let table = summary::of(&tables);
        println!("{table}");
        publish(root, "docs/performance.md", name, &table)?;
    }
    Ok(true)
}

fn publish(root: &Path, document: &str, name: &str, table: &str) -> Result<(), Failure> {
    let step = format!("bench {name}");
    let path = root.join(document);
    let text = step::read(&step, &path)?;
    let Some(updated) = marker::replace(&text, &step, table) else {
        return Err(Failure::new(
            &step,
            format_args!("{document} has no `<!-- {step}: begin -->` and `<!-- {step}: end -->`"),
            "put the two markers where the table belongs",
        ));
    };
    step::write(&step, &path, updated)
}

/// From before posix_spawn(3) until wait4(2) returns. A run that fails is no measurement.
fn wall_time(command: &mut Command) -> Result<Duration, Failure> {
    let start = Instant::now();
    let status = command.status();
    let took = start.elapsed();
    let failed = |problem: String| Failure::new("bench", problem, "run it alone");
    match status {
        Ok(status) if status.success() => Ok(took),
        Ok(status) => Err(failed(format!(
            "`{}` ended with {status}",
            step::shown(command)
        ))),
        Err(error) => Err(failed(format!("`{}`: {error}", step::shown(command)))),
    }
}

/// Both commands in turn, after some turns that are not counted.
fn take_turns(
    rounds: usize,
    ours: &mut Command,
    native: &mut Command,
) -> Result<(Vec<Duration>, Vec<Duration>), Failure> {
    for _ in 0..(rounds / 10).max(1) {
        wall_time(ours)?;
        wall_time(native)?;
    }
    let (mut ours_times, mut native_times) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        ours_times.push(wall_time(ours)?);
        native_times.push(wall_time(native)?);
    }
    Ok((ours_times, native_times))
}

/// How a figure spread over the runs.
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

/// The median of the ratios pair by pair, which a machine whose speed drifts disturbs least.
fn median_ratio(ours: &[Duration], native: &[Duration]) -> f64 {
    let mut ratios: Vec<f64> = ours
        .iter()
        .zip(native)
        .map(|(ours, native)| ours.as_secs_f64() / native.as_secs_f64())
        .collect();
    ratios.sort_by(f64::total_cmp);
    ratios.get(ratios.len() / 2).copied().unwrap_or_default()
}

/// The first line of what a program says of its version.
fn version(program: &str, argument: &str) -> Result<String, Failure> {
    let text = step::output("bench", Command::new(program).arg(argument), "")?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn milliseconds(times: impl IntoIterator<Item = u64>) -> Vec<Duration> {
        times.into_iter().map(Duration::from_millis).collect()
    }

    #[test]
    fn the_spread_is_of_the_sorted_times() {
        let spread = Spread::of(milliseconds((0..100).rev()));
        assert_eq!(spread.fastest, Duration::ZERO);
        assert_eq!(spread.median, Duration::from_millis(50));
        assert_eq!(spread.slowest_tenth, Duration::from_millis(90));
    }

    #[test]
    fn a_slow_spell_that_meets_both_leaves_the_ratio_alone() {
        let ours = milliseconds([2, 200, 4]);
        let native = milliseconds([1, 100, 2]);
        assert!((median_ratio(&ours, &native) - 2.0).abs() < 1e-9);
    }
}
