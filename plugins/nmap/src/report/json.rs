//! JSON lines: the start, each host as it is done, and the end.

use serde_json::{Value, json};

use super::{Summary, hardware, ignored};
use crate::model::{Host, Port, Script};
use crate::options::Options;
use crate::ports::shown;
use crate::services::Services;

fn scripts(scripts: &[Script]) -> Value {
    let each = scripts
        .iter()
        .map(|script| json!({"id": script.name, "output": script.output}));
    each.collect()
}

fn port(port: &Port, services: &Services) -> Value {
    let mut value = json!({
        "port": port.number,
        "protocol": port.protocol.name(),
        "state": port.state.name(),
        "reason": port.reason.name(),
    });
    let name = services.name(port.protocol, port.number);
    let Some(object) = value.as_object_mut() else {
        return value;
    };
    if port.ttl > 0 {
        object.insert("ttl".into(), port.ttl.into());
    }
    if let Some(name) = name {
        object.insert("name".into(), name.into());
    }
    if let Some(service) = &port.service {
        object.insert(
            "service".into(),
            json!({
                "name": service.name,
                "tls": service.tls,
                "wrapped": service.wrapped,
                "product": service.product,
                "version": service.version,
                "info": service.info,
                "hostname": service.hostname,
                "os": service.system,
                "device": service.device,
                "cpe": service.names,
            }),
        );
    }
    if !port.scripts.is_empty() {
        object.insert("scripts".into(), scripts(&port.scripts));
    }
    value
}

/// The facts about a host.
pub(crate) fn host(host: &Host, options: &Options, services: &Services) -> Value {
    let states = ignored::states(&host.ports, options);
    let groups = ignored::groups(&host.ports, &states);
    let listed = host
        .ports
        .iter()
        .filter(|port| !states.contains(&port.state));
    let mut value = json!({
        "event": "host",
        "address": host.target.address.to_string(),
        "asked": host.target.typed,
        "name": host.name,
        "up": (!options.list).then_some(host.presence.up),
        "reason": (!options.list).then_some(host.presence.reason.name()),
        "started": host.began.to_string(),
        "ended": host.ended.to_string(),
    });
    let Some(object) = value.as_object_mut() else {
        return value;
    };
    if host.presence.ttl > 0 {
        object.insert("ttl".into(), host.presence.ttl.into());
    }
    if let Some(rtt) = host.rtt {
        object.insert("rtt_us".into(), json!(rtt.smoothed));
        object.insert("rtt_variation_us".into(), json!(rtt.variation));
    }
    if let Some(address) = host.hardware {
        object.insert("mac".into(), hardware(address).into());
    }
    if host.timed_out {
        object.insert("timed_out".into(), true.into());
    }
    if !host.target.others.is_empty() {
        let others: Vec<String> = host.target.others.iter().map(ToString::to_string).collect();
        object.insert("other_addresses".into(), others.into());
    }
    if !options.no_ports && !options.list {
        object.insert("ports".into(), listed.map(|p| port(p, services)).collect());
        let extra = groups.iter().map(|group| {
            json!({
                "state": group.state.name(),
                "protocol": group.protocol.name(),
                "reason": group.reason.name(),
                "count": group.ports.len(),
                "ports": shown(&group.ports),
            })
        });
        object.insert("other_ports".into(), extra.collect());
    }
    if !host.scripts.is_empty() {
        object.insert("scripts".into(), scripts(&host.scripts));
    }
    if let Some(route) = &host.hops {
        let hops = route.hops.iter().map(|hop| match &hop.answer {
            None => json!({"ttl": hop.ttl}),
            Some((address, ms, name)) => {
                json!({"ttl": hop.ttl, "address": address.to_string(), "rtt_ms": ms, "name": name})
            }
        });
        object.insert("trace".into(), hops.collect());
    }
    if let Some(system) = &host.system {
        let guesses = system.guesses.iter();
        let guesses = guesses.map(|(name, accuracy)| json!({"name": name, "accuracy": accuracy}));
        object.insert("os".into(), guesses.collect());
    }
    value
}

/// The start of a run.
pub(crate) fn begin(options: &Options, began: jiff::Timestamp) -> Value {
    json!({"event": "start", "args": options.command, "started": began.to_string()})
}

/// The end of a run.
pub(crate) fn end(summary: &Summary, counts: crate::engine::Counts) -> Value {
    json!({
        "event": "end",
        "addresses": summary.total,
        "up": summary.up,
        "seconds": summary.took.as_secs_f64(),
        "ended": summary.ended.to_string(),
        "packets_sent": counts.sent,
        "bytes_sent": counts.sent_octets,
        "packets_received": counts.received,
        "bytes_received": counts.received_octets,
    })
}
