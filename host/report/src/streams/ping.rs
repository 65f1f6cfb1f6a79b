//! ping: round trips and losses over time; the hosts of a sweep.

use serde_json::Value;

use super::{Made, field, milliseconds, number, spread, text};
use crate::bar::Bar;
use crate::chart::Chart;
use crate::page::{Cell, Section, Table};

const SENT: (&str, &str) = ("nethost_ping_transmitted_packets", "Echo requests sent.");
const RECEIVED: (&str, &str) = ("nethost_ping_received_packets", "Echo replies received.");
const LOSS: (&str, &str) = (
    "nethost_ping_loss_ratio",
    "Share of echo requests without a reply.",
);
const TRIP: (&str, &str) = ("nethost_ping_rtt_seconds", "Round-trip time.");

/// A run with one target begins with `start`.
pub(super) fn one(values: &[&Value], made: &mut Made<'_>) {
    let mut runs: Vec<Vec<&Value>> = Vec::new();
    for value in values {
        if runs.is_empty() || text(value, "event") == Some("start") {
            runs.push(Vec::new());
        }
        if let Some(run) = runs.last_mut() {
            run.push(value);
        }
    }
    for run in runs {
        run_of(&run, made);
    }
}

/// Numbers of packets, from 16 bits to as many as there are.
struct Unwrapped(Option<i64>);

impl Unwrapped {
    fn next(&mut self, sequence: f64) -> f64 {
        let raw = sequence as i64 & 0xffff;
        let next = match self.0 {
            None => raw,
            Some(last) => {
                let step = (raw - (last & 0xffff) + 0x8000).rem_euclid(0x1_0000) - 0x8000;
                last + step
            }
        };
        self.0 = Some(self.0.map_or(next, |last| last.max(next)));
        next as f64
    }
}

fn run_of(run: &[&Value], made: &mut Made<'_>) {
    let of_event = |event: &'static str| {
        run.iter()
            .copied()
            .filter(move |value| text(value, "event") == Some(event))
    };
    let start = of_event("start").next();
    let summary = of_event("summary").next();
    let host = start
        .or(summary)
        .map(|value| field(value, "host"))
        .unwrap_or_default();
    let mut section = Section::new(format!("ping {host}"));
    if let Some(start) = start {
        section.fact("address", field(start, "address"));
        section.fact("bytes of data", field(start, "size"));
    }
    let mut unwrapped = Unwrapped(None);
    // Number, time and round trip.
    let mut replies: Vec<(f64, Option<f64>, Option<f64>)> = Vec::new();
    for reply in
        of_event("reply").filter(|reply| reply.get("duplicate") != Some(&Value::Bool(true)))
    {
        if let Some(sequence) = number(reply, "sequence") {
            let sequence = unwrapped.next(sequence);
            replies.push((sequence, number(reply, "time"), number(reply, "rtt_ms")));
        }
    }
    let trips: Vec<f64> = replies.iter().filter_map(|(_, _, trip)| *trip).collect();
    let sent = summary.and_then(|summary| number(summary, "transmitted"));
    let received = summary
        .and_then(|summary| number(summary, "received"))
        .unwrap_or(replies.len() as f64);
    let lost = lost(&replies, sent);
    let sent = sent.unwrap_or((replies.len() + lost.len()) as f64);
    let loss = match summary.and_then(|summary| number(summary, "loss_percent")) {
        Some(percent) => percent,
        None if sent > 0.0 => 100.0 * (1.0 - received / sent).max(0.0),
        None => 0.0,
    };
    section.fact(
        "packets",
        format!("{sent:.0} sent, {received:.0} received, {loss:.1}% lost"),
    );
    let labels = [("host", host.as_str())];
    made.metrics.set(SENT, &labels, sent);
    made.metrics.set(RECEIVED, &labels, received);
    made.metrics.set(LOSS, &labels, loss / 100.0);
    // The summary is about all, also where replies were not printed one by one.
    let told = |name| summary.and_then(|summary| number(summary, name));
    let told = told("rtt_min_ms")
        .zip(told("rtt_avg_ms"))
        .zip(told("rtt_max_ms"));
    let all = told
        .map(|((least, mean), most)| (least, mean, most))
        .or_else(|| spread(&trips));
    if let Some((least, mean, most)) = all {
        section.fact(
            "round trip",
            format!(
                "least {}, mean {}, most {}",
                milliseconds(least),
                milliseconds(mean),
                milliseconds(most)
            ),
        );
        for (stat, value) in [("min", least), ("avg", mean), ("max", most)] {
            made.metrics
                .set(TRIP, &[("host", &host), ("stat", stat)], value / 1000.0);
        }
    }
    for (stat, name) in [
        ("p50", "rtt_p50_ms"),
        ("p90", "rtt_p90_ms"),
        ("p99", "rtt_p99_ms"),
    ] {
        if let Some(value) = summary.and_then(|summary| number(summary, name)) {
            section.fact(stat, milliseconds(value));
            made.metrics
                .set(TRIP, &[("host", &host), ("stat", stat)], value / 1000.0);
        }
    }
    section.charts.extend(chart(&replies, &lost));
    let mut errors = Table::new(&["packet", "from", "message"]);
    for error in of_event("error").chain(of_event("local-error")) {
        errors.push(vec![
            Cell::number(field(error, "sequence")),
            Cell::text(field(error, "source")),
            Cell::text(field(error, "message")),
        ]);
    }
    section.tables.push(errors);
    made.sections.push(section);
}

/// So many losses are looked for.
const MOST_LOST: usize = 100_000;

/// Numbers of packets that no reply came to.
fn lost(replies: &[(f64, Option<f64>, Option<f64>)], sent: Option<f64>) -> Vec<f64> {
    let mut seen: Vec<i64> = replies
        .iter()
        .map(|(sequence, ..)| *sequence as i64)
        .collect();
    seen.sort_unstable();
    seen.dedup();
    let first = seen.first().copied().unwrap_or(1).min(1);
    let last = match sent {
        Some(sent) => first
            .saturating_add(sent as i64)
            .saturating_sub(1)
            .max(seen.last().copied().unwrap_or(0)),
        None => seen.last().copied().unwrap_or(0),
    };
    let mut lost = Vec::new();
    let mut next = first;
    for number in seen.into_iter().chain([last.saturating_add(1)]) {
        while next < number && lost.len() < MOST_LOST {
            lost.push(next as f64);
            next += 1;
        }
        next = number.saturating_add(1);
    }
    lost
}

/// Over time where each reply has one, and otherwise over the packets' numbers.
fn chart(replies: &[(f64, Option<f64>, Option<f64>)], lost: &[f64]) -> Option<Chart> {
    if replies.is_empty() && lost.is_empty() {
        return None;
    }
    let timed: Option<Vec<(f64, f64)>> = replies
        .iter()
        .map(|(sequence, time, _)| Some((*sequence, (*time)?)))
        .collect();
    let ends = timed
        .filter(|timed| timed.len() > 1)
        .and_then(|timed| Some((*timed.first()?, *timed.last()?)));
    let pace = ends.filter(|(first, last)| last.0 > first.0 && last.1 > first.1);
    let at = |sequence: f64, time: Option<f64>| match pace {
        Some((first, last)) => match time {
            Some(time) => time - first.1,
            // When it would have been answered.
            None => (sequence - first.0) * (last.1 - first.1) / (last.0 - first.0),
        },
        None => sequence,
    };
    let points = replies.iter();
    Some(Chart {
        title: "Round-trip time".into(),
        axes: (
            if pace.is_some() {
                "seconds since the first reply"
            } else {
                "packet"
            },
            "milliseconds",
        ),
        points: points
            .filter_map(|(sequence, time, trip)| Some((at(*sequence, *time), (*trip)?)))
            .collect(),
        lost: lost.iter().map(|sequence| at(*sequence, None)).collect(),
        is_bars: false,
    })
}

/// A sweep: a row for each host.
pub(super) fn many(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("ping of several hosts");
    let mut table = Table::new(&[
        "host",
        "address",
        "sent",
        "received",
        "loss",
        "",
        "mean round trip, ms",
    ]);
    let mut others = Table::new(&["host", "event", "address", "round trip, ms", "message"]);
    for value in values {
        let (host, address) = (field(value, "host"), field(value, "address"));
        let (sent, received) = (number(value, "transmitted"), number(value, "received"));
        let (Some(sent), Some(received)) = (sent, received) else {
            others.push(vec![
                Cell::text(host),
                Cell::text(field(value, "event")),
                Cell::text(address),
                Cell::decimal(number(value, "rtt_ms")),
                Cell::text(field(value, "message")),
            ]);
            continue;
        };
        let loss = number(value, "loss_percent").unwrap_or_default();
        let labels = [("host", host.as_str())];
        made.metrics.set(SENT, &labels, sent);
        made.metrics.set(RECEIVED, &labels, received);
        made.metrics.set(LOSS, &labels, loss / 100.0);
        for (stat, name) in [
            ("min", "rtt_min_ms"),
            ("avg", "rtt_avg_ms"),
            ("max", "rtt_max_ms"),
        ] {
            if let Some(trip) = number(value, name) {
                made.metrics
                    .set(TRIP, &[("host", &host), ("stat", stat)], trip / 1000.0);
            }
        }
        table.push(vec![
            Cell::text(host),
            Cell::text(address),
            Cell::number(sent),
            Cell::number(received),
            Cell::number(format!("{loss:.0}%")),
            Cell::Bar(Bar::loss(loss)),
            Cell::decimal(number(value, "rtt_avg_ms")),
        ]);
    }
    section.tables.extend([table, others]);
    made.sections.push(section);
}
