//! `+yaml`: the form that BIND's tools share with dnstap.

use std::fmt::Write as _;

use nethost_sdk::Timestamp;

use super::{Shown, text};
use crate::edns;
use crate::lookup::{Lookup, Transport};
use crate::mnemonic;
use crate::reply::{Section, flag};

/// Two blanks a level; the message's data is at the third.
const LEVEL: usize = 3;

pub(super) fn message(out: &mut String, shown: &Shown<'_>) {
    let (lookup, reply) = (shown.lookup, shown.message);
    let recursive = reply.has(flag::RD) && (shown.is_query || reply.has(flag::RA));
    let kind = match (shown.is_query, recursive) {
        (true, true) => "RECURSIVE_QUERY",
        (true, false) => "AUTH_QUERY",
        (false, true) => "RECURSIVE_RESPONSE",
        (false, false) => "AUTH_RESPONSE",
    };
    let _ = writeln!(out, "- type: MESSAGE\n  message:\n    type: {kind}");
    if let Some(sent) = shown.sent {
        let _ = writeln!(out, "    query_time: !!timestamp {}", stamp(sent, lookup));
    }
    if let Some(received) = shown.received.filter(|_| !shown.is_query) {
        let _ = writeln!(
            out,
            "    response_time: !!timestamp {}",
            stamp(received, lookup)
        );
    }
    let _ = writeln!(out, "    message_size: {}b", reply.bytes.len());
    let address = shown.server.address;
    let _ = writeln!(
        out,
        "    socket_family: {}\n    socket_protocol: {}\n    response_address: \"{}\"\n    response_port: {}",
        if address.is_ipv4() { "INET" } else { "INET6" },
        if shown.transport == Transport::Udp {
            "UDP"
        } else {
            "TCP"
        },
        quoted(address.ip()),
        address.port()
    );
    if let Some(local) = shown.local {
        let _ = writeln!(
            out,
            "    query_address: \"{}\"\n    query_port: {}",
            quoted(local.ip()),
            local.port()
        );
    }
    let data = if shown.is_query { "query" } else { "response" };
    let _ = writeln!(out, "    {data}_message_data:");
    header(out, shown);
    if lookup.comments
        && let Some(opt) = &reply.opt
    {
        edns::write_yaml(out, opt, shown.cookie, LEVEL);
    }
    sections(out, shown);
}

/// A lone `::` would be read as a key.
fn quoted(address: std::net::IpAddr) -> String {
    match address.to_string() {
        text if text == "::" => "::0".to_owned(),
        text => text,
    }
}

fn header(out: &mut String, shown: &Shown<'_>) {
    let reply = shown.message;
    let pad = "  ".repeat(LEVEL);
    let mut status = String::new();
    mnemonic::write(&mut status, mnemonic::RCODES, reply.rcode);
    let _ = write!(
        out,
        "{pad}opcode: {}\n{pad}status: {status}\n{pad}id: {}\n{pad}flags:",
        mnemonic::opcode(reply.opcode()),
        reply.id
    );
    for flag in text::flags(reply) {
        out.push(' ');
        out.push_str(flag);
    }
    out.push('\n');
    if reply.has(flag::Z) {
        let _ = writeln!(out, "{pad}MBZ: 0x4");
    }
    let titles = ["QUESTION", "ANSWER", "AUTHORITY", "ADDITIONAL"];
    for (title, count) in titles.iter().zip(reply.counts) {
        let _ = writeln!(out, "{pad}{title}: {count}");
    }
}

fn sections(out: &mut String, shown: &Shown<'_>) {
    let (lookup, reply) = (shown.lookup, shown.message);
    let lines = text::lines(lookup, true);
    let pad = "  ".repeat(LEVEL);
    let quoted = |write: &dyn Fn(&mut String)| {
        let mut line = String::new();
        write(&mut line);
        format!("'{}'", line.trim_end_matches('\n').replace('\'', "''"))
    };
    let item = |out: &mut String, write: &dyn Fn(&mut String)| {
        let _ = writeln!(out, "{pad}  - {}", quoted(write));
    };
    if lookup.question && !reply.questions.is_empty() {
        let _ = writeln!(out, "{pad}QUESTION_SECTION:");
        for question in &reply.questions {
            item(out, &|line| lines.question(line, question));
        }
    }
    for (section, wanted, title) in [
        (Section::Answer, lookup.answer, "ANSWER"),
        (Section::Authority, lookup.authority, "AUTHORITY"),
        (Section::Additional, lookup.additional, "ADDITIONAL"),
    ] {
        let records = reply.section(section);
        if wanted && !records.is_empty() {
            let _ = writeln!(out, "{pad}{title}_SECTION:");
            for record in records {
                item(out, &|line| lines.record(line, record));
            }
        }
    }
    for (title, record) in [("TSIG", &reply.tsig), ("SIG0", &reply.sig0)] {
        if lookup.additional
            && let Some(record) = record
        {
            let record = quoted(&|line| lines.record(line, record));
            // dig indents it otherwise than the records.
            let _ = writeln!(out, "{pad}{title}_PSEUDOSECTION:\n{pad}- {record}\n");
        }
    }
}

/// A time as RFC 3339 has it.
pub(super) fn stamp(time: Timestamp, lookup: &Lookup) -> String {
    let nanos = i128::from(time.as_nanos());
    let digits = if lookup.microseconds { 6 } else { 3 };
    jiff::Timestamp::from_nanosecond(nanos)
        .map(|time| format!("{time:.digits$}"))
        .unwrap_or_default()
}
