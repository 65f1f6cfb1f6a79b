//! What the options that are more than a switch set.

use super::{Plus, number};
use crate::arguments::Parser;
use crate::edns::OPTION_NAMES;
use crate::kind::rtype;
use crate::lookup::{Form, Http, Lookup, Purpose, Subnet, UDP_SIZE};
use crate::mnemonic::OPCODES;
use crate::refusal::Refusal;

pub(super) fn all(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    for part in [
        &mut l.question,
        &mut l.authority,
        &mut l.answer,
        &mut l.additional,
        &mut l.comments,
        &mut l.stats,
        &mut p.globals.command,
    ] {
        *part = plus.on;
    }
    Ok(())
}

pub(super) fn buffer_size(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    l.udp_size = Some(match (plus.on, plus.value) {
        (false, _) => return Err(plus.invalid()),
        (true, None) => UDP_SIZE,
        (true, Some(text)) => {
            number(text, 0xffff, "buffer size", "Couldn't parse buffer size")? as u16
        }
    });
    Ok(())
}

pub(super) fn command(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    p.globals.command = plus.on;
    Ok(())
}

pub(super) fn comments(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    l.comments = plus.on;
    if p.before_names {
        p.transfer_comments = plus.on;
    }
    Ok(())
}

pub(super) fn question(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    l.question = plus.on;
    if p.before_names {
        p.transfer_question = plus.on;
    }
    Ok(())
}

pub(super) fn cookie(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if plus.on {
        l.want_edns();
    }
    l.send_cookie = plus.on;
    l.cookie = match plus.value {
        Some(text) if text.len() > 80 => {
            return Err(Refusal::fatal("COOKIE data too large", 10));
        }
        Some(text) => Some(hex(text, "isc_hex_decodestring")?),
        None => None,
    };
    Ok(())
}

fn hex(text: &str, what: &str) -> Result<Vec<u8>, Refusal> {
    data_encoding::HEXUPPER_PERMISSIVE
        .decode(text.as_bytes())
        .map_err(|_| Refusal::fatal(&format!("{what}: bad hex encoding"), 1))
}

pub(super) fn search(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if l.purpose != Purpose::Trace {
        p.globals.search = plus.on;
    }
    Ok(())
}

pub(super) fn show_search(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if l.purpose != Purpose::Trace {
        p.globals.show_search = plus.on;
        p.globals.search = plus.on;
    }
    Ok(())
}

/// Only the answer section, and nothing around it.
fn answer_only(p: &mut Parser, l: &mut Lookup) {
    p.globals.command = false;
    l.additional = false;
    l.answer = true;
    l.authority = false;
    l.question = false;
    l.comments = false;
    l.stats = false;
    l.record_comments = -1;
}

pub(super) fn dns64_prefix(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if plus.on {
        p.begin(l, "ipv4only.arpa", None);
        answer_only(p, l);
        l.dns64_prefix = true;
        l.rtype = rtype::AAAA;
        l.rtype_set = true;
    }
    Ok(())
}

pub(super) fn dnssec(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if plus.on {
        l.want_edns();
    }
    l.dnssec = plus.on;
    Ok(())
}

pub(super) fn domain(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    p.globals.domain = Some(plus.needed()?.to_owned());
    Ok(())
}

pub(super) fn edns(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    l.edns = match (plus.on, plus.value) {
        (false, _) => None,
        (true, None) => Some(0),
        (true, Some(text)) => Some(number(text, 255, "edns", "Couldn't parse edns")? as u8),
    };
    Ok(())
}

pub(super) fn edns_flags(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    l.edns_flags = match plus.value {
        Some(text) if plus.on => {
            l.want_edns();
            let decimal = match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
                Some(digits) => u64::from_str_radix(digits, 16).map(|n| n.to_string()),
                None if text.len() > 1 && text.starts_with('0') => {
                    u64::from_str_radix(text, 8).map(|n| n.to_string())
                }
                None => Ok(text.to_owned()),
            };
            let decimal = decimal.unwrap_or_else(|_| text.to_owned());
            number(&decimal, 0xffff, "ednsflags", "Couldn't parse ednsflags")? as u16
        }
        _ => 0,
    };
    Ok(())
}

pub(super) fn edns_option(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if !plus.on {
        l.edns_options.clear();
        return Ok(());
    }
    let text = plus
        .value
        .ok_or_else(|| Refusal::fatal("ednsopt no code point specified", 10))?;
    let (code, value) = text.split_once(':').unwrap_or((text, ""));
    let known = OPTION_NAMES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(code));
    let code = match known {
        Some((_, code)) => *code,
        None => {
            let bad = format!("bad edns code point: {code}");
            number(code, 0xffff, "ednsopt", &bad)
                .map_err(|refusal| Refusal { code: 1, ..refusal })? as u16
        }
    };
    if l.edns_options.len() >= 100 {
        return Err(Refusal::fatal("too many ednsopts", 1));
    }
    l.edns_options
        .push((code, hex(value, "isc_hex_decodestring")?));
    Ok(())
}

pub(super) fn https(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    l.https = None;
    if !plus.on {
        return Ok(());
    }
    if !l.tcp_set {
        l.tcp = true;
    }
    let path = plus.value.unwrap_or("/dns-query");
    let valid = path.starts_with('/') && path.bytes().all(|b| (b'!'..=b'~').contains(&b));
    if !valid {
        let mut refusal = plus.invalid();
        let words = format!(";; The given HTTP path \"{path}\" is not a valid absolute path\n");
        refusal.error.insert_str(0, &words);
        return Err(refusal);
    }
    l.https = Some(Http {
        path: path.to_owned(),
        get: plus.name.ends_with("-get"),
        plain: plus.name.starts_with("http-plain"),
    });
    Ok(())
}

pub(super) fn form(
    p: &mut Parser,
    l: &mut Lookup,
    plus: Plus<'_>,
    form: Form,
) -> Result<(), Refusal> {
    p.globals.form = if plus.on { form } else { Form::Text };
    if plus.on {
        p.globals.command = false;
        l.stats = false;
        l.record_comments = -1;
    }
    Ok(())
}

pub(super) fn ndots(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    let text = plus.needed()?;
    p.globals.ndots = Some(number(text, 0xffff, "ndots", "Couldn't parse ndots")?);
    Ok(())
}

pub(super) fn nsid(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if plus.on {
        l.want_edns();
    }
    l.nsid = plus.on;
    Ok(())
}

pub(super) fn ns_search(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    purpose(l, plus.on, Purpose::NsSearch);
    if plus.on {
        l.recurse = true;
        l.identify = true;
        l.stats = false;
        l.comments = false;
        l.additional = false;
        l.authority = false;
        l.question = false;
        l.rtype = rtype::NS;
        l.rtype_set = true;
        l.record_comments = 0;
        p.globals.short = true;
    }
    Ok(())
}

fn purpose(l: &mut Lookup, on: bool, purpose: Purpose) {
    if on {
        l.purpose = purpose;
    } else if l.purpose == purpose {
        l.purpose = Purpose::Answer;
    }
}

pub(super) fn compare(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    purpose(l, plus.on, Purpose::Compare);
    Ok(())
}

/// What the server would hold back is asked for too, since it is judged here.
pub(super) fn validate(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    purpose(l, plus.on, Purpose::Validate);
    l.dnssec = plus.on;
    l.cd = plus.on;
    if plus.on {
        l.want_edns();
        p.globals.search = false;
    }
    Ok(())
}

/// As delv has it: which of the anchors counts.
pub(super) fn root(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if !plus.on {
        return Err(plus.invalid());
    }
    p.globals.root = plus.value.map(str::to_owned);
    Ok(())
}

pub(super) fn trace(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    purpose(l, plus.on, Purpose::Trace);
    if plus.on {
        l.recurse = true;
        l.identify = true;
        l.comments = false;
        l.record_comments = 0;
        l.stats = false;
        l.additional = false;
        l.authority = true;
        l.question = false;
        l.dnssec = true;
        l.send_cookie = true;
        l.want_edns();
        p.globals.search = false;
    }
    Ok(())
}

pub(super) fn opcode(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if !plus.on {
        l.opcode = 0;
        return Ok(());
    }
    let text = plus.needed()?;
    let known = OPCODES
        .iter()
        .position(|name| name.eq_ignore_ascii_case(text));
    l.opcode = match known {
        Some(place) => place as u8,
        None => number(text, 15, "opcode", "Couldn't parse opcode")? as u8,
    };
    Ok(())
}

pub(super) fn padding(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if plus.on {
        l.want_edns();
    }
    let text = plus.value.ok_or_else(|| plus.invalid())?;
    l.padding = number(text, 512, "padding", "Couldn't parse padding")? as u16;
    Ok(())
}

pub(super) fn query_id(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    l.id = match plus.on {
        true => Some(number(plus.needed()?, 0xffff, "qid", "Couldn't parse qid")? as u16),
        false => None,
    };
    Ok(())
}

pub(super) fn retry(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    let text = plus.needed()?;
    let retries = number(text, u32::MAX - 1, "retries", "Couldn't parse retries")?;
    l.tries = Some(retries + 1);
    Ok(())
}

pub(super) fn tries(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    let text = plus.needed()?;
    let tries = number(text, u32::MAX, "tries", "Couldn't parse tries")?;
    l.tries = Some(tries.max(1));
    Ok(())
}

pub(super) fn short(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    p.globals.short = plus.on;
    if plus.on {
        answer_only(p, l);
    }
    Ok(())
}

pub(super) fn split(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    match (plus.on, plus.value) {
        (false, Some(_)) => return Err(plus.invalid()),
        (false, None) => p.globals.split = Some(0),
        (true, None) => {}
        (true, Some(text)) => {
            let mut width = number(text, 1023, "split", "Couldn't parse split")? as usize;
            if !width.is_multiple_of(4) {
                width = width.next_multiple_of(4);
                p.warn(&format!(
                    ";; Warning, split must be a multiple of 4; adjusting to {width}"
                ));
            }
            // What is written keeps two characters free, and must not here.
            p.globals.split = Some(if width > 0 { width + 3 } else { 0 });
        }
    }
    Ok(())
}

pub(super) fn subnet(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if !plus.on {
        l.subnet = None;
        return Ok(());
    }
    let text = plus.needed()?;
    l.want_edns();
    l.subnet = Some(parse_subnet(text)?);
    Ok(())
}

fn parse_subnet(text: &str) -> Result<Subnet, Refusal> {
    if text == "0" {
        return Ok(Subnet {
            address: None,
            prefix: 0,
        });
    }
    let (address, prefix) = match text.split_once('/') {
        Some((address, prefix)) => {
            let wrong = |_| {
                let words = format!("invalid prefix length in '{text}': not a valid number\n");
                Refusal::fatal(&words, 1)
            };
            (address, Some(prefix.parse::<u32>().map_err(wrong)?))
        }
        None => (text, None),
    };
    // A shortened IPv4 network, as 10/8, needs its length.
    let padded = (0..4).find_map(|zeros| {
        let whole = format!("{address}{}", ".0".repeat(zeros));
        (zeros == 0 || prefix.is_some())
            .then(|| whole.parse::<std::net::IpAddr>().ok())
            .flatten()
    });
    let address = padded.ok_or_else(|| Refusal::fatal(&format!("invalid address '{text}'"), 1))?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    Ok(Subnet {
        address: Some(address),
        prefix: prefix.map_or(most, |prefix| prefix.min(u32::from(most)) as u8),
    })
}

pub(super) fn tcp(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if !p.in_batch {
        l.tcp = plus.on;
        l.tcp_set = true;
    }
    Ok(())
}

pub(super) fn timeout(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    let text = plus.needed()?;
    let seconds = number(text, 0xffff, "timeout", "Couldn't parse timeout")?;
    p.globals.timeout = Some(seconds.max(1));
    Ok(())
}

pub(super) fn tls(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Refusal> {
    if !l.tcp_set {
        l.tcp = plus.on;
    }
    let given = plus.value.filter(|_| plus.on).map(str::to_owned);
    let missing = |what: &str| {
        let mut refusal = plus.invalid();
        refusal
            .error
            .insert_str(0, &format!(";; TLS {what} is not specified\n"));
        refusal
    };
    let named = |what: &str| match (plus.on, &given) {
        (true, None) => Err(missing(what)),
        _ => Ok(given.clone()),
    };
    if plus.name != "tls" && plus.on {
        l.tls.verify = true;
    }
    match plus.name {
        "tls-ca" => {
            l.tls.verify = plus.on;
            l.tls.ca_file = given;
        }
        "tls-certfile" => l.tls.certificate_file = named("certificate file")?,
        "tls-hostname" => l.tls.hostname = named("hostname")?,
        "tls-keyfile" => l.tls.key_file = named("private key file")?,
        // A pin is proof enough by itself (RFC 8310 section 6.2); roots come with +tls-ca.
        "tls-pin" => match named("pin")? {
            Some(pin) => {
                l.tls.on = true;
                l.tls.verify = l.tls.ca_file.is_some();
                l.tls.pins.push(pin);
            }
            None => l.tls.pins.clear(),
        },
        _ => l.tls.on = plus.on,
    }
    Ok(())
}
