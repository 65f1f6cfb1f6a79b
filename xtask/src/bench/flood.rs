//! Throughput: a flood of echo requests over loopback, each sent when the one before was answered. And how
//! far the round trips that are printed are from those that a capture's kernel timestamps tell.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::{Benchmark, version};
use crate::step::{self, Failure};

const ROUNDS: usize = 7;
const PACKETS: u32 = 100_000;
/// Packets whose round trip is compared, of each side, one every two milliseconds.
const COMPARED: usize = 500;

pub(super) const BENCHMARK: Benchmark = Benchmark {
    name: "flood",
    about: "ping: packets per second, and how true its round trips are; needs root",
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
    let errors = [
        errors(Command::new(&nethost).arg("ping"))?,
        errors(&mut Command::new("ping"))?,
    ];
    let [ours, native] = errors.map(|errors| {
        let [median, least, most] = spread(errors);
        (median, format!("{median:.1} ({least:.1} to {most:.1})"))
    });
    let _ = writeln!(
        table,
        "| error of a printed round trip, µs | {} | {} | **{:.2}** |",
        ours.1,
        native.1,
        ours.0 / native.0
    );
    let _ = write!(
        table,
        "\nMedians of {ROUNDS} floods of {PACKETS} packets over loopback, taking turns, with the least and the most; errors of \
         {COMPARED} round trips against the timestamps of a capture, one packet every 2 ms. nethost {}; {}; {}.",
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

/// By how many microseconds each printed round trip is off the time between the request and the reply in a
/// capture.
fn errors(command: &mut Command) -> Result<Vec<f64>, Failure> {
    let failed = |problem: &dyn std::fmt::Display| Failure::new("bench flood", problem, "");
    let mut capture = Capture(
        Command::new("tcpdump")
            .args(["-i", "lo", "-n", "-tt", "-l", "--time-stamp-precision=nano"])
            .args(["-B", "4096", "-c", &(2 * COMPARED).to_string(), "icmp"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?,
    );
    let (Some(mut seen), Some(said)) = (capture.0.stdout.take(), capture.0.stderr.take()) else {
        return Err(failed(&"tcpdump has no output"));
    };
    let mut said = BufReader::new(said);
    let mut line = String::new();
    while !line.contains("listening on") {
        line.clear();
        if said.read_line(&mut line).map_err(|error| failed(&error))? == 0 {
            return Err(failed(&"tcpdump does not listen; is this root?"));
        }
    }
    command.args(["-i", "0.002", "-c", &COMPARED.to_string(), "127.0.0.1"]);
    let printed = step::output("bench flood", command, "run it as root")?;
    let mut captured = String::new();
    let read = seen.read_to_string(&mut captured);
    read.and_then(|_| capture.0.wait())
        .map_err(|error| failed(&error))?;
    let errors = compare(&printed, &captured);
    if errors.len() < COMPARED / 2 {
        return Err(failed(&format_args!(
            "only {} of {COMPARED} round trips are in both",
            errors.len()
        )));
    }
    Ok(errors)
}

/// A capture that ends with the comparison, however that ends.
struct Capture(Child);

impl Drop for Capture {
    fn drop(&mut self) {
        // It has mostly ended by itself.
        let _ = self.0.kill().and_then(|()| self.0.wait());
    }
}

fn compare(printed: &str, captured: &str) -> Vec<f64> {
    let after = |line: &str, word: &str| -> Option<f64> {
        let rest = line.split_once(word)?.1;
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.');
        rest[..end.unwrap_or(rest.len())].parse().ok()
    };
    let mut requests = HashMap::new();
    let mut trips = HashMap::new();
    for line in captured.lines() {
        let (Some(time), Some(sequence)) = (
            line.split(' ').next().and_then(nanoseconds),
            after(line, " seq "),
        ) else {
            continue;
        };
        if line.contains("echo request") {
            requests.insert(sequence as u64, time);
        } else if let Some(sent) = requests.get(&(sequence as u64)) {
            trips.insert(sequence as u64, (time - sent) as f64 / 1000.0);
        }
    }
    let error = |line: &str| {
        let trip = trips.get(&(after(line, "icmp_seq=")? as u64))?;
        Some((after(line, "time=")? * 1000.0 - trip).abs())
    };
    printed.lines().filter_map(error).collect()
}

/// From `1795529957.123456789`.
fn nanoseconds(time: &str) -> Option<i64> {
    let (seconds, fraction) = time.split_once('.')?;
    Some(seconds.parse::<i64>().ok()? * 1_000_000_000 + fraction.parse::<i64>().ok()?)
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
    fn round_trips_are_compared_with_the_capture() {
        let captured = "1795529957.000000100 IP 127.0.0.1 > 127.0.0.1: ICMP echo request, id 7, seq 1, length 64\n\
            1795529957.000030100 IP 127.0.0.1 > 127.0.0.1: ICMP echo reply, id 7, seq 1, length 64\n\
            1795529957.000040100 IP 127.0.0.1 > 127.0.0.1: ICMP echo request, id 7, seq 2, length 64\n";
        let printed = "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.032 ms\n\
            64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.032 ms\n";
        let errors = compare(printed, captured);
        assert!(
            errors.len() == 1 && (errors[0] - 2.0).abs() < 1e-6,
            "{errors:?}"
        );
    }

    #[test]
    fn the_summary_is_read() {
        let output =
            "PING\n\nrtt min/avg/max/mdev = 0.004/0.005/0.100/0.002 ms, ipg/ewma 0.010/0.006 ms\n";
        assert_eq!(round_trips(output), Some([4.0, 5.0]));
        assert_eq!(round_trips(""), None);
        assert_eq!(spread(vec![3.0, 1.0, 2.0]), [2.0, 1.0, 3.0]);
    }
}
