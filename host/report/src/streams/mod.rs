//! Which tool a stream is of, by the fields of its values, and what it becomes.

mod dns;
mod flows;
mod other;
mod packets;
mod path;
mod ping;
mod scan;
mod sockets;

use serde_json::Value;

use crate::metrics::Metrics;
use crate::page::Section;
use crate::{Input, Report};

/// What a value is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Ping,
    Sweep,
    Path,
    Tracepath,
    Dns,
    Socket,
    Flow,
    Scan,
    Packet,
    Other,
}

/// What is made of the values of one kind.
struct Made<'a> {
    sections: Vec<Section>,
    metrics: &'a mut Metrics,
}

/// Adds an input to a report.
pub(crate) fn add(input: &Input, report: &mut Report) {
    let mut groups: Vec<(Kind, Vec<&Value>)> = Vec::new();
    let mut last = None;
    for value in &input.values {
        let kind = kind(value, last);
        last = Some(kind);
        match groups.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, values)) => values.push(value),
            None => groups.push((kind, vec![value])),
        }
    }
    let mut made = Made {
        sections: Vec::new(),
        metrics: &mut report.metrics,
    };
    for (kind, values) in &groups {
        match kind {
            Kind::Ping => ping::one(values, &mut made),
            Kind::Sweep => ping::many(values, &mut made),
            Kind::Path => path::add(values, &mut made),
            Kind::Tracepath => path::tracepath(values, &mut made),
            Kind::Dns => dns::add(values, &mut made),
            Kind::Socket => sockets::add(values, &mut made),
            Kind::Flow => flows::add(values, &mut made),
            Kind::Scan => scan::add(values, &mut made),
            Kind::Packet => packets::add(values, &mut made),
            Kind::Other => other::add(values, &mut made),
        }
    }
    let mut sections = made.sections;
    if let Some(first) = sections.first_mut() {
        first
            .facts
            .insert(0, ("read from".into(), input.name.clone()));
        if input.bad_lines > 0 {
            first.fact("lines that are no JSON", input.bad_lines.to_string());
        }
        if input.more_values > 0 {
            first.fact("values left out", input.more_values.to_string());
        }
    }
    sections
        .into_iter()
        .for_each(|section| report.page.push(section));
}

/// What a value is about. Some are told by what came before alone.
fn kind(value: &Value, last: Option<Kind>) -> Kind {
    let has = |field: &str| value.get(field).is_some();
    let event = text(value, "event").unwrap_or_default();
    let ping = [
        "start",
        "reply",
        "error",
        "outstanding",
        "summary",
        "local-error",
    ]
    .contains(&event);
    match event {
        _ if has("hops") && has("tool") => Kind::Path,
        _ if value
            .get("report")
            .is_some_and(|report| report.get("hubs").is_some()) =>
        {
            Kind::Path
        }
        "reply" | "query" if has("question") || has("query_time_ms") => Kind::Dns,
        "transferred" => Kind::Dns,
        "warning" | "error" if has("message") && !has("host") && !has("source") => Kind::Dns,
        "reply" if has("round") => Kind::Sweep,
        "alive" | "unreachable" => Kind::Sweep,
        "host" if has("loss_percent") => Kind::Sweep,
        "error" if has("host") => Kind::Sweep,
        "host" if has("ports") => Kind::Scan,
        "start" | "end" if has("args") || has("addresses") => Kind::Scan,
        "answer" | "no-reply" | "not-sent" | "resume" if has("hop") || has("pmtu") => {
            Kind::Tracepath
        }
        "reply" if has("hop") => Kind::Tracepath,
        _ if ping
            && (has("sequence")
                || has("transmitted")
                || has("pattern")
                || last == Some(Kind::Ping)) =>
        {
            Kind::Ping
        }
        _ if has("netid") && has("state") => Kind::Socket,
        _ if has("proto") && has("local_address") => Kind::Socket,
        _ if has("sent") && has("received") && has("source") && has("destination") => Kind::Flow,
        _ if has("layers") && has("number") => Kind::Packet,
        _ => Kind::Other,
    }
}

/// A text of a value.
fn text<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field)?.as_str()
}

/// A number of a value, also one that is written as a text.
fn number(value: &Value, field: &str) -> Option<f64> {
    let field = value.get(field)?;
    field
        .as_f64()
        .or_else(|| field.as_str()?.parse().ok())
        .filter(|number| number.is_finite())
}

/// A value as it is shown: a text as itself, what has parts as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The shown value of a field.
fn field(value: &Value, name: &str) -> String {
    value.get(name).map(shown).unwrap_or_default()
}

/// The least, mean and greatest of some numbers.
fn spread(numbers: &[f64]) -> Option<(f64, f64, f64)> {
    let least = numbers.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = numbers.iter().sum();
    (!numbers.is_empty()).then(|| (least, sum / numbers.len() as f64, greatest))
}

/// A number of milliseconds.
fn milliseconds(number: f64) -> String {
    format!("{number:.3} ms")
}
