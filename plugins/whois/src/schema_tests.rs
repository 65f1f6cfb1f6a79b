//! The schema of --json, docs/schemas/whois.json, is that of what is printed.

use nethost_tool_schema::{ToolSchema, object};
use serde_json::json;

/// An answer of a server, or with --rdap that of a registry, which is what RFC 9083 says.
#[test]
fn the_schema_is_up_to_date() {
    let answer = object(
        json!({
            "server": { "type": "string" },
            "address": { "type": ["string", "null"] },
            "query": { "type": "string" },
            "answer": { "type": "string" },
            "complete": { "type": "boolean" },
            "referral": { "type": ["string", "null"] },
        }),
        json!({}),
    );
    let rdap = object(
        json!({
            "url": { "type": "string" },
            "answer": { "type": "object", "additionalProperties": true },
        }),
        json!({}),
    );
    ToolSchema::new("whois", 1)
        .also(answer)
        .also(rdap)
        .is_up_to_date();
}
