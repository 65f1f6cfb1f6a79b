//! tcpdump: packets over time, by their innermost protocol.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Made, field, number};
use crate::bar::Bar;
use crate::chart::Chart;
use crate::page::{Cell, Section, Table};

const PACKETS: (&str, &str) = (
    "nethost_capture_packets",
    "Captured packets by innermost protocol.",
);
const BYTES: (&str, &str) = (
    "nethost_capture_bytes",
    "Bytes of captured packets by innermost protocol.",
);

pub(super) fn add(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("Packets");
    section.fact("packets", values.len().to_string());
    let mut table = Table::new(&["packet", "seconds", "bytes", "packet"]);
    let mut protocols: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut points = Vec::new();
    let mut first = None;
    for value in values {
        let length = number(value, "length").unwrap_or_default();
        let layers = value.get("layers").and_then(Value::as_array);
        let inner = layers.and_then(|layers| layers.last());
        let protocol = inner
            .map(|layer| field(layer, "protocol"))
            .unwrap_or_default();
        let known = protocols.entry(protocol).or_default();
        *known = (known.0 + 1.0, known.1 + length);
        let time = number(value, "time");
        let since = time.map(|time| time - *first.get_or_insert(time));
        points.extend(since.map(|since| (since, length)));
        let seconds = since.map_or_else(String::new, |since| format!("{since:.6}"));
        table.push(vec![
            Cell::number(field(value, "number")),
            Cell::number(seconds),
            Cell::number(length),
            Cell::text(field(value, "text")),
        ]);
    }
    if points.len() > 1 {
        section.charts.push(Chart {
            title: "Packets".into(),
            axes: ("seconds since the first packet", "bytes"),
            points,
            lost: Vec::new(),
            is_bars: true,
        });
    }
    let mut counts = Table::new(&["protocol", "packets", "bytes", ""]);
    let most = protocols
        .values()
        .map(|(_, bytes)| *bytes)
        .fold(0.0, f64::max);
    for (protocol, (packets, bytes)) in protocols {
        made.metrics
            .add(PACKETS, &[("protocol", &protocol)], packets);
        made.metrics.add(BYTES, &[("protocol", &protocol)], bytes);
        counts.push(vec![
            Cell::text(protocol),
            Cell::number(packets),
            Cell::number(bytes),
            Cell::Bar(Bar::length(bytes, most)),
        ]);
    }
    section.tables.extend([counts, table]);
    made.sections.push(section);
}
