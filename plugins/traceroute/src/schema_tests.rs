//! The schema of --json, docs/schemas/traceroute.json, is that of what is printed.

use nethost_tool_schema::{ToolSchema, list, object as all_or_some};
use serde_json::{Value, json};

use crate::tracepath::line::Fact;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("traceroute", 1).prints::<Fact>();
    schema.also(trace()).also(mtr()).is_up_to_date();
}

fn object(properties: Value) -> Value {
    all_or_some(properties, json!({}))
}

/// RFC 4884 objects.
fn extensions() -> Value {
    let label = object(json!({
        "label": { "type": "integer" },
        "experimental": { "type": "integer" },
        "bottom": { "type": ["boolean", "integer"] },
        "ttl": { "type": "integer" },
    }));
    let mpls = object(json!({ "mpls": list(label) }));
    let other = object(json!({
        "class": { "type": "integer" },
        "type": { "type": "integer" },
        "words": list(json!({ "type": ["integer", "string"] })),
    }));
    list(json!({ "anyOf": [mpls, other] }))
}

/// A trace of traceroute.
fn trace() -> Value {
    let icmp = json!({ "anyOf": [
        object(json!({ "type": { "type": "integer" }, "code": { "type": "integer" } })),
        { "type": "null" },
    ] });
    let probe = object(json!({
        "address": { "type": ["string", "null"] },
        "name": { "type": ["string", "null"] },
        "rtt_ms": { "type": ["number", "null"] },
        "reached": { "type": "boolean" },
        "annotation": { "type": ["string", "null"] },
        "icmp": icmp,
        "mtu": { "type": ["integer", "null"] },
        "tcp": { "type": ["string", "array", "null"] },
        "reply_hop_limit": { "type": ["integer", "null"] },
        "extensions": extensions(),
    }));
    object(json!({
        "tool": { "const": "traceroute" },
        "target": { "type": "string" },
        "address": { "type": "string" },
        "method": { "type": "string" },
        "port": { "type": ["integer", "null"] },
        "max_hops": { "type": "integer" },
        "packet_bytes": { "type": "integer" },
        "reached": { "type": "boolean" },
        "interrupted": { "type": "boolean" },
        "hops": list(object(json!({ "hop": { "type": "integer" }, "probes": list(probe) }))),
    }))
}

/// The report of mtr. A hub has the fields that were asked for, too, by their titles.
fn mtr() -> Value {
    let responder = object(json!({
        "address": { "type": "string" },
        "name": { "type": ["string", "null"] },
        "answers": { "type": "integer" },
        "extensions": extensions(),
    }));
    let percentile = || json!({ "type": ["number", "null"] });
    let mut hub = object(json!({
        "count": { "type": "integer" },
        "host": { "type": "string" },
        "Drop": { "type": "integer" },
        "percentiles": object(json!({ "p50": percentile(), "p90": percentile(), "p99": percentile() })),
        "responders": list(responder),
    }));
    hub["additionalProperties"] = json!({ "type": ["number", "string", "null"] });
    let about = object(json!({
        "src": { "type": "string" },
        "dst": { "type": "string" },
        "address": { "type": "string" },
        "protocol": { "enum": ["icmp", "udp", "tcp"] },
        "tos": { "type": "integer" },
        "bitpattern": { "type": "string" },
        "start": { "type": "string" },
        "tests": { "type": "integer" },
        "psize": { "type": "string" },
    }));
    let path =
        object(json!({ "flows": list(json!({ "type": "integer" })), "hubs": list(hub.clone()) }));
    let report = object(json!({ "mtr": about, "hubs": list(hub), "paths": list(path) }));
    object(json!({ "report": report }))
}
