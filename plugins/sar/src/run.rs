//! One run: a sample for each interval, what changed between them, and the averages at the end.

use std::time::Duration;

use nethost_sdk::output::{Format, Output};
use nethost_sdk::{Exit, Timestamp, clock, system, until_end};
use serde_json::{Map, Value, json};

use crate::activity::Activity;
use crate::flags::{self, COMMAND_LINE, Options};
use crate::rates::{self, Line, Sums};
use crate::report::{self, Style};
use crate::sample::{Sample, Sources};

/// The run.
pub(crate) async fn run(args: &[String]) -> Result<u8, Exit> {
    let mut options = Options::default();
    COMMAND_LINE.parse(args, &mut options)?;
    let interval = options.interval.ok_or_else(flags::no_file)?;
    let activities = options.activities();
    let mut files: Vec<&'static str> = activities
        .iter()
        .flat_map(|activity| activity.files.iter().copied())
        .chain(["stat"])
        .collect();
    files.sort_unstable();
    files.dedup();
    let mut sources = Sources::open(&files)?;
    let first = sources.sample()?;
    let mut run = Run {
        output: Output::stdout(options.format),
        style: Style {
            pretty: options.pretty,
            human: options.human,
            decimals: options.decimals,
        },
        sums: activities.iter().map(|_| Sums::default()).collect(),
        activities,
        shown: 0,
        options,
    };
    run.head(&first)?;
    if interval == 0 {
        run.since_boot(&first)?;
        return Ok(0);
    }
    run.follow(&mut sources, first, interval).await
}

struct Run<W> {
    output: Output<W>,
    style: Style,
    activities: Vec<&'static Activity>,
    sums: Vec<Sums>,
    /// So many intervals.
    shown: u64,
    options: Options,
}

impl<W: std::io::Write> Run<W> {
    /// `Linux RELEASE (NAME) \tMM/DD/YY \t_MACHINE_\t(N CPU)`.
    fn head(&mut self, sample: &Sample) -> Result<(), Exit> {
        if self.options.format == Format::Json {
            return Ok(());
        }
        let facts = system::uname().map_err(|error| Exit::failed(1, format!("sar: {error}")))?;
        let (date, _) = local(sample.time);
        let processors = sample.text("stat").lines();
        let processors = processors
            .filter(|line| {
                let number = line.strip_prefix("cpu");
                number.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
            .count();
        self.output.line(format_args!(
            "{} {} ({}) \t{date} \t_{}_\t({processors} CPU)",
            facts.sysname, facts.release, facts.nodename, facts.machine
        ))?;
        self.output.flush()
    }

    async fn follow(
        &mut self,
        sources: &mut Sources,
        first: Sample,
        interval: u64,
    ) -> Result<u8, Exit> {
        let step = Duration::from_secs(interval);
        let mut before = first.clone();
        let mut next = first.mark;
        while self.options.count.is_none_or(|count| self.shown < count) {
            next = next.plus(step);
            if until_end(clock::wait_until(next)).await.is_err() {
                // ^C stands in a line of its own.
                if self.options.format == Format::Text {
                    self.output.text("\n")?;
                }
                break;
            }
            let sample = sources.sample()?;
            self.interval(&before, &sample)?;
            before = sample;
        }
        if self.shown > 0 {
            self.averages(&first, &before)?;
        }
        Ok(0)
    }

    fn interval(&mut self, before: &Sample, after: &Sample) -> Result<(), Exit> {
        let seconds = seconds(before, after);
        let (_, since) = local(before.time);
        let (date, now) = local(after.time);
        let mut facts = Map::new();
        facts.insert("date".into(), date.into());
        facts.insert("time".into(), now.clone().into());
        facts.insert("seconds".into(), json!(seconds));
        for place in 0..self.activities.len() {
            let activity = self.activities[place];
            let lines =
                rates::between(activity, Some(before), after, seconds, &self.options.wanted);
            self.sums[place].add(&lines);
            let heading = self.shown == 0 || self.repeats_headings(activity, after);
            self.show(
                activity,
                &lines,
                heading.then_some(&*since),
                &now,
                &mut facts,
            )?;
        }
        self.shown += 1;
        self.end(facts)
    }

    fn averages(&mut self, first: &Sample, last: &Sample) -> Result<(), Exit> {
        let seconds = seconds(first, last);
        let mut facts = Map::new();
        facts.insert("average".into(), Value::Bool(true));
        facts.insert("seconds".into(), json!(seconds));
        for place in 0..self.activities.len() {
            let activity = self.activities[place];
            let mut lines =
                rates::between(activity, Some(first), last, seconds, &self.options.wanted);
            self.sums[place].settle(activity, &mut lines);
            let heading = self.repeats_headings(activity, last);
            self.show(
                activity,
                &lines,
                heading.then_some("Average:"),
                "Average:",
                &mut facts,
            )?;
        }
        self.end(facts)
    }

    fn since_boot(&mut self, sample: &Sample) -> Result<(), Exit> {
        let uptime = system_uptime(sample);
        let (_, now) = local(sample.time);
        let mut facts = Map::new();
        facts.insert("seconds".into(), json!(uptime));
        for activity in self.activities.clone() {
            let lines = rates::between(activity, None, sample, uptime, &self.options.wanted);
            self.show(activity, &lines, Some(&now), &now, &mut facts)?;
        }
        self.end(facts)
    }

    /// Where there are several lines in an interval, each interval has its heading.
    fn repeats_headings(&self, activity: &Activity, sample: &Sample) -> bool {
        let wanted = &self.options.wanted;
        let several = match activity.items {
            None => false,
            Some(("CPU", _)) => wanted.processors.are_several(),
            Some(_) => wanted.active || (activity.figures)(sample).len() > 1,
        };
        several || self.activities.len() > 1
    }

    fn show(
        &mut self,
        activity: &Activity,
        lines: &[Line],
        heading: Option<&str>,
        label: &str,
        facts: &mut Map<String, Value>,
    ) -> Result<(), Exit> {
        if self.options.format == Format::Json {
            facts.insert(activity.name.to_owned(), report::json(activity, lines));
            return Ok(());
        }
        if let Some(heading) = heading {
            self.output
                .text(report::heading(activity, heading, self.style))?;
        }
        for line in lines {
            self.output
                .text(report::line(activity, label, line, self.style))?;
        }
        Ok(())
    }

    fn end(&mut self, facts: Map<String, Value>) -> Result<(), Exit> {
        if self.options.format == Format::Json {
            self.output.json(&facts)?;
        }
        self.output.flush()
    }
}

fn seconds(before: &Sample, after: &Sample) -> f64 {
    after.mark.since(before.mark).as_secs_f64().max(0.01)
}

/// Since the machine has started: `btime` of /proc/stat.
fn system_uptime(sample: &Sample) -> f64 {
    let since = sample.field("stat", "btime");
    let now = i64::try_from(sample.time).unwrap_or_default();
    (now - since).max(1) as f64
}

/// The operator's date and time of day.
fn local(time: u64) -> (String, String) {
    let at = Timestamp::from_nanos(time.saturating_mul(1_000_000_000));
    let seconds =
        i64::try_from(time).unwrap_or_default() + i64::from(clock::local_zone(at).seconds_east);
    let (days, of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    (
        format!("{month:02}/{day:02}/{:02}", year.rem_euclid(100)),
        format!(
            "{:02}:{:02}:{:02}",
            of_day / 3600,
            of_day / 60 % 60,
            of_day % 60
        ),
    )
}

/// Year, month and day of a number of days since 1970-01-01: years begin in March, so that a leap day is the last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        for (days, date) in [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (20_786, (2026, 11, 29)),
            (-1, (1969, 12, 31)),
        ] {
            assert_eq!(civil(days), date);
        }
    }
}
