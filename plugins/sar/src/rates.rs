//! From counters to rates. A counter may wrap, begin anew when an interface is made again, and come or go with it: what is
//! shown is never more than what was counted.

use nethost_sdk::counters::increase;

use crate::activity::{Activity, Figures, How, Processors};
use crate::sample::Sample;

/// The figures of one line as they are shown.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    pub(crate) item: String,
    pub(crate) values: Vec<f64>,
}

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) processors: Processors,
    /// Interfaces by name; all when empty.
    pub(crate) interfaces: Vec<String>,
    /// -z: none without activity.
    pub(crate) active: bool,
}

/// The lines of an activity between two samples; between the start of the machine and one.
pub(crate) fn between(
    activity: &Activity,
    before: Option<&Sample>,
    after: &Sample,
    seconds: f64,
    wanted: &Wanted,
) -> Vec<Line> {
    let earlier = before.map_or_else(Vec::new, |sample| (activity.figures)(sample));
    let mut lines = Vec::new();
    for figures in (activity.figures)(after) {
        if !has(activity, &figures, wanted) {
            continue;
        }
        let same = earlier.iter().find(|one| one.item == figures.item);
        let line = line(activity, same, &figures, seconds);
        let active = line
            .values
            .iter()
            .zip(activity.columns)
            .any(|(value, column)| *value != 0.0 && column.name != "%idle");
        if active || !wanted.active || activity.items.is_none() {
            lines.push(line);
        }
    }
    lines
}

fn has(activity: &Activity, figures: &Figures, wanted: &Wanted) -> bool {
    match activity.items {
        Some(("CPU", _)) => wanted.processors.has(&figures.item),
        Some(_) => wanted.interfaces.is_empty() || wanted.interfaces.contains(&figures.item),
        None => true,
    }
}

fn line(activity: &Activity, before: Option<&Figures>, after: &Figures, seconds: f64) -> Line {
    let increases: Vec<f64> = after
        .values
        .iter()
        .enumerate()
        .map(|(place, value)| {
            let before = before.and_then(|before| before.values.get(place));
            increase(before.copied().unwrap_or_default(), *value) as f64
        })
        .collect();
    let total: f64 = increases.iter().sum();
    let mut bytes = Vec::new();
    let mut values = Vec::with_capacity(activity.columns.len());
    for ((column, increase), value) in activity.columns.iter().zip(&increases).zip(&after.values) {
        values.push(match column.how {
            How::Rate(divisor) => increase / divisor / seconds,
            How::RateOfKilobytes(divisor) => {
                bytes.push(increase / seconds);
                increase / divisor / seconds
            }
            How::Whole | How::Kilobytes => *value as f64,
            How::Hundredths | How::Percent => *value as f64 / 100.0,
            How::Share if total > 0.0 => increase * 100.0 / total,
            How::Share => 0.0,
            How::Utilisation => utilisation(&bytes, *value),
        });
    }
    Line {
        item: after.item.clone(),
        values,
    }
}

/// Of the larger direction of a full duplex interface, of both together otherwise.
fn utilisation(bytes: &[f64], speed: i64) -> f64 {
    let (received, sent) = match bytes {
        [received, sent] => (*received, *sent),
        _ => return 0.0,
    };
    let used = match speed {
        0 => return 0.0,
        1.. => received.max(sent),
        _ => received + sent,
    };
    (used * 800.0 / (speed.unsigned_abs() as f64 * 1e6)).min(100.0)
}

/// What has been shown so far, for the averages of figures that are no rates.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    lines: Vec<(String, Vec<f64>, u32)>,
}

impl Sums {
    pub(crate) fn add(&mut self, shown: &[Line]) {
        for line in shown {
            match self.lines.iter_mut().find(|(item, ..)| *item == line.item) {
                Some((_, sums, count)) => {
                    for (sum, value) in sums.iter_mut().zip(&line.values) {
                        *sum += value;
                    }
                    *count += 1;
                }
                None => self.lines.push((line.item.clone(), line.values.clone(), 1)),
            }
        }
    }

    /// Puts the means where a rate over the whole time means nothing.
    pub(crate) fn settle(&self, activity: &Activity, lines: &mut [Line]) {
        for line in lines {
            let known = self.lines.iter().find(|(item, ..)| *item == line.item);
            let Some((_, sums, count)) = known else {
                continue;
            };
            for ((value, sum), column) in line.values.iter_mut().zip(sums).zip(activity.columns) {
                let is_state = matches!(
                    column.how,
                    How::Whole | How::Kilobytes | How::Hundredths | How::Percent
                );
                if is_state {
                    *value = sum / f64::from(*count);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utilisation_is_a_share_of_the_speed() {
        let megabyte = 1e6;
        assert!((utilisation(&[megabyte, 2.0 * megabyte], 100) - 16.0).abs() < 1e-9);
        assert!((utilisation(&[megabyte, 2.0 * megabyte], -100) - 24.0).abs() < 1e-9);
        assert!(utilisation(&[1e12, 0.0], 10) <= 100.0);
        assert_eq!(utilisation(&[megabyte, 0.0], 0), 0.0);
    }
}
