//! Answers in host's words.

use std::fmt::Write as _;

use super::super::{self as front, Heard, bare, data, type_text};
use crate::edns::Edns;
use crate::kind::rtype;
use crate::master::Lines;
use crate::name::Name;
use crate::rdata::Style;
use crate::reply::{Record, Section};
use crate::report::{Shown, Transferred};
use crate::{mnemonic, report};

/// How answers are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) verbose: bool,
    /// The first answer names the server that was typed.
    pub(crate) names_server: bool,
    /// An answer without records is told about.
    pub(crate) tells_absence: bool,
    /// -C: each answer is of another server.
    pub(crate) name_servers: bool,
    /// Of a zone, records of this type; without one, addresses and name servers.
    pub(crate) list: Option<u16>,
    /// -A: without RRSIG, NSEC and NSEC3.
    pub(crate) almost_all: bool,
}

const RRSIG: u16 = 46;
const NSEC: u16 = 47;
const NSEC3: u16 = 50;
const NXDOMAIN: u16 = 3;

/// What a record of this type says about its owner.
fn verb(code: u16) -> String {
    match code {
        1 => "has address",
        2 => "name server",
        5 => "is an alias for",
        11 => "has well known services",
        12 => "domain name pointer",
        13 => "host information",
        15 => "mail is handled by",
        16 => "descriptive text",
        19 => "x25 address",
        20 => "ISDN address",
        24 => "has signature",
        25 => "has key",
        28 => "has IPv6 address",
        29 => "location",
        other => return format!("has {} record", type_text(other)),
    }
    .to_owned()
}

impl View {
    /// Whether a record, or a question, of this type is shown.
    fn shows(&self, asked: u16, code: u16) -> bool {
        let of_list = match self.list {
            _ if asked != rtype::AXFR => true,
            Some(rtype::ANY) => true,
            Some(list) => code == list,
            None => [rtype::A, rtype::AAAA, rtype::NS, rtype::PTR].contains(&code),
        };
        of_list && !(self.almost_all && [RRSIG, NSEC, NSEC3].contains(&code))
    }

    fn sentence(&self, out: &mut String, shown: &Shown<'_>, record: &Record<'_>) {
        if self.name_servers {
            let _ = write!(out, "Nameserver {}:\n\t", shown.server.address.ip());
        }
        let owner = bare(&record.owner);
        let _ = writeln!(out, "{owner} {} {}", verb(record.rtype), data(record));
    }

    fn header(&self, out: &mut String, shown: &Shown<'_>) {
        let reply = shown.message;
        let [questions, answers, authority, additional] = reply.counts;
        let _ = writeln!(
            out,
            ";; ->>HEADER<<- opcode: {}, status: {}, id: {}\n;; flags: {}; QUERY: {questions}, \
             ANSWER: {answers}, AUTHORITY: {authority}, ADDITIONAL: {additional}",
            mnemonic::opcode(reply.opcode()),
            front::rcode(reply.rcode),
            reply.id,
            report::flags(reply).join(" ")
        );
        if let Some(opt) = &reply.opt {
            let _ = writeln!(
                out,
                ";; EDNS: version: {}, udp={}",
                Edns::of(opt).version,
                opt.class
            );
        }
        if reply.tsig.is_some() {
            out.push_str(";; PSEUDOSECTIONS: TSIG\n");
        }
    }

    fn sections(&self, out: &mut String, shown: &Shown<'_>) {
        let (reply, asked) = (shown.message, shown.lookup.rtype);
        let lines = Lines::new(Style::default(), true, false, true, None);
        if !reply.questions.is_empty() {
            out.push_str("\n;; QUESTION SECTION:\n");
        }
        for question in &reply.questions {
            out.push(';');
            if self.shows(asked, question.rtype) {
                lines.question(out, question);
                out.push('\n');
            }
        }
        for (section, title) in [
            (Section::Answer, "ANSWER"),
            (Section::Authority, "AUTHORITY"),
            (Section::Additional, "ADDITIONAL"),
        ] {
            let records = reply.section(section);
            if records.is_empty() {
                continue;
            }
            let _ = writeln!(out, "\n;; {title} SECTION:");
            let records = records.iter();
            records
                .filter(|record| self.shows(asked, record.rtype))
                .for_each(|record| lines.record(out, record));
        }
        out.push('\n');
    }
}

impl front::View for View {
    fn message(&self, out: &mut String, shown: &Shown<'_>, heard: &mut Heard) {
        let (lookup, reply) = (shown.lookup, shown.message);
        heard.answered = true;
        if self.names_server && !heard.server_named {
            let _ = writeln!(
                out,
                "Using domain server:\nName: {}\nAddress: {}\nAliases: \n",
                nethost_sdk::text::printable(&shown.server.name),
                shown.server.socket()
            );
            heard.server_named = true;
        }
        if reply.rcode != 0 {
            heard.failed = true;
            let name = match reply.questions.first() {
                Some(question) if reply.rcode != NXDOMAIN => bare(&question.name),
                _ => nethost_sdk::text::printable(&lookup.name).into_owned(),
            };
            let (code, text) = (reply.rcode, front::rcode(reply.rcode));
            if self.name_servers {
                let _ = write!(out, "Nameserver {}:\n\t", shown.server.address.ip());
            } else {
                out.push_str("Host ");
            }
            let _ = writeln!(out, "{name} not found: {code}({text})");
            return;
        }
        if self.verbose {
            self.header(out, shown);
            self.sections(out, shown);
            return;
        }
        let answer = reply.section(Section::Answer);
        for record in answer {
            if self.shows(lookup.rtype, record.rtype) {
                self.sentence(out, shown, record);
            }
        }
        if self.tells_absence && answer.is_empty() {
            let name = reply.questions.first().map(|question| bare(&question.name));
            let (name, what) = (name.unwrap_or_default(), type_text(lookup.rtype));
            let _ = writeln!(out, "{name} has no {what} record");
        }
    }

    fn trying(&self, out: &mut String, name: &Name) {
        if self.verbose {
            let _ = writeln!(out, "Trying \"{}\"", bare(name));
        }
    }

    fn received(&self, out: &mut String, shown: &Shown<'_>, _: Option<Transferred>) {
        if self.verbose {
            // Of a transfer, those of the last message.
            let bytes = shown.message.bytes.len();
            let _ = writeln!(
                out,
                "Received {bytes} bytes from {} in {} ms",
                shown.server.socket(),
                shown.microseconds() / 1000
            );
        }
    }
}
