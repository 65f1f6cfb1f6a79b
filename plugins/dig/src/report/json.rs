//! JSON lines: one object for each message, warning and error.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Shown, Transferred, stats, text, yaml};
use crate::edns::{self, Edns};
use crate::kind;
use crate::mnemonic;
use crate::name;
use crate::rdata::{self, Style, fields};
use crate::reply::{Record, Section};

/// Writes an object as a line.
pub(super) fn line(out: &mut String, object: &impl Serialize) {
    if let Ok(text) = serde_json::to_string(object) {
        out.push_str(&text);
        out.push('\n');
    }
}

/// A warning or an error.
pub(super) fn note(out: &mut String, event: &str, words: &str) {
    line(out, &json!({ "event": event, "message": words }));
}

pub(super) fn message(out: &mut String, shown: &Shown<'_>) {
    let (lookup, reply) = (shown.lookup, shown.message);
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| object.insert(key.to_owned(), value);
    put(
        "event",
        if shown.is_query { "query" } else { "reply" }.into(),
    );
    put("server", shown.server.address.ip().to_string().into());
    put("server_name", shown.server.name.as_str().into());
    put("port", shown.server.address.port().into());
    put("transport", stats::protocol(lookup, shown.transport).into());
    if !shown.is_query {
        put("query_time_ms", (shown.microseconds() as f64 / 1e3).into());
    }
    if let Some(received) = shown.received {
        put("time", yaml::stamp(received, lookup).into());
    }
    put("size", reply.bytes.len().into());
    put("id", reply.id.into());
    put("opcode", mnemonic::opcode(reply.opcode()).into());
    put("status", mnemonic::rcode(reply.rcode).into());
    put("flags", text::flags(reply).into());
    if reply.malformed {
        put("malformed", true.into());
    }
    if reply.extra > 0 {
        put("extra_bytes", reply.extra.into());
    }
    if let Some(opt) = &reply.opt {
        put("edns", edns(opt, shown));
    }
    if let Some(signature) = shown.signature.filter(|_| !shown.is_query) {
        put("tsig_verified", signature.into());
    }
    if let Ok(ignored) = serde_json::to_value(shown.ignored)
        && shown.ignored != super::Ignored::default()
    {
        put("ignored", ignored);
    }
    let questions: Vec<Value> = reply
        .questions
        .iter()
        .map(|question| {
            json!({
                "name": name::text(&question.name),
                "class": class(question.class),
                "type": rtype(question.rtype),
            })
        })
        .collect();
    if lookup.question {
        put("question", questions.into());
    }
    for (key, section, wanted) in [
        ("answer", Section::Answer, lookup.answer),
        ("authority", Section::Authority, lookup.authority),
        ("additional", Section::Additional, lookup.additional),
    ] {
        if wanted {
            let records: Vec<Value> = reply.section(section).iter().map(record).collect();
            put(key, records.into());
        }
    }
    for (key, signature) in [("tsig", &reply.tsig), ("sig0", &reply.sig0)] {
        if lookup.additional
            && let Some(signature) = signature
        {
            put(key, record(signature));
        }
    }
    line(out, &object);
}

/// One record: its parts, its data as text, and by fields where the type has them.
pub(crate) fn record(record: &Record<'_>) -> Value {
    let mut data = String::new();
    let style = Style {
        width: None,
        ..Style::default()
    };
    let _ = rdata::present(&mut data, &style, record.rtype, record.class, record.data);
    let mut object = json!({
        "name": name::text(&record.owner),
        "ttl": record.ttl,
        "class": class(record.class),
        "type": rtype(record.rtype),
        "data": data,
    });
    if let Some(values) = fields::values(record.rtype, record.class, record.data)
        && let Some(object) = object.as_object_mut()
    {
        object.insert("fields".to_owned(), values);
    }
    object
}

fn class(code: u16) -> String {
    let mut out = String::new();
    kind::write_class(&mut out, code);
    out
}

fn rtype(code: u16) -> String {
    let mut out = String::new();
    kind::write_type(&mut out, code);
    out
}

fn edns(opt: &Record<'_>, shown: &Shown<'_>) -> Value {
    let fixed = Edns::of(opt);
    let options: Vec<Value> = edns::options(opt)
        .into_iter()
        .map(|(code, value)| {
            let mut option = json!({
                "code": code,
                "value": data_encoding::HEXLOWER.encode(value),
            });
            let meaning = match code {
                edns::code::EXTENDED_ERROR if value.len() >= 2 => {
                    let (info, text) = edns::split_extended_error(value);
                    let words = mnemonic::EXTENDED_ERRORS.get(usize::from(info));
                    Some(json!({
                        "info_code": info,
                        "meaning": words,
                        "text": String::from_utf8_lossy(text),
                    }))
                }
                edns::code::NSID => Some(edns::printable(value).into()),
                _ => edns::meaning(code, value).map(|text| text.trim().into()),
            };
            if let (Some(object), Some(meaning)) = (option.as_object_mut(), meaning) {
                object.insert("meaning".to_owned(), meaning);
            }
            option
        })
        .collect();
    json!({
        "version": fixed.version,
        "flags": fixed.flag_names(),
        "udp": fixed.udp_size,
        "cookie": shown.cookie,
        "options": options,
    })
}

/// How large a zone transfer was.
pub(super) fn transferred(out: &mut String, shown: &Shown<'_>, all: Transferred) {
    line(
        out,
        &json!({
            "event": "transferred",
            "server": shown.server.address.ip().to_string(),
            "records": all.records,
            "messages": all.messages,
            "bytes": all.bytes,
            "query_time_ms": shown.microseconds() as f64 / 1e3,
        }),
    );
}
