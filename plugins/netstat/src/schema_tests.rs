//! The schema of --json, docs/schemas/netstat.json, is that of what is printed.

use nethost_tool_schema::{ToolSchema, route};
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
