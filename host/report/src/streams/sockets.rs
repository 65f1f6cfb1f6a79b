//! ss and netstat: how many sockets are in which state, and each of them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Made, field, shown, text};
use crate::bar::Bar;
use crate::page::{Cell, Section, Table};

const SOCKETS: (&str, &str) = ("nethost_sockets", "Sockets in a state.");

pub(super) fn add(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("Sockets");
    section.fact("sockets", values.len().to_string());
    let mut counts: BTreeMap<(String, String), f64> = BTreeMap::new();
    let mut table = Table::new(&[
        "protocol",
        "state",
        "local",
        "remote",
        "receive queue",
        "send queue",
        "process",
    ]);
    for value in values {
        let protocol = text(value, "netid")
            .or_else(|| text(value, "proto"))
            .unwrap_or_default();
        let state = field(value, "state");
        *counts
            .entry((protocol.to_owned(), state.clone()))
            .or_default() += 1.0;
        table.push(vec![
            Cell::text(protocol),
            Cell::text(state),
            Cell::text(end(value, "local", ["local_address", "local_port"])),
            Cell::text(end(value, "peer", ["foreign_address", "foreign_port"])),
            Cell::number(field(value, "recv_q")),
            Cell::number(field(value, "send_q")),
            Cell::text(processes(value)),
        ]);
    }
    let mut states = Table::new(&["protocol", "state", "sockets", ""]);
    let most = counts.values().copied().fold(0.0, f64::max);
    for ((protocol, state), count) in counts {
        made.metrics
            .set(SOCKETS, &[("netid", &protocol), ("state", &state)], count);
        states.push(vec![
            Cell::text(protocol),
            Cell::text(state),
            Cell::number(count),
            Cell::Bar(Bar::length(count, most)),
        ]);
    }
    section.tables.extend([states, table]);
    made.sections.push(section);
}

/// One end: an object of ss, or two fields of netstat.
fn end(value: &Value, object: &str, fields: [&str; 2]) -> String {
    let (address, port) = match value.get(object) {
        Some(end) if end.is_object() => (field(end, "address"), field(end, "port")),
        Some(end) => return shown(end),
        None => (field(value, fields[0]), field(value, fields[1])),
    };
    match (address.contains(':'), port.is_empty()) {
        (_, true) => address,
        (true, false) => format!("[{address}]:{port}"),
        (false, false) => format!("{address}:{port}"),
    }
}

fn processes(value: &Value) -> String {
    for name in ["processes", "users", "program", "process"] {
        match value.get(name) {
            None | Some(Value::Null) => {}
            Some(Value::Array(all)) => {
                let shown = all.iter().map(|one| {
                    let (name, pid) = (field(one, "name"), field(one, "pid"));
                    match (name.is_empty(), pid.is_empty()) {
                        (false, false) => format!("{name} {pid}"),
                        _ => shown(one),
                    }
                });
                return shown.collect::<Vec<_>>().join(", ");
            }
            Some(one) => return shown(one),
        }
    }
    String::new()
}
