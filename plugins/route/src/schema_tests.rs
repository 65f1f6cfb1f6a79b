//! The schema of --json, docs/schemas/route.json, is that of what is printed.

use nethost_tool_schema::ToolSchema;
use serde_json::{Value, json};

#[test]
fn the_schema_is_up_to_date() {
    ToolSchema::new("route", 1).also(route()).is_up_to_date();
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
