//! nmap: hosts and their ports.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Made, field, text};
use crate::page::{Cell, Section, Table};

const PORTS: (&str, &str) = ("nethost_scan_ports", "Ports of a host in a state.");
const UP: (&str, &str) = ("nethost_scan_host_up", "Whether a host answered.");

pub(super) fn add(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("Scan");
    let mut table = Table::new(&["host", "up", "port", "state", "service", "reason"]);
    for value in values {
        match text(value, "event") {
            Some("start") => section.fact("command", field(value, "args")),
            Some("end") => {
                section.fact("addresses", field(value, "addresses"));
                section.fact("hosts up", field(value, "up"));
                section.fact("seconds", field(value, "seconds"));
            }
            _ => host(value, &mut table, made),
        }
    }
    section.tables.push(table);
    made.sections.push(section);
}

fn host(value: &Value, table: &mut Table, made: &mut Made<'_>) {
    let (address, name) = (field(value, "address"), field(value, "name"));
    let is_up = value.get("up") == Some(&Value::Bool(true));
    made.metrics
        .set(UP, &[("address", &address)], f64::from(u8::from(is_up)));
    let shown = match name.is_empty() {
        true => address.clone(),
        false => format!("{name} ({address})"),
    };
    let ports = value.get("ports").and_then(Value::as_array);
    let ports: Vec<&Value> = ports.into_iter().flatten().collect();
    let mut counts: BTreeMap<String, f64> = BTreeMap::new();
    for port in &ports {
        *counts.entry(field(port, "state")).or_default() += 1.0;
        table.push(vec![
            Cell::text(&shown),
            Cell::text(if is_up { "yes" } else { "no" }),
            Cell::text(format!(
                "{}/{}",
                field(port, "port"),
                field(port, "protocol")
            )),
            Cell::text(field(port, "state")),
            Cell::text(field(port, "name")),
            Cell::text(field(port, "reason")),
        ]);
    }
    for (state, count) in counts {
        made.metrics
            .set(PORTS, &[("address", &address), ("state", &state)], count);
    }
    if ports.is_empty() {
        let up = Cell::text(if is_up { "yes" } else { "no" });
        let reason = Cell::text(field(value, "reason"));
        let nothing = || Cell::text("");
        table.push(vec![
            Cell::text(shown),
            up,
            nothing(),
            nothing(),
            nothing(),
            reason,
        ]);
    }
}
