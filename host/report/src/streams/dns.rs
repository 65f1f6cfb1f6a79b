//! dig and host: queries, how long they took, and what came back.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Made, field, milliseconds, number, spread, text};
use crate::bar::Bar;
use crate::chart::Chart;
use crate::page::{Cell, Section, Table};

const QUERIES: (&str, &str) = ("nethost_dns_replies", "Replies of a name server.");
const TIME: (&str, &str) = (
    "nethost_dns_query_seconds",
    "Time from a query to its reply.",
);

/// So many servers are told apart.
const MOST_SERVERS: usize = 50;

pub(super) fn add(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("DNS queries");
    let mut table = Table::new(&[
        "name",
        "type",
        "status",
        "server",
        "transport",
        "ms",
        "",
        "answers",
    ]);
    let mut notes = Table::new(&["event", "message"]);
    let mut times: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut points = Vec::new();
    let replies: Vec<&&Value> = values
        .iter()
        .filter(|value| text(value, "event") == Some("reply"))
        .collect();
    let longest = replies
        .iter()
        .filter_map(|reply| number(reply, "query_time_ms"))
        .fold(0.0, f64::max);
    for value in values {
        match text(value, "event") {
            Some("reply") => {}
            Some("query") => continue,
            _ => {
                let message = field(value, "message");
                let message = if message.is_empty() {
                    value.to_string()
                } else {
                    message
                };
                notes.push(vec![Cell::text(field(value, "event")), Cell::text(message)]);
                continue;
            }
        }
        let question = value.pointer("/question/0").unwrap_or(&Value::Null);
        let (server, status) = (field(value, "server"), field(value, "status"));
        let took = number(value, "query_time_ms");
        made.metrics
            .add(QUERIES, &[("server", &server), ("status", &status)], 1.0);
        if let Some(took) = took {
            times.entry(server.clone()).or_default().push(took);
            points.push((points.len() as f64 + 1.0, took));
        }
        let answers = value.get("answer").and_then(Value::as_array);
        let shown = answers
            .into_iter()
            .flatten()
            .map(|record| format!("{} {}", field(record, "type"), field(record, "data")));
        let shown: Vec<String> = shown.take(20).collect();
        table.push(vec![
            Cell::text(field(question, "name")),
            Cell::text(field(question, "type")),
            Cell::text(status),
            Cell::text(server),
            Cell::text(field(value, "transport")),
            Cell::decimal(took),
            Cell::Bar(Bar::length(took.unwrap_or_default(), longest)),
            Cell::text(shown.join("; ")),
        ]);
    }
    section.fact("replies", replies.len().to_string());
    for (server, times) in times.iter().take(MOST_SERVERS) {
        if let Some((least, mean, most)) = spread(times) {
            section.fact(
                server,
                format!(
                    "{} replies; least {}, mean {}, most {}",
                    times.len(),
                    milliseconds(least),
                    milliseconds(mean),
                    milliseconds(most)
                ),
            );
            for (stat, value) in [("min", least), ("avg", mean), ("max", most)] {
                made.metrics
                    .set(TIME, &[("server", server), ("stat", stat)], value / 1000.0);
            }
        }
    }
    if points.len() > 1 {
        section.charts.push(Chart {
            title: "Query time".into(),
            axes: ("query", "milliseconds"),
            points,
            lost: Vec::new(),
            is_bars: true,
        });
    }
    section.tables.extend([table, notes]);
    made.sections.push(section);
}
