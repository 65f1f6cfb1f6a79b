//! An observation at its end: the table of mtr 0.95, JSON, or comma separated values.

use std::fmt::Write;
use std::net::IpAddr;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::engine::{Engine, Flow};
use super::hop::{Hop, Responder};
use super::options::{Form, Options, Protocol};
use crate::probe::Extension;
use crate::report::extensions;

/// Names of addresses, as far as known.
type NameOf<'a> = dyn Fn(IpAddr) -> Option<String> + 'a;

/// What is shown, and of what.
#[derive(Debug)]
pub(super) struct View {
    pub(super) host: String,
    pub(super) address: IpAddr,
    pub(super) local: String,
    pub(super) started: Timestamp,
    pub(super) numeric: bool,
    pub(super) extensions: bool,
    /// All responders of a hop rather than the latest.
    pub(super) details: bool,
    form: Form,
    wide: bool,
    show_addresses: bool,
    protocol: Protocol,
    packet_length: u16,
    cycles: Option<u64>,
}

impl View {
    pub(super) fn new(
        options: &Options,
        local: String,
        address: IpAddr,
        started: Timestamp,
    ) -> Self {
        Self {
            host: options.host.clone(),
            address,
            local: local.chars().filter(char::is_ascii_graphic).collect(),
            started,
            numeric: options.numeric,
            extensions: options.extensions,
            details: true,
            form: options.form,
            wide: options.wide,
            show_addresses: options.show_addresses,
            protocol: options.protocol,
            packet_length: options.packet_length,
            cycles: options.cycles,
        }
    }

    /// The report's first line.
    pub(super) fn start(&self) -> String {
        format!(
            "Start: {}\n",
            self.started.strftime("%Y-%m-%dT%H:%M:%S+0000")
        )
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

/// Loss%, Snt, Last, Avg, Best, Wrst, StDev in the widths of mtr.
pub(super) fn figures(hop: &Hop) -> String {
    let ms = |nanos: f64| nanos / 1e6;
    let loss = format!("{:.1}", hop.loss());
    let percent = if hop.loss() < 100.0 { "%" } else { "" };
    format!(
        "{:>6} {:5} {:6.1} {:5.1} {:5.1} {:5.1} {:5.1}",
        format!("{loss}{percent}"),
        hop.sent,
        ms(hop.last as f64),
        ms(hop.average()),
        ms(hop.best as f64),
        ms(hop.worst as f64),
        ms(hop.deviation())
    )
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
        let width = if view.wide { longest } else { 25 };
        if paths.len() > 1 {
            let flows: Vec<String> = flows.iter().map(|flow| (flow + 1).to_string()).collect();
            let _ = writeln!(text, "Path of flows {}:", flows.join(", "));
        }
        let head = width + 2;
        let local: String = view.local.chars().take(width).collect();
        let _ = writeln!(
            text,
            "HOST: {local:head$} Loss%   Snt   Last   Avg  Best  Wrst StDev"
        );
        for (number, hop, label) in rows {
            let shown: String = label.chars().take(width).collect();
            let _ = writeln!(text, " {number:2}.|-- {shown:width$}{}", figures(hop));
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
    json!({
        "count": number,
        "host": latest.unwrap_or_else(|| "???".into()),
        "Loss%": hop.loss(),
        "Snt": hop.sent,
        "Drop": hop.dropped(),
        "Last": ms(hop.last as f64),
        "Avg": ms(hop.average()),
        "Best": ms(hop.best as f64),
        "Wrst": ms(hop.worst as f64),
        "StDev": ms(hop.deviation()),
        "percentiles": { "p50": share(0.5), "p90": share(0.9), "p99": share(0.99) },
        "responders": responders,
    })
}

fn csv(view: &View, engine: &Engine, name: &NameOf<'_>) -> String {
    let mut text = String::from(
        "Mtr_Version,Start_Time,Status,Host,Hop,Ip,Loss%,Snt, ,Last,Avg,Best,Wrst,StDev,\n",
    );
    let flow = engine.flows().first();
    for (number, hop) in flow
        .into_iter()
        .flat_map(|flow| flow.shown(engine.first_hop()))
    {
        let ms = |nanos: f64| nanos / 1e6;
        let latest = hop
            .responders
            .first()
            .map(|responder| view.label(responder.address, name(responder.address)));
        let _ = writeln!(
            text,
            "MTR.0.95,{},OK,{},{number},{},{:.2},{},0,{:.2},{:.2},{:.2},{:.2},{:.2}",
            view.started.as_second(),
            view.host,
            latest.unwrap_or_else(|| "???".into()),
            hop.loss(),
            hop.sent,
            ms(hop.last as f64),
            ms(hop.average()),
            ms(hop.best as f64),
            ms(hop.worst as f64),
            ms(hop.deviation())
        );
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::field_reassign_with_default)]

    use super::*;

    #[test]
    fn figures_stand_in_mtrs_columns() {
        let mut hop = Hop::default();
        hop.sent = 2;
        hop.record(IpAddr::from([192, 0, 2, 1]), Some(300_000), &[]);
        hop.record(IpAddr::from([192, 0, 2, 1]), Some(1_100_000), &[]);
        assert_eq!(figures(&hop), "  0.0%     2    1.1   0.7   0.3   1.1   0.6");
        let mut silent = Hop::default();
        silent.sent = 2;
        assert_eq!(
            figures(&silent),
            " 100.0     2    0.0   0.0   0.0   0.0   0.0"
        );
    }
}
