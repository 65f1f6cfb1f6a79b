//! tcpdump --flows: conversations by what they carried.

use serde_json::Value;

use super::{Made, field, number};
use crate::bar::Bar;
use crate::page::{Cell, Section, Table};

const BYTES: (&str, &str) = (
    "nethost_flow_bytes",
    "Bytes of a conversation in one direction.",
);
const PACKETS: (&str, &str) = (
    "nethost_flow_packets",
    "Packets of a conversation in one direction.",
);
const TRIP: (&str, &str) = (
    "nethost_flow_handshake_seconds",
    "Round-trip time of TCP's handshake.",
);

pub(super) fn add(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("Conversations");
    section.fact("conversations", values.len().to_string());
    let mut table = Table::new(&[
        "protocol",
        "between",
        "and",
        "packets sent",
        "received",
        "bytes sent",
        "received",
        "",
        "seconds",
        "handshake, ms",
        "sent again",
    ]);
    let of = |value: &Value, direction: &str, name: &str| {
        value
            .get(direction)
            .and_then(|sent| number(sent, name))
            .unwrap_or_default()
    };
    let all = |value: &Value| of(value, "sent", "bytes") + of(value, "received", "bytes");
    let most = values.iter().map(|value| all(value)).fold(0.0, f64::max);
    for value in values {
        let (protocol, source, destination) = (
            field(value, "protocol"),
            field(value, "source"),
            field(value, "destination"),
        );
        let ends = [
            ("protocol", protocol.as_str()),
            ("source", &source),
            ("destination", &destination),
        ];
        for direction in ["sent", "received"] {
            let [a, b, c] = ends;
            let labels = [a, b, c, ("direction", direction)];
            made.metrics
                .add(BYTES, &labels, of(value, direction, "bytes"));
            made.metrics
                .add(PACKETS, &labels, of(value, direction, "packets"));
        }
        if let Some(trip) = number(value, "round_trip_ms") {
            made.metrics.set(TRIP, &ends, trip / 1000.0);
        }
        let again = of(value, "sent", "retransmitted") + of(value, "received", "retransmitted");
        table.push(vec![
            Cell::text(&protocol),
            Cell::text(&source),
            Cell::text(&destination),
            Cell::number(of(value, "sent", "packets")),
            Cell::number(of(value, "received", "packets")),
            Cell::number(of(value, "sent", "bytes")),
            Cell::number(of(value, "received", "bytes")),
            Cell::Bar(Bar::length(all(value), most)),
            Cell::decimal(number(value, "seconds")),
            Cell::decimal(number(value, "round_trip_ms")),
            Cell::number(again),
        ]);
    }
    section.tables.push(table);
    made.sections.push(section);
}
