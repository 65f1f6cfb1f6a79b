//! Throughput: a flood of echo requests over loopback, each sent when the one before was answered.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use super::{Benchmark, version};
use crate::step::{self, Failure};

const ROUNDS: usize = 7;
const PACKETS: u32 = 100_000;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "flood",
    about: "ping -f: packets per second and the round trip it reports; needs root",
    documents: &["docs/performance.md"],
    measure,
};

/// What one flood came to.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Flood {
    per_second: f64,
    /// In microseconds, as the tool reports it: the mean, and the shortest.
    mean: f64,
    shortest: f64,
}

/// One figure of a flood.
type Figure = fn(&Flood) -> f64;

fn measure(executables: &Path) -> Result<String, Failure> {
    let nethost = executables.join("nethost");
    let (mut ours, mut native) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let pair = (
            flood(Command::new(&nethost).arg("ping"))?,
            flood(&mut Command::new("ping"))?,
        );
        // The first pair warms up.
        if round > 0 {
            ours.push(pair.0);
            native.push(pair.1);
        }
    }
    let mut table = String::from("| `ping -q -f` | ours | native | ratio |\n|---|---|---|---|\n");
    let kinds: [(&str, Figure); 3] = [
        ("packets per second", |flood| flood.per_second),
        ("mean round trip, µs", |flood| flood.mean),
        ("shortest round trip, µs", |flood| flood.shortest),
    ];
    for (name, value) in kinds {
        let ratios = ours.iter().zip(&native).map(|(a, b)| value(a) / value(b));
        let [ratio, ..] = spread(ratios.collect());
        let [ours, native] = [&ours, &native].map(|floods| {
            let [median, least, most] = spread(floods.iter().map(value).collect());
            format!("{median:.0} ({least:.0} to {most:.0})")
        });
        let _ = writeln!(table, "| {name} | {ours} | {native} | **{ratio:.2}** |");
    }
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} floods of {PACKETS} packets over loopback, taking turns, with the least and the most. nethost \
         {}; {}; {}.",
        env!("CARGO_PKG_VERSION"),
        version("ping", "-V")?,
        version("uname", "-sr")?
    );
    Ok(table)
}

fn flood(command: &mut Command) -> Result<Flood, Failure> {
    command.args(["-q", "-f", "-c", &PACKETS.to_string(), "127.0.0.1"]);
    let start = Instant::now();
    let output = step::output("bench flood", command, "run it as root")?;
    let took = start.elapsed().as_secs_f64();
    let [shortest, mean] = round_trips(&output)
        .ok_or_else(|| Failure::new("bench flood", "no round trips reported", ""))?;
    Ok(Flood {
        per_second: f64::from(PACKETS) / took,
        mean,
        shortest,
    })
}

/// From `rtt min/avg/max/mdev = 0.004/0.005/0.1/0.002 ms`, in microseconds.
fn round_trips(output: &str) -> Option<[f64; 2]> {
    let line = output.lines().find(|line| line.starts_with("rtt "))?;
    let mut numbers = line.split(" = ").nth(1)?.split('/');
    let mut next = || Some(numbers.next()?.parse::<f64>().ok()? * 1000.0);
    Some([next()?, next()?])
}

/// The median, the least, the most.
fn spread(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or_default();
    [
        at(values.len() / 2),
        at(0),
        at(values.len().saturating_sub(1)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_is_read() {
        let output =
            "PING\n\nrtt min/avg/max/mdev = 0.004/0.005/0.100/0.002 ms, ipg/ewma 0.010/0.006 ms\n";
        assert_eq!(round_trips(output), Some([4.0, 5.0]));
        assert_eq!(round_trips(""), None);
        assert_eq!(spread(vec![3.0, 1.0, 2.0]), [2.0, 1.0, 3.0]);
    }
}
