//! The schema of --json, docs/schemas/netstat.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;
use serde_json::{Value, json};

use crate::{groups, sockets, statistics, unix};

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("netstat", 1)
        .prints::<sockets::Fact>()
        .prints::<unix::Socket>()
        .prints::<groups::Membership>()
        .prints::<statistics::Counter>();
    schema.also(route()).also(interface()).is_up_to_date();
}

/// A route, whose type is the SDK's.
fn route() -> Value {
    json!({
        "type": "object",
        "properties": {
            "destination": { "type": "string" },
            "prefix_length": { "type": "integer", "minimum": 0, "maximum": 128 },
            "gateway": { "type": "string" },
            "flags": { "type": "string" },
            "metric": { "type": "integer" },
            "references": { "type": "integer" },
            "uses": { "type": "integer" },
            "interface": { "type": "string" },
            "mtu": { "type": "integer" },
            "window": { "type": "integer" },
            "irtt": { "type": "integer" },
        },
        "required": [
            "destination", "prefix_length", "gateway", "flags", "metric", "references", "uses", "interface", "mtu",
            "window", "irtt",
        ],
    })
}

/// An interface, whose type is the SDK's. The label of an address has no counters.
fn interface() -> Value {
    let mut properties = json!({
        "name": { "type": "string" },
        "mtu": { "type": "integer" },
        "flags": { "type": "integer" },
    });
    for direction in ["rx", "tx"] {
        for kind in ["ok", "err", "drp", "ovr"] {
            properties[format!("{direction}_{kind}")] = json!({ "type": "integer", "minimum": 0 });
        }
    }
    json!({ "type": "object", "properties": properties, "required": ["name", "mtu", "flags"] })
}
