//! The options that begin with a plus sign: names, what may be left off them, and what they set.

mod edns;
mod setters;
mod transport;

use nethost_sdk::Exit;

use crate::arguments::Parser;
use crate::lookup::{Form, Lookup};
use crate::refusal::{fatal, misused};
use edns::*;
use setters::*;
use transport::*;

/// A switch of a lookup.
type Switch = fn(&mut Lookup) -> &mut bool;
/// Anything that is more than a switch.
type Setter = fn(&mut Parser, &mut Lookup, Plus<'_>) -> Result<(), Exit>;

#[derive(Clone, Copy)]
enum Effect {
    Set(Switch),
    Call(Setter),
    /// Accepted, with these words.
    Gone(&'static str),
}

/// What was typed behind the plus sign.
#[derive(Clone, Copy)]
struct Plus<'a> {
    /// Up to the equals sign.
    typed: &'a str,
    name: &'a str,
    on: bool,
    value: Option<&'a str>,
}

/// Name, how much of it must be typed, and effect. Of several that match, the first counts.
static OPTIONS: &[(&str, usize, Effect)] = &[
    ("aaonly", 2, Effect::Set(|l| &mut l.aa)),
    ("aaflag", 2, Effect::Set(|l| &mut l.aa)),
    ("ad", 2, Effect::Set(|l| &mut l.ad)),
    ("adflag", 3, Effect::Set(|l| &mut l.ad)),
    ("additional", 3, Effect::Set(|l| &mut l.additional)),
    ("all", 2, Effect::Call(all)),
    ("answer", 2, Effect::Set(|l| &mut l.answer)),
    ("authority", 2, Effect::Set(|l| &mut l.authority)),
    ("badcookie", 2, Effect::Set(|l| &mut l.retry_bad_cookie)),
    ("besteffort", 2, Effect::Set(|l| &mut l.best_effort)),
    ("bufsize", 2, Effect::Call(buffer_size)),
    ("cd", 2, Effect::Set(|l| &mut l.cd)),
    ("cdflag", 3, Effect::Set(|l| &mut l.cd)),
    ("class", 2, Effect::Set(|l| &mut l.show_class)),
    ("cmd", 2, Effect::Call(command)),
    ("co", 2, Effect::Set(|l| &mut l.compact)),
    ("coflag", 3, Effect::Set(|l| &mut l.compact)),
    ("comments", 3, Effect::Call(comments)),
    ("compare", 4, Effect::Call(compare)),
    ("cookie", 3, Effect::Call(cookie)),
    ("crypto", 2, Effect::Set(|l| &mut l.crypto)),
    ("defname", 2, Effect::Call(search)),
    ("dns64prefix", 4, Effect::Call(dns64_prefix)),
    ("dnssec", 4, Effect::Call(dnssec)),
    ("do", 2, Effect::Call(dnssec)),
    ("domain", 3, Effect::Call(domain)),
    (
        "dscp",
        2,
        Effect::Gone(";; +dscp option is obsolete and has no effect"),
    ),
    ("edns", 4, Effect::Call(edns)),
    ("ednsflags", 5, Effect::Call(edns_flags)),
    ("ednsfallback", 5, Effect::Set(|l| &mut l.edns_fallback)),
    (
        "ednsnegotiation",
        5,
        Effect::Set(|l| &mut l.edns_negotiation),
    ),
    ("ednsopt", 5, Effect::Call(edns_option)),
    ("expandaaaa", 4, Effect::Set(|l| &mut l.expand_aaaa)),
    ("expire", 4, Effect::Set(|l| &mut l.expire)),
    ("fail", 2, Effect::Set(|l| &mut l.servfail_stops)),
    ("header-only", 2, Effect::Set(|l| &mut l.header_only)),
    (
        "harden",
        3,
        Effect::Call(|p, _, plus| {
            p.globals.harden = plus.on;
            Ok(())
        }),
    ),
    (
        "hints",
        2,
        Effect::Call(|p, _, plus| {
            p.globals.hints = plus.on;
            Ok(())
        }),
    ),
    ("https", 5, Effect::Call(https)),
    ("https-get", 7, Effect::Call(https)),
    ("https-post", 7, Effect::Call(https)),
    ("http-plain", 5, Effect::Call(https)),
    ("http-plain-get", 12, Effect::Call(https)),
    ("http-plain-post", 12, Effect::Call(https)),
    ("identify", 3, Effect::Set(|l| &mut l.identify)),
    ("idnin", 4, Effect::Set(|l| &mut l.idn_in)),
    ("idnout", 4, Effect::Set(|l| &mut l.idn_out)),
    ("ignore", 1, Effect::Set(|l| &mut l.ignore_truncation)),
    (
        "json",
        1,
        Effect::Call(|p, l, plus| form(p, l, plus, Form::Json)),
    ),
    ("keepalive", 5, Effect::Set(|l| &mut l.keepalive)),
    (
        "keepopen",
        5,
        Effect::Call(|p, _, plus| {
            p.globals.keep_open = plus.on;
            Ok(())
        }),
    ),
    ("mapped", 2, Effect::Gone(";; +mapped option is deprecated")),
    ("multiline", 2, Effect::Set(|l| &mut l.multiline)),
    ("ndots", 2, Effect::Call(ndots)),
    ("nsid", 3, Effect::Call(nsid)),
    ("nssearch", 3, Effect::Call(ns_search)),
    ("onesoa", 2, Effect::Set(|l| &mut l.one_soa)),
    ("opcode", 2, Effect::Call(opcode)),
    ("padding", 1, Effect::Call(padding)),
    ("qid", 2, Effect::Call(query_id)),
    ("qr", 2, Effect::Set(|l| &mut l.show_query)),
    ("question", 2, Effect::Call(question)),
    ("raflag", 2, Effect::Set(|l| &mut l.ra)),
    ("rdflag", 2, Effect::Set(|l| &mut l.recurse)),
    ("recurse", 3, Effect::Set(|l| &mut l.recurse)),
    ("retry", 3, Effect::Call(retry)),
    ("retries", 3, Effect::Call(retry)),
    ("root", 2, Effect::Call(root)),
    (
        "rrcomments",
        2,
        Effect::Call(|_, l, plus| {
            l.record_comments = if plus.on { 1 } else { -1 };
            Ok(())
        }),
    ),
    ("search", 2, Effect::Call(search)),
    ("short", 4, Effect::Call(short)),
    ("showbadcookie", 5, Effect::Set(|l| &mut l.show_bad_cookie)),
    ("showsearch", 5, Effect::Call(show_search)),
    (
        "sigchase",
        2,
        Effect::Gone(";; +sigchase option is deprecated"),
    ),
    ("split", 2, Effect::Call(split)),
    ("stats", 2, Effect::Set(|l| &mut l.stats)),
    ("subnet", 2, Effect::Call(subnet)),
    ("tcflag", 3, Effect::Set(|l| &mut l.tc)),
    ("tcp", 3, Effect::Call(tcp)),
    ("timeout", 2, Effect::Call(timeout)),
    ("tls", 3, Effect::Call(tls)),
    ("tls-ca", 6, Effect::Call(tls)),
    ("tls-certfile", 6, Effect::Call(tls)),
    ("tls-hostname", 5, Effect::Call(tls)),
    ("tls-keyfile", 5, Effect::Call(tls)),
    ("tls-pin", 5, Effect::Call(tls)),
    (
        "topdown",
        2,
        Effect::Gone(";; +topdown option is deprecated"),
    ),
    ("trace", 3, Effect::Call(trace)),
    ("tries", 3, Effect::Call(tries)),
    (
        "trusted-key",
        3,
        Effect::Gone(";; +trusted-key option is deprecated"),
    ),
    ("ttl", 3, Effect::Set(|l| &mut l.ttl)),
    ("ttlid", 4, Effect::Set(|l| &mut l.ttl)),
    (
        "ttlunits",
        4,
        Effect::Call(|_, l, plus| {
            l.ttl = true;
            l.ttl_units = plus.on;
            Ok(())
        }),
    ),
    (
        "unexpected",
        3,
        Effect::Gone(";; +unexpected option is deprecated"),
    ),
    ("unknownformat", 3, Effect::Set(|l| &mut l.unknown_format)),
    ("validate", 2, Effect::Call(validate)),
    ("vc", 1, Effect::Call(tcp)),
    (
        "yaml",
        1,
        Effect::Call(|p, l, plus| form(p, l, plus, Form::Yaml)),
    ),
    ("zflag", 1, Effect::Set(|l| &mut l.z)),
];

/// Applies an option, given without its plus sign.
pub(crate) fn apply(parser: &mut Parser, lookup: &mut Lookup, option: &str) -> Result<(), Exit> {
    let (typed, value) = match option.split_once('=') {
        Some((typed, value)) => (typed, Some(value).filter(|value| !value.is_empty())),
        None => (option, None),
    };
    let lower = typed.to_ascii_lowercase();
    let (name, on) = match lower.strip_prefix("no") {
        Some(rest) => (rest, false),
        None => (lower.as_str(), true),
    };
    let invalid = || misused(format!("Invalid option: +{typed}"));
    let (full, _, effect) = OPTIONS
        .iter()
        .find(|(full, least, _)| name.len() >= *least && full.starts_with(name))
        .ok_or_else(invalid)?;
    match effect {
        Effect::Set(switch) => *switch(lookup) = on,
        Effect::Gone(words) => parser.warn(words),
        Effect::Call(call) => call(
            parser,
            lookup,
            Plus {
                typed,
                name: full,
                on,
                value,
            },
        )?,
    }
    Ok(())
}

impl<'a> Plus<'a> {
    fn invalid(&self) -> Exit {
        misused(format!("Invalid option: +{}", self.typed))
    }

    /// A value is needed, and `no` makes no sense.
    fn needed(&self) -> Result<&'a str, Exit> {
        match self.value {
            Some(value) if self.on => Ok(value),
            _ => Err(self.invalid()),
        }
    }
}

/// A number within bounds, with the two messages that dig has for one that is not.
pub(crate) fn number(text: &str, most: u32, what: &str, failed: &str) -> Result<u32, Exit> {
    let parsed = (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse::<u64>().unwrap_or(u64::MAX));
    let why = match parsed {
        Some(number) if number <= u64::from(most) => return Ok(number as u32),
        Some(_) => "out of range",
        None => "not a valid number",
    };
    Err(Exit {
        stdout: format!("invalid {what} '{text}': {why}\n"),
        ..fatal(failed, 10)
    })
}
