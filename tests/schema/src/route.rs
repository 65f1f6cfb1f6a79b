//! The schema of a route as netstat and route print it: its type is the SDK's, which has no schemas.

use serde_json::{Value, json};

/// The schema of a route.
#[must_use]
pub fn route() -> Value {
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
