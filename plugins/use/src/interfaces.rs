//! Interfaces, and the queues that hold what they received.

use nethost_sdk::counters::{self, devices};
use nethost_sdk::procfs;

use crate::check::{Check, Kind, Unit};
use crate::sample::Change;

/// Above so much of its speed an interface is nearly full.
const FULL: f64 = 80.0;

/// The checks.
pub(crate) fn checks(change: &Change<'_>) -> Vec<Check> {
    let mut checks = Vec::new();
    let seconds = change.seconds();
    let before = devices(change.before.text("net.dev"));
    for (name, after) in devices(change.after.text("net.dev")) {
        let earlier = before.iter().find(|(known, _)| *known == name);
        // One that is new has counted since it is there.
        let earlier = earlier.map_or([0; 16], |(_, counters)| *counters);
        let rate = |place: usize| counters::increase(earlier[place], after[place]) as f64 / seconds;
        let mut add = |kind, what, place: usize, field: &str| {
            checks.push(Check::new(
                kind,
                name,
                what,
                (rate(place), Unit::PerSecond),
                0.0,
                format!("net.dev: {name} {field}"),
            ));
        };
        add(Kind::Errors, "receive errors", 2, "receive errs");
        add(Kind::Errors, "send errors", 10, "transmit errs");
        add(Kind::Errors, "collisions", 13, "transmit colls");
        add(Kind::Errors, "carrier losses", 14, "transmit carrier");
        add(Kind::Saturation, "receive drops", 3, "receive drop");
        add(Kind::Saturation, "send drops", 11, "transmit drop");
        add(Kind::Saturation, "receive overruns", 4, "receive fifo");
        add(Kind::Saturation, "send overruns", 12, "transmit fifo");
        if let Some((speed, half)) = speed(name) {
            let (received, sent) = (rate(0), rate(8));
            let used = if half {
                received + sent
            } else {
                received.max(sent)
            };
            checks.push(Check::new(
                Kind::Utilisation,
                name,
                "of its speed",
                (used * 800.0 / (speed * 1e6), Unit::PerCent),
                FULL,
                format!("net.dev: {name} bytes; class.net.{name}.speed"),
            ));
        }
    }
    checks.extend(softnet(change));
    checks
}

/// In Mbit/s, and whether it is half duplex. None where it is unknown.
fn speed(name: &str) -> Option<(f64, bool)> {
    let fact = |fact: &str| procfs::counters(&format!("class.net.{name}.{fact}")).ok();
    let speed: f64 = fact("speed")?.trim().parse().ok()?;
    let half = fact("duplex").is_some_and(|duplex| duplex.trim() == "half");
    (speed > 0.0).then_some((speed, half))
}

/// Fields of softnet_stat, in hexadecimal digits, of all processors together.
fn softnet_sum(text: &str, place: usize) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let field = |line: &str| {
        let word = line.split_whitespace().nth(place)?;
        i64::from_str_radix(word, 16).ok()
    };
    Some(text.lines().filter_map(field).sum())
}

fn softnet(change: &Change<'_>) -> Vec<Check> {
    let file = "net.softnet_stat";
    let mut checks = Vec::new();
    for (what, place, field) in [
        ("packets dropped", 1, "dropped"),
        ("polls cut short", 2, "time_squeeze"),
        ("flow limit reached", 10, "flow_limit_count"),
    ] {
        if let Some(rate) = change.rate(file, |text| softnet_sum(text, place)) {
            checks.push(Check::new(
                if place == 1 {
                    Kind::Errors
                } else {
                    Kind::Saturation
                },
                "softnet",
                what,
                (rate, Unit::PerSecond),
                0.0,
                format!("{file}: {field}"),
            ));
        }
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn softnet_is_summed_over_processors() {
        let text = "0a 1 2\n1 1 3\n";
        assert_eq!(softnet_sum(text, 0), Some(11));
        assert_eq!(softnet_sum(text, 1), Some(2));
        assert_eq!(softnet_sum(text, 10), Some(0));
        assert_eq!(softnet_sum("", 0), None);
    }
}
