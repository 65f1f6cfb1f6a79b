//! traceroute, mtr and tracepath: hops with their losses and round trips.

use serde_json::Value;

use super::{Made, field, number, shown, spread, text};
use crate::bar::Bar;
use crate::page::{Cell, Section, Table};

const LOSS: (&str, &str) = (
    "nethost_hop_loss_ratio",
    "Share of probes of a hop without an answer.",
);
const TRIP: (&str, &str) = ("nethost_hop_rtt_seconds", "Round-trip time to a hop.");

/// A hop as far as a row shows it.
struct Hop {
    number: String,
    host: String,
    sent: f64,
    loss: f64,
    /// Least, mean and greatest.
    trips: Option<(f64, f64, f64)>,
}

/// Documents of traceroute and mtr.
pub(super) fn add(values: &[&Value], made: &mut Made<'_>) {
    for value in values {
        let section = match value.get("report") {
            Some(report) => mtr(report, made),
            None => traceroute(value, made),
        };
        made.sections.push(section);
    }
}

fn traceroute(value: &Value, made: &mut Made<'_>) -> Section {
    let target = field(value, "target");
    let mut section = Section::new(format!(
        "{} to {target}",
        text(value, "tool").unwrap_or("traceroute")
    ));
    for name in ["address", "method", "packet_bytes", "reached"] {
        section.fact(name, field(value, name));
    }
    let hops = value.get("hops").and_then(Value::as_array);
    let hops = hops.into_iter().flatten().map(|hop| {
        let probes = hop.get("probes").and_then(Value::as_array);
        let probes: Vec<&Value> = probes.into_iter().flatten().collect();
        let trips: Vec<f64> = probes
            .iter()
            .filter_map(|probe| number(probe, "rtt_ms"))
            .collect();
        let mut hosts: Vec<String> = Vec::new();
        for probe in &probes {
            let host = host_of(probe.get("address"), probe.get("name"));
            if !host.is_empty() && !hosts.contains(&host) {
                hosts.push(host);
            }
        }
        let sent = probes.len() as f64;
        Hop {
            number: field(hop, "hop"),
            host: hosts.join(", "),
            sent,
            loss: if sent > 0.0 {
                100.0 * (1.0 - trips.len() as f64 / sent)
            } else {
                0.0
            },
            trips: spread(&trips),
        }
    });
    section.tables.push(table(&target, hops.collect(), made));
    section
}

fn mtr(report: &Value, made: &mut Made<'_>) -> Section {
    let about = report.get("mtr").unwrap_or(&Value::Null);
    let target = field(about, "dst");
    let mut section = Section::new(format!("mtr to {target}"));
    for name in ["src", "address", "protocol", "start", "tests"] {
        section.fact(name, field(about, name));
    }
    let hubs = report.get("hubs").and_then(Value::as_array);
    let hubs = hubs.into_iter().flatten().map(|hub| {
        let trip = |name| number(hub, name);
        Hop {
            number: field(hub, "count"),
            host: field(hub, "host"),
            sent: trip("Snt").unwrap_or_default(),
            loss: trip("Loss%").unwrap_or_default(),
            trips: trip("Best")
                .zip(trip("Avg"))
                .zip(trip("Wrst"))
                .map(|((a, b), c)| (a, b, c)),
        }
    });
    section.tables.push(table(&target, hubs.collect(), made));
    section
}

fn host_of(address: Option<&Value>, name: Option<&Value>) -> String {
    let address = address.map(shown).unwrap_or_default();
    match name
        .map(shown)
        .filter(|name| !name.is_empty() && *name != address)
    {
        Some(name) => format!("{name} ({address})"),
        None => address,
    }
}

fn table(target: &str, hops: Vec<Hop>, made: &mut Made<'_>) -> Table {
    let mut table = Table::new(&[
        "hop",
        "host",
        "sent",
        "loss",
        "",
        "least, ms",
        "mean",
        "most",
        "from least to most",
    ]);
    let longest = hops
        .iter()
        .filter_map(|hop| hop.trips)
        .map(|(_, _, most)| most)
        .fold(0.0, f64::max);
    for hop in hops {
        let labels = [
            ("target", target),
            ("hop", hop.number.as_str()),
            ("host", hop.host.as_str()),
        ];
        made.metrics.set(LOSS, &labels, hop.loss / 100.0);
        let [target, number, host] = labels;
        let mut row = vec![
            Cell::number(&hop.number),
            Cell::text(if hop.host.is_empty() {
                "no answer"
            } else {
                &hop.host
            }),
            Cell::number(hop.sent),
            Cell::number(format!("{:.1}%", hop.loss)),
            Cell::Bar(Bar::loss(hop.loss)),
        ];
        match hop.trips {
            Some((least, mean, most)) => {
                for (stat, value) in [("min", least), ("avg", mean), ("max", most)] {
                    made.metrics.set(
                        TRIP,
                        &[target, number, host, ("stat", stat)],
                        value / 1000.0,
                    );
                }
                row.extend([least, mean, most].map(|trip| Cell::decimal(Some(trip))));
                row.push(Cell::Bar(Bar {
                    from: least,
                    to: most,
                    mark: Some(mean),
                    scale: longest,
                    is_loss: false,
                }));
            }
            None => row.extend([(); 4].map(|()| Cell::text(""))),
        }
        table.push(row);
    }
    table
}

/// Lines of tracepath.
pub(super) fn tracepath(values: &[&Value], made: &mut Made<'_>) {
    let mut section = Section::new("tracepath");
    let mut table = Table::new(&["hop", "host", "round trip, ms", "what"]);
    for value in values {
        if text(value, "event") == Some("resume") {
            section.fact("path MTU", field(value, "pmtu"));
            section.fact("hops", field(value, "hops"));
            section.fact("hops back", field(value, "back"));
            continue;
        }
        let host = value.pointer("/origin/host");
        let host = host.map_or_else(
            || value.get("origin").map(shown).unwrap_or_default(),
            |host| host_of(host.get("address"), host.get("name")),
        );
        let took = value
            .get("took")
            .and_then(|took| Some(number(took, "secs")? * 1e3 + number(took, "nanos")? / 1e6));
        let what = match value.get("what") {
            Some(what) => shown(what),
            None => field(value, "event"),
        };
        table.push(vec![
            Cell::number(field(value, "hop")),
            Cell::text(host),
            Cell::decimal(took),
            Cell::text(what),
        ]);
    }
    section.tables.push(table);
    made.sections.push(section);
}
