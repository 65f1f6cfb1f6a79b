//! Processors and memory, which a busy network needs too.

use nethost_sdk::counters::field;

use crate::check::{Check, Kind, Unit};
use crate::sample::{Change, Sample};

/// Above so much of their time processors are busy.
const BUSY: f64 = 90.0;
/// Above so much, memory is short.
const SHORT: f64 = 90.0;
/// Above so much of the last ten seconds, tasks wait (PSI).
const WAITS: f64 = 10.0;

/// The checks.
pub(crate) fn checks(change: &Change<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    checks.extend(processors(change));
    checks.extend(queue(change.after));
    checks.extend(memory(change.after));
    for (resource, file) in [("CPU", "pressure.cpu"), ("memory", "pressure.memory")] {
        if let Some(share) = pressure(change.after.text(file)) {
            checks.push(Check::new(
                Kind::Saturation,
                resource,
                "tasks that wait",
                (share, Unit::PerCent),
                WAITS,
                format!("{file}: some avg10"),
            ));
        }
    }
    for (kind, what, name) in [
        (Kind::Errors, "processes killed", "oom_kill"),
        (Kind::Saturation, "pages swapped out", "pswpout"),
        (Kind::Saturation, "pages swapped in", "pswpin"),
    ] {
        if let Some(rate) = change.rate("vmstat", |text| field(text, name)) {
            let figure = (rate, Unit::PerSecond);
            let source = format!("vmstat: {name}");
            checks.push(Check::new(kind, "memory", what, figure, 0.0, source));
        }
    }
    checks
}

/// `cpu user nice system idle iowait irq softirq steal guest guest_nice`: busy and all ticks. Guests are users too.
fn ticks(text: &str) -> Option<(i64, i64)> {
    let line = text.lines().find_map(|line| line.strip_prefix("cpu "))?;
    let ticks: Vec<i64> = line
        .split_whitespace()
        .take(8)
        .map(|word| word.parse().unwrap_or_default())
        .collect();
    let all: i64 = ticks.iter().sum();
    let idle = ticks.get(3)? + ticks.get(4)?;
    Some((all - idle, all))
}

fn processors(change: &Change<'_>) -> Option<Check> {
    let (busy, all) = ticks(change.after.text("stat"))?;
    let (busy_before, all_before) = ticks(change.before.text("stat"))?;
    let (busy, all) = ((busy - busy_before) as f64, (all - all_before) as f64);
    Some(Check::new(
        Kind::Utilisation,
        "CPU",
        "busy",
        (busy * 100.0 / all.max(1.0), Unit::PerCent),
        BUSY,
        "stat: cpu",
    ))
}

/// Tasks that run or could, for each processor.
fn queue(now: &Sample) -> Option<Check> {
    let text = now.text("stat");
    let processors = text.lines().filter(|line| {
        let number = line.strip_prefix("cpu");
        number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    let processors = processors.count().max(1) as f64;
    // Whoever reads this is running.
    let running = (field(text, "procs_running")? - 1).max(0) as f64;
    Some(Check::new(
        Kind::Saturation,
        "CPU",
        "tasks for each processor",
        (running / processors, Unit::Number),
        1.0,
        "stat: procs_running",
    ))
}

fn memory(now: &Sample) -> Option<Check> {
    let text = now.text("meminfo");
    let (all, available) = (field(text, "MemTotal")?, field(text, "MemAvailable")?);
    let used = (all - available) as f64;
    Some(Check::new(
        Kind::Utilisation,
        "memory",
        "in use",
        (used * 100.0 / (all as f64).max(1.0), Unit::PerCent),
        SHORT,
        "meminfo: MemTotal, MemAvailable",
    ))
}

/// `some avg10=0.12 avg60=…`
fn pressure(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let mut words = line.split_whitespace();
    words
        .find_map(|word| word.strip_prefix("avg10="))?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_and_memory_are_judged() {
        let before = Sample::of(&[("stat", "cpu  0 0 0 0 0 0 0 0 0 0\n")], 0);
        let after = Sample::of(
            &[
                (
                    "stat",
                    "cpu  90 0 5 5 0 0 0 0 0 0\ncpu0 1\ncpu1 1\nprocs_running 7\n",
                ),
                ("meminfo", "MemTotal: 100 kB\nMemAvailable: 40 kB\n"),
                ("pressure.cpu", "some avg10=12.5 avg60=1\n"),
            ],
            1,
        );
        let change = Change {
            before: &before,
            after: &after,
        };
        let all: Vec<_> = checks(&change)
            .into_iter()
            .map(|check| (check.what, check.value, check.is_wrong()))
            .collect();
        assert_eq!(
            all,
            [
                ("busy", 95.0, true),
                ("tasks for each processor", 3.0, true),
                ("in use", 60.0, false),
                ("tasks that wait", 12.5, true),
            ]
        );
    }
}
