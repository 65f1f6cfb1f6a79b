//! The schema of --json, docs/schemas/sar.json, is that of what is printed.

use nethost_tool_schema::{ToolSchema, object};
use serde_json::json;

/// An interval, the averages, or the time since the machine started. Each activity that was asked for has its own field:
/// its figures by the titles of sysstat, or a list of them for each item.
#[test]
fn the_schema_is_up_to_date() {
    let figures = json!({
        "type": "object",
        "additionalProperties": { "type": ["number", "string"] },
    });
    let mut interval = object(
        json!({ "seconds": { "type": "number" } }),
        json!({
            "date": { "type": "string" },
            "time": { "type": "string" },
            "average": { "const": true },
        }),
    );
    interval["additionalProperties"] = json!({
        "anyOf": [figures, { "type": "array", "items": figures }],
    });
    ToolSchema::new("sar", 1).also(interval).is_up_to_date();
}
