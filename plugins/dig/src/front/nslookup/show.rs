//! Answers in nslookup's words.

use std::fmt::Write as _;

use super::super::{self as front, Heard, bare, data, type_text};
use crate::kind::{self, rtype};
use crate::name::Name;
use crate::reply::{Record, Section, flag};
use crate::report::Shown;
use crate::wire::Problem;

/// How answers are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct View {
    /// The whole message, too.
    pub(crate) debug: bool,
    /// Both kinds of address are asked for.
    pub(crate) several: bool,
}

/// What stands before the data of a type.
fn label(code: u16) -> String {
    const LABELS: [&str; 42] = [
        "rtype_0 = ",
        "internet address = ",
        "nameserver = ",
        "md = ",
        "mf = ",
        "canonical name = ",
        "soa = ",
        "mb = ",
        "mg = ",
        "mr = ",
        "rtype_10 = ",
        "protocol = ",
        "name = ",
        "hinfo = ",
        "minfo = ",
        "mail exchanger = ",
        "text = ",
        "rp = ",
        "afsdb = ",
        "x25 address = ",
        "isdn address = ",
        "rt = ",
        "nsap = ",
        "nsap_ptr = ",
        "signature = ",
        "key = ",
        "px = ",
        "gpos = ",
        "has AAAA address ",
        "loc = ",
        "next = ",
        "rtype_31 = ",
        "rtype_32 = ",
        "service = ",
        "rtype_34 = ",
        "naptr = ",
        "kx = ",
        "cert = ",
        "v6 address = ",
        "dname = ",
        "rtype_40 = ",
        "optional = ",
    ];
    match LABELS.get(usize::from(code)) {
        Some(label) => (*label).to_owned(),
        None => format!("rdata_{code} = "),
    }
}

/// The fields of an SOA record, a line each.
fn authority(out: &mut String, record: &Record<'_>) -> Result<(), Problem> {
    let mut cursor = record.data.cursor();
    let names: [Name; 2] = [cursor.name()?, cursor.name()?];
    let _ = writeln!(out, "\torigin = {}", bare(&names[0]));
    let _ = writeln!(out, "\tmail addr = {}", bare(&names[1]));
    for field in ["serial", "refresh", "retry", "expire", "minimum"] {
        let _ = writeln!(out, "\t{field} = {}", cursor.u32()?);
    }
    Ok(())
}

fn section(out: &mut String, shown: &Shown<'_>, section: Section) {
    for record in shown.message.section(section) {
        let owner = bare(&record.owner);
        match record.rtype {
            rtype::A | rtype::AAAA if section == Section::Answer => {
                let _ = writeln!(out, "Name:\t{owner}\nAddress: {}", data(record));
            }
            rtype::SOA => {
                let _ = writeln!(out, "{owner}");
                let _ = authority(out, record);
            }
            code => {
                let _ = writeln!(out, "{owner}\t{}{}", label(code), data(record));
            }
        }
    }
}

/// All of the message, for `set debug`.
fn whole(out: &mut String, shown: &Shown<'_>) {
    let reply = shown.message;
    out.push_str("------------\n    QUESTIONS:\n");
    for question in &reply.questions {
        let mut class = String::new();
        kind::write_class(&mut class, question.class);
        let (name, what) = (bare(&question.name), type_text(question.rtype));
        let _ = writeln!(out, "\t{name}, type = {what}, class = {class}");
    }
    for (section, title) in [
        (Section::Answer, "ANSWERS"),
        (Section::Authority, "AUTHORITY RECORDS"),
        (Section::Additional, "ADDITIONAL RECORDS"),
    ] {
        let _ = writeln!(out, "    {title}:");
        for record in reply.section(section) {
            let _ = writeln!(out, "    ->  {}", bare(&record.owner));
            match record.rtype {
                rtype::SOA => {
                    let _ = authority(out, record);
                }
                code => {
                    let _ = writeln!(out, "\t{}{}", label(code), data(record));
                }
            }
            let _ = writeln!(out, "\tttl = {}", record.ttl);
        }
    }
    out.push_str("------------\n");
}

impl front::View for View {
    fn message(&self, out: &mut String, shown: &Shown<'_>, heard: &mut Heard) {
        let (lookup, reply) = (shown.lookup, shown.message);
        heard.answered = true;
        // The second question of two goes on with the first.
        let is_first = !self.several || lookup.rtype == rtype::A;
        if is_first {
            let _ = writeln!(
                out,
                "Server:\t\t{}\nAddress:\t{}\n",
                nethost_sdk::text::printable(&shown.server.name),
                shown.server.socket()
            );
        }
        if self.debug {
            whole(out, shown);
        }
        if reply.rcode != 0 {
            heard.failed = true;
            let name = reply.questions.first().map(|question| bare(&question.name));
            let name = name.unwrap_or_else(|| {
                nethost_sdk::text::printable(lookup.name.trim_end_matches('.')).into_owned()
            });
            let code = front::rcode(reply.rcode);
            let _ = writeln!(out, "** server can't find {name}: {code}");
            return;
        }
        let is_authoritative = reply.has(flag::AA);
        if !is_authoritative && is_first {
            out.push_str("Non-authoritative answer:\n");
        }
        if !reply.section(Section::Answer).is_empty() {
            section(out, shown, Section::Answer);
        } else if self.several && lookup.rtype == rtype::A {
            heard.no_address = true;
        } else if !self.several || (lookup.rtype == rtype::AAAA && heard.no_address) {
            // The second question is about the name that the first one led to.
            let name = match lookup.rtype == rtype::AAAA && self.several {
                true => lookup.name.strip_suffix('.').unwrap_or(&lookup.name),
                false => &lookup.name,
            };
            let typed = nethost_sdk::text::printable(name);
            let _ = writeln!(out, "*** Can't find {typed}: No answer");
        }
        if !is_authoritative && ![rtype::A, rtype::AAAA].contains(&lookup.rtype) {
            out.push_str("\nAuthoritative answers can be found from:\n");
            section(out, shown, Section::Authority);
            section(out, shown, Section::Additional);
        }
    }
}
