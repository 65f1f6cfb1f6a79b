//! An observation at its end: the table of mtr 0.95, JSON, or comma separated values.

use std::fmt::Write;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::engine::{Engine, Flow};
use super::field::{self, Field};
use super::hop::{Hop, Responder};
use super::options::{Form, Options, Protocol};
use crate::probe::Extension;
use crate::report::extensions;

/// Names of addresses, as far as known.
type NameOf<'a> = dyn Fn(IpAddr) -> Option<String> + 'a;

/// Width of the first column of a report that is not wide.
const FIRST_COLUMN: usize = 33;

/// What a screen shows of each hop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Display {
    /// Figures, and everybody who answered.
    Responders,
    /// Figures, and who answered last.
    Latest,
    /// The round trips and losses of the last probes.
    History,
}

impl Display {
    pub(super) fn next(self) -> Self {
        match self {
            Self::Responders => Self::Latest,
            Self::Latest => Self::History,
            Self::History => Self::Responders,
        }
    }
}

/// What is shown, and of what.
#[derive(Debug)]
pub(super) struct View {
    pub(super) host: String,
    pub(super) address: IpAddr,
    pub(super) local: String,
    pub(super) started: Timestamp,
    pub(super) numeric: bool,
    pub(super) extensions: bool,
    pub(super) display: Display,
    pub(super) jitter: bool,
    /// The shown field that the screen's hops are sorted by; none: by their distance.
    pub(super) sorted_by: Option<usize>,
    form: Form,
    wide: bool,
    show_addresses: bool,
    protocol: Protocol,
    packet_length: u16,
    cycles: Option<u64>,
    fields: Vec<&'static Field>,
    jitter_fields: Vec<&'static Field>,
    traffic_class: u8,
    fill: u32,
}

impl View {
    pub(super) fn new(
        options: &Options,
        host: &str,
        local: String,
        address: IpAddr,
        started: Timestamp,
    ) -> Self {
        Self {
            host: host.to_owned(),
            address,
            local: local.chars().filter(char::is_ascii_graphic).collect(),
            started,
            numeric: options.numeric,
            extensions: options.extensions,
            display: Display::Responders,
            jitter: false,
            sorted_by: None,
            form: options.form,
            wide: options.wide,
            show_addresses: options.show_addresses,
            protocol: options.protocol,
            packet_length: options.packet_length,
            cycles: options.cycles,
            fields: field::of(&options.order),
            jitter_fields: field::of(field::JITTER),
            traffic_class: options.traffic_class.unwrap_or(0),
            fill: options.fill.unwrap_or(0),
        }
    }

    /// The fields that are shown now.
    pub(super) fn fields(&self) -> &[&'static Field] {
        match self.jitter {
            true => &self.jitter_fields,
            false => &self.fields,
        }
    }

    /// The field that hops are sorted by.
    pub(super) fn sort_field(&self) -> Option<&'static Field> {
        self.fields().get(self.sorted_by?).copied()
    }

    /// Sorts by the next field, or by the one before; beyond the ends by distance.
    pub(super) fn sort_by_next(&mut self, is_forward: bool) {
        let fields = self.fields();
        let mut places = (0..fields.len()).filter(|at| !fields[*at].is_space());
        self.sorted_by = match (self.sorted_by, is_forward) {
            (None, true) => places.next(),
            (None, false) => places.next_back(),
            (Some(now), true) => places.find(|at| *at > now),
            (Some(now), false) => places.rev().find(|at| *at < now),
        };
    }

    /// The report's first line.
    pub(super) fn start(&self) -> String {
        format!(
            "Start: {}\n",
            self.started.strftime("%Y-%m-%dT%H:%M:%S+0000")
        )
    }

    /// The octet that fills probes, as mtr names it.
    fn pattern(&self) -> String {
        match self.fill {
            octet @ 0..=0xff => format!("0x{octet:02X}"),
            _ => "rand(0x00-FF)".into(),
        }
    }

    pub(super) fn label(&self, address: IpAddr, name: Option<String>) -> String {
        match name {
            Some(name) if self.show_addresses => format!("{name} ({address})"),
            Some(name) => name,
            None => address.to_string(),
        }
    }
}

/// What is printed at the end.
pub(super) fn closing(view: &View, engine: &Engine, name: &NameOf<'_>) -> String {
    match view.form {
        Form::Screen => String::new(),
        Form::Report => table(view, engine, name),
        Form::Json => format!("{:#}\n", document(view, engine, name)),
        Form::Xml => xml(view, engine, name),
        Form::Csv => csv(view, engine, name),
    }
}

/// Flows that take the same path together, in order: their numbers and one of them.
fn paths(engine: &Engine) -> Vec<(Vec<usize>, &Flow)> {
    let mut paths: Vec<(Vec<usize>, &Flow)> = Vec::new();
    for (number, flow) in engine.flows().iter().enumerate() {
        let path = flow.path(engine.first_hop());
        match paths
            .iter_mut()
            .find(|(_, known)| known.path(engine.first_hop()) == path)
        {
            Some((flows, _)) => flows.push(number),
            None => paths.push((vec![number], flow)),
        }
    }
    paths
}

/// The fields that are shown, behind a first column of this text.
pub(super) fn figures(view: &View, mut line: String, hop: &Hop) -> String {
    field::row(&mut line, view.fields(), |field| field.cell(hop));
    line
}

/// The heading of those fields.
pub(super) fn heading(view: &View, mut line: String) -> String {
    field::heading(&mut line, view.fields());
    line
}

/// Labels of an MPLS stack as mtr's report shows them.
fn labels(responder: &Responder) -> impl Iterator<Item = String> + '_ {
    let stacks = responder
        .extensions
        .iter()
        .filter_map(|object| match object {
            Extension::Mpls(labels) => Some(labels),
            Extension::Other { .. } => None,
        });
    stacks.flatten().map(|entry| {
        let bottom = u8::from(entry.bottom);
        format!(
            "[MPLS: Lbl {} Exp {} S {bottom} TTL {}]",
            entry.label, entry.experimental, entry.ttl
        )
    })
}

fn table(view: &View, engine: &Engine, name: &NameOf<'_>) -> String {
    let mut text = String::new();
    let label = |responder: &Responder| view.label(responder.address, name(responder.address));
    let paths = paths(engine);
    for (flows, flow) in &paths {
        let rows: Vec<(u8, &Hop, String)> = flow
            .shown(engine.first_hop())
            .map(|(number, hop)| {
                (
                    number,
                    hop,
                    hop.responders.first().map_or_else(|| "???".into(), label),
                )
            })
            .collect();
        let longest = rows
            .iter()
            .map(|(_, _, label)| label.len())
            .chain([view.local.len()])
            .max()
            .unwrap_or(0);
        if paths.len() > 1 {
            let flows: Vec<String> = flows.iter().map(|flow| (flow + 1).to_string()).collect();
            let _ = writeln!(text, "Path of flows {}:", flows.join(", "));
        }
        // The heading of a wide report stands two places further left than what is below it, as in the native one.
        let cut = |text: String| match view.wide {
            true => text,
            false => text.chars().take(FIRST_COLUMN).collect(),
        };
        let local = &view.local;
        let head = match view.wide {
            true => format!("HOST: {local:longest$}"),
            false => format!("HOST: {local:FIRST_COLUMN$}"),
        };
        let _ = writeln!(text, "{}", heading(view, cut(head)));
        for (number, hop, label) in rows {
            let row = match view.wide {
                true => format!(" {number:2}.|-- {label:longest$}"),
                false => format!(" {number:2}.|-- {label:FIRST_COLUMN$}"),
            };
            let _ = writeln!(text, "{}", figures(view, cut(row), hop));
            for (at, responder) in hop.responders.iter().enumerate() {
                if at > 0 {
                    let corner = if at == 1 { '`' } else { ' ' };
                    let _ = writeln!(
                        text,
                        "    |  {corner}|-- {}",
                        view.label(responder.address, name(responder.address))
                    );
                }
                for label in labels(responder).filter(|_| view.extensions) {
                    let _ = writeln!(text, "    |   +-- {label}");
                }
            }
        }
    }
    text
}

fn document(view: &View, engine: &Engine, name: &NameOf<'_>) -> Value {
    let paths: Vec<Value> = paths(engine)
        .into_iter()
        .map(|(flows, flow)| {
            let hubs = flow.shown(engine.first_hop()).map(|(number, hop)| hub(view, number, hop, name));
            json!({ "flows": flows.iter().map(|flow| flow + 1).collect::<Vec<_>>(), "hubs": hubs.collect::<Vec<_>>() })
        })
        .collect();
    let first = paths
        .first()
        .map_or(Value::Null, |path| path["hubs"].clone());
    json!({
        "report": {
            "mtr": {
                "src": view.local,
                "dst": view.host,
                "address": view.address.to_string(),
                "protocol": match view.protocol {
                    Protocol::Icmp => "icmp",
                    Protocol::Udp => "udp",
                    Protocol::Tcp => "tcp",
                },
                "tos": view.traffic_class,
                "bitpattern": view.pattern(),
                "start": view.started.to_string(),
                "tests": view.cycles,
                "psize": view.packet_length.to_string(),
            },
            "hubs": first,
            "paths": paths,
        }
    })
}

fn hub(view: &View, number: u8, hop: &Hop, name: &NameOf<'_>) -> Value {
    let ms = |nanos: f64| (nanos / 1000.0).round() / 1000.0;
    let share = |share| hop.percentile(share).map(|nanos| ms(nanos as f64));
    let responders: Vec<Value> = hop
        .responders
        .iter()
        .map(|responder| {
            json!({
                "address": responder.address.to_string(),
                "name": name(responder.address),
                "answers": responder.answers,
                "extensions": extensions(&responder.extensions),
            })
        })
        .collect();
    let latest = hop
        .responders
        .first()
        .map(|responder| view.label(responder.address, name(responder.address)));
    let mut hub = json!({
        "count": number,
        "host": latest.unwrap_or_else(|| "???".into()),
        "Drop": hop.dropped(),
        "percentiles": { "p50": share(0.5), "p90": share(0.9), "p99": share(0.99) },
        "responders": responders,
    });
    if let Some(facts) = hub.as_object_mut() {
        for field in view.fields.iter().filter(|field| !field.is_space()) {
            facts.insert(field.title.into(), field.value(hop));
        }
    }
    hub
}

/// A hop's latest responder as the table has it.
fn host(view: &View, hop: &Hop, name: &NameOf<'_>) -> String {
    let latest = hop.responders.first();
    latest.map_or_else(
        || "???".into(),
        |responder| view.label(responder.address, name(responder.address)),
    )
}

fn xml(view: &View, engine: &Engine, name: &NameOf<'_>) -> String {
    let quoted = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;")
    };
    let mut text = String::from("<?xml version=\"1.0\"?>\n");
    let _ = writeln!(
        text,
        "<MTR SRC=\"{}\" DST=\"{}\" TOS=\"0x{:X}\" PSIZE=\"{}\" BITPATTERN=\"{}\" TESTS=\"{}\">",
        quoted(&view.local),
        quoted(&view.host),
        view.traffic_class,
        view.packet_length,
        view.pattern(),
        view.cycles.unwrap_or(10),
    );
    let flow = engine.flows().first();
    for (number, hop) in flow
        .into_iter()
        .flat_map(|flow| flow.shown(engine.first_hop()))
    {
        let host = quoted(&host(view, hop, name));
        let _ = writeln!(text, "    <HUB COUNT=\"{number}\" HOST=\"{host}\">");
        for field in view.fields.iter().filter(|field| !field.is_space()) {
            let title = field.title.trim_end_matches('%');
            let _ = writeln!(text, "        <{title}>{}</{title}>", field.cell(hop));
        }
        text.push_str("    </HUB>\n");
    }
    text.push_str("</MTR>\n");
    text
}

fn csv(view: &View, engine: &Engine, name: &NameOf<'_>) -> String {
    let mut text = String::from("Mtr_Version,Start_Time,Status,Host,Hop,Ip,");
    for field in &view.fields {
        let _ = write!(text, "{},", field.title);
    }
    text.push('\n');
    let flow = engine.flows().first();
    for (number, hop) in flow
        .into_iter()
        .flat_map(|flow| flow.shown(engine.first_hop()))
    {
        let _ = write!(
            text,
            "MTR.0.95,{},OK,{},{number},{}",
            view.started.as_second(),
            view.host,
            host(view, hop, name),
        );
        for field in &view.fields {
            let _ = write!(text, ",{}", field.plain(hop));
        }
        text.push('\n');
    }
    text
}
