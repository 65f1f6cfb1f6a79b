//! The schema of --json, docs/schemas/dig.json, is that of what is printed.

use nethost_tool_schema::{ToolSchema, list, object};
use serde_json::{Value, json};

use crate::compare::Comparison;
use crate::dnssec::Validation;
use crate::trace::Delegation;
use crate::watch::Look;

#[test]
fn the_schema_is_up_to_date() {
    let schema = ToolSchema::new("dig", 1)
        .prints::<Comparison>()
        .prints::<Validation>()
        .prints::<Delegation>()
        .prints::<Look>();
    let note = object(
        json!({ "event": { "enum": ["warning", "error"] }, "message": { "type": "string" } }),
        json!({}),
    );
    schema
        .also(message())
        .also(note)
        .also(transferred())
        .is_up_to_date();
}

fn text() -> Value {
    json!({ "type": "string" })
}

fn number() -> Value {
    json!({ "type": "integer", "minimum": 0 })
}

/// A record, with its parts where the type has them.
fn record() -> Value {
    let required =
        json!({ "name": text(), "ttl": number(), "class": text(), "type": text(), "data": text() });
    object(
        required,
        json!({ "fields": { "type": "object", "additionalProperties": true } }),
    )
}

/// A reply, or with +qr a query.
fn message() -> Value {
    let option = object(
        json!({ "code": number(), "value": text() }),
        json!({ "meaning": { "anyOf": [
            { "type": "string" },
            object(
                json!({ "info_code": number(), "meaning": { "type": ["string", "null"] }, "text": text() }),
                json!({}),
            ),
        ] } }),
    );
    let edns = object(
        json!({
            "version": number(),
            "flags": { "type": ["array", "string"], "items": text() },
            "udp": number(),
            "cookie": { "enum": ["good", "bad", null] },
            "options": list(option),
        }),
        json!({}),
    );
    let question = object(
        json!({ "name": text(), "class": text(), "type": text() }),
        json!({}),
    );
    let ignored = object(
        json!({ "wrong_id": number(), "wrong_source": number(), "wrong_question": number() }),
        json!({}),
    );
    object(
        json!({
            "event": { "enum": ["query", "reply"] },
            "server": text(),
            "server_name": text(),
            "port": number(),
            "transport": text(),
            "size": number(),
            "id": number(),
            "opcode": text(),
            "status": text(),
            "flags": { "type": ["array", "string"], "items": text() },
        }),
        json!({
            "query_time_ms": { "type": "number" },
            "time": text(),
            "malformed": { "const": true },
            "extra_bytes": number(),
            "edns": edns,
            "tsig_verified": { "type": "boolean" },
            "ignored": ignored,
            "question": list(question),
            "answer": list(record()),
            "authority": list(record()),
            "additional": list(record()),
            "tsig": record(),
            "sig0": record(),
        }),
    )
}

/// How large a zone transfer was.
fn transferred() -> Value {
    object(
        json!({
            "event": { "const": "transferred" },
            "server": text(),
            "records": number(),
            "messages": number(),
            "bytes": number(),
            "query_time_ms": { "type": "number" },
        }),
        json!({}),
    )
}
