//! The schema of --json, docs/schemas/nmap.json, is that of what is printed.

use nethost_tool_schema::{ToolSchema, list, object};
use serde_json::{Value, json};

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("nmap", 1)
        .also(begin())
        .also(host())
        .also(end());
    schema.is_up_to_date();
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn text_or_none() -> Value {
    json!({ "type": ["string", "null"] })
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

fn begin() -> Value {
    let required = json!({ "event": { "const": "start" }, "args": text(), "started": text() });
    object(required, json!({}))
}

fn end() -> Value {
    let required = json!({
        "event": { "const": "end" },
        "addresses": number(),
        "up": number(),
        "seconds": { "type": "number" },
        "ended": text(),
        "packets_sent": number(),
        "bytes_sent": number(),
        "packets_received": number(),
        "bytes_received": number(),
    });
    object(required, json!({}))
}

fn scripts() -> Value {
    list(object(json!({ "id": text(), "output": text() }), json!({})))
}

fn port() -> Value {
    let service = object(
        json!({
            "name": text_or_none(),
            "tls": { "type": "boolean" },
            "wrapped": { "type": "boolean" },
            "product": text_or_none(),
            "version": text_or_none(),
            "info": text_or_none(),
            "hostname": text_or_none(),
            "os": text_or_none(),
            "device": text_or_none(),
            "cpe": list(text()),
        }),
        json!({}),
    );
    object(
        json!({ "port": number(), "protocol": text(), "state": text(), "reason": text() }),
        json!({ "ttl": number(), "name": text(), "service": service, "scripts": scripts() }),
    )
}

fn host() -> Value {
    let group = object(
        json!({
            "state": text(),
            "protocol": text(),
            "reason": text(),
            "count": number(),
            "ports": text(),
        }),
        json!({}),
    );
    let hop = object(
        json!({ "ttl": number() }),
        json!({ "address": text(), "rtt_ms": { "type": ["number", "null"] }, "name": text_or_none() }),
    );
    let guess = object(
        json!({ "name": text(), "accuracy": { "type": "number" } }),
        json!({}),
    );
    object(
        json!({
            "event": { "const": "host" },
            "address": text(),
            "asked": text_or_none(),
            "name": text_or_none(),
            "up": { "type": ["boolean", "null"] },
            "reason": text_or_none(),
            "started": text(),
            "ended": text(),
        }),
        json!({
            "ttl": number(),
            "rtt_us": { "type": "number" },
            "rtt_variation_us": { "type": "number" },
            "mac": text(),
            "timed_out": { "const": true },
            "other_addresses": list(text()),
            "ports": list(port()),
            "other_ports": list(group),
            "scripts": scripts(),
            "trace": list(hop),
            "os": list(guess),
        }),
    )
}
