//! dig's own form: comments, sections, records in columns.

use std::fmt::Write as _;

use super::Shown;
use crate::edns;
use crate::kind::rtype;
use crate::lookup::{Greeting, Lookup};
use crate::master::Lines;
use crate::mnemonic;
use crate::name;
use crate::rdata::Style;
use crate::reply::{Reply, Section, flag};
use crate::usage;

const FORMERR: u16 = 1;
const NOTIMP: u16 = 4;
const UPDATE: u8 = 5;

/// The echo of the command line.
pub(super) fn greeting(greeting: &Greeting, addresses: usize) -> String {
    let mut out = String::new();
    if greeting.first {
        out.push('\n');
    }
    let _ = write!(out, "; <<>> {} <<>>", usage::PROGRAM);
    for argument in &greeting.arguments {
        out.push(' ');
        out.push_str(argument);
    }
    out.push('\n');
    if greeting.first {
        if addresses > 0 {
            let plural = if addresses > 1 { "s" } else { "" };
            let _ = writeln!(out, "; ({addresses} server{plural} found)");
        }
        let short = if greeting.short { " +short" } else { "" };
        let command = if greeting.command { " +cmd" } else { "" };
        let _ = writeln!(out, ";; global options:{short}{command}");
    }
    out
}

/// How the lookup wants records written.
pub(super) fn lines(lookup: &Lookup, yaml: bool) -> Lines {
    let multiline = lookup.multiline && !yaml;
    let style = Style {
        multiline,
        comments: !yaml
            && (lookup.record_comments > 0 || (multiline && lookup.record_comments == 0)),
        crypto: lookup.crypto || yaml,
        unknown_format: lookup.unknown_format && !yaml,
        expand_aaaa: lookup.expand_aaaa && !yaml,
        yaml,
        idn: lookup.idn_out,
        ..Style::default()
    };
    let (ttl, class) = (lookup.ttl || yaml, lookup.show_class || yaml);
    let split = lookup.globals.split;
    Lines::new(style, ttl, lookup.ttl_units && !yaml, class, split)
}

/// The names of the header's flags that are set.
pub(crate) fn flags(reply: &Reply<'_>) -> Vec<&'static str> {
    [
        (reply.has(flag::QR), "qr"),
        (reply.has(flag::AA), "aa"),
        (reply.has(flag::TC), "tc"),
        (reply.has(flag::RD), "rd"),
        (reply.has(flag::RA), "ra"),
        (reply.has(flag::AD), "ad"),
        (reply.has(flag::CD), "cd"),
    ]
    .into_iter()
    .filter(|(set, _)| *set)
    .map(|(_, name)| name)
    .collect()
}

/// Prints a message; or why a name in it cannot be printed.
pub(super) fn message(out: &mut String, shown: &Shown<'_>) -> Result<(), String> {
    let (lookup, reply) = (shown.lookup, shown.message);
    if lookup.comments {
        header(out, shown);
    }
    if lookup.idn_out
        && let Some(why) = unprintable(reply)
    {
        // Nothing below the header has been printed by then.
        out.truncate(out.trim_end_matches('\n').len());
        out.push('\n');
        return Err(why);
    }
    if lookup.comments
        && let Some(opt) = &reply.opt
    {
        out.push_str(";; OPT PSEUDOSECTION:\n");
        edns::write_text(out, opt, shown.cookie);
    }
    let lines = lines(lookup, false);
    let update = reply.opcode() == UPDATE;
    let title = |out: &mut String, ordinary: &str, of_update: &str| {
        if lookup.comments {
            let name = if update { of_update } else { ordinary };
            let _ = writeln!(out, ";; {name} SECTION:");
        }
    };
    let close = |out: &mut String| {
        if lookup.comments {
            out.push('\n');
        }
    };
    if lookup.question && !reply.questions.is_empty() {
        title(out, "QUESTION", "ZONE");
        for question in &reply.questions {
            out.push(';');
            lines.question(out, question);
            out.push('\n');
        }
        close(out);
    }
    for (section, wanted, ordinary, of_update) in [
        (Section::Answer, lookup.answer, "ANSWER", "PREREQUISITE"),
        (Section::Authority, lookup.authority, "AUTHORITY", "UPDATE"),
        (
            Section::Additional,
            lookup.additional,
            "ADDITIONAL",
            "ADDITIONAL",
        ),
    ] {
        let records = reply.section(section);
        if !wanted || records.is_empty() {
            continue;
        }
        title(out, ordinary, of_update);
        let mut soas = shown.number;
        for record in records {
            let one = lookup.one_soa && lookup.rtype == rtype::AXFR;
            if one && section == Section::Answer && record.rtype == rtype::SOA {
                soas += 1;
                if soas > 1 {
                    continue;
                }
            }
            lines.record(out, record);
        }
        close(out);
    }
    for (title, record) in [("TSIG", &reply.tsig), ("SIG0", &reply.sig0)] {
        if lookup.additional
            && let Some(record) = record
        {
            if lookup.comments {
                let _ = writeln!(out, ";; {title} PSEUDOSECTION:");
            }
            lines.record(out, record);
            close(out);
        }
    }
    Ok(())
}

/// Why the first name that has no form in U-labels has none.
fn unprintable(reply: &Reply<'_>) -> Option<String> {
    let questions = reply
        .questions
        .iter()
        .map(|question| name::text(&question.name));
    let sections = [Section::Answer, Section::Authority, Section::Additional];
    let records = sections
        .into_iter()
        .flat_map(|section| reply.section(section));
    let names = records.flat_map(|record| {
        let has_name = [rtype::NS, rtype::CNAME, rtype::PTR, rtype::DNAME].contains(&record.rtype);
        let target = has_name.then(|| record.data.cursor().name().ok()).flatten();
        [
            Some(name::text(&record.owner)),
            target.map(|name| name::text(&name)),
        ]
    });
    questions
        .chain(names.flatten())
        .find_map(|name| crate::idn::no_unicode(&name))
}

fn header(out: &mut String, shown: &Shown<'_>) {
    let (lookup, reply) = (shown.lookup, shown.message);
    out.push_str(if shown.is_query {
        ";; Sending:\n"
    } else {
        ";; Got answer:\n"
    });
    if reply.questions.iter().any(is_local) {
        out.push_str(
            ";; WARNING: .local is reserved for Multicast DNS\n\
             ;; You are currently testing what happens when an mDNS query is leaked to DNS\n",
        );
    }
    let _ = write!(
        out,
        ";; ->>HEADER<<- opcode: {}, status: {}, id: {}\n;; flags:",
        mnemonic::opcode(reply.opcode()),
        mnemonic::rcode(reply.rcode),
        reply.id
    );
    for flag in flags(reply) {
        out.push(' ');
        out.push_str(flag);
    }
    if reply.has(flag::Z) {
        out.push_str("; MBZ: 0x4");
    }
    let [questions, answers, authority, additional] = reply.counts;
    let _ = writeln!(
        out,
        "; QUERY: {questions}, ANSWER: {answers}, AUTHORITY: {authority}, ADDITIONAL: {additional}"
    );
    if !shown.is_query {
        if reply.has(flag::RD) && !reply.has(flag::RA) {
            out.push_str(";; WARNING: recursion requested but not available\n");
        }
        if shown.edns && reply.opt.is_none() && [FORMERR, NOTIMP].contains(&reply.rcode) {
            let dnssec = if lookup.dnssec { "+nodnssec " } else { "" };
            let _ = writeln!(
                out,
                "\n;; WARNING: EDNS query returned status {} - retry with '{dnssec}+noedns'",
                mnemonic::rcode(reply.rcode)
            );
        }
        if reply.extra > 0 {
            let _ = writeln!(
                out,
                ";; WARNING: Message has {} extra bytes at end",
                reply.extra
            );
        }
    }
    out.push('\n');
}

/// Below `.local`, which is for multicast DNS (RFC 6762).
fn is_local(question: &crate::reply::Question) -> bool {
    let top = question.name.iter().next_back();
    top.is_some_and(|label| label.eq_ignore_ascii_case(b"local"))
}

/// Sixteen bytes a line, in hexadecimal and ASCII.
pub(super) fn dump(out: &mut String, bytes: &[u8]) {
    let _ = writeln!(out, "{} bytes", bytes.len());
    for line in bytes.chunks(16) {
        for byte in line {
            let _ = write!(out, "{byte:02x} ");
        }
        for _ in line.len()..16 {
            out.push_str("   ");
        }
        out.push_str("         ");
        out.extend(line.iter().map(|byte| match byte {
            b'!'..=b'}' => char::from(*byte),
            _ => '.',
        }));
        out.push('\n');
    }
}
