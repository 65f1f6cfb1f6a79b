//! What the options that are more than a switch set.

use nethost_sdk::Exit;

use super::{Plus, number};
use crate::arguments::Parser;
use crate::kind::rtype;
use crate::lookup::{Form, Lookup, Purpose};
use crate::mnemonic::OPCODES;

pub(super) fn all(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
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

pub(super) fn command(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    p.globals.command = plus.on;
    Ok(())
}

pub(super) fn comments(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    l.comments = plus.on;
    if p.before_names {
        p.transfer_comments = plus.on;
    }
    Ok(())
}

pub(super) fn question(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    l.question = plus.on;
    if p.before_names {
        p.transfer_question = plus.on;
    }
    Ok(())
}

pub(super) fn search(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if l.purpose != Purpose::Trace {
        p.globals.search = plus.on;
    }
    Ok(())
}

pub(super) fn show_search(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
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

pub(super) fn dns64_prefix(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if plus.on {
        p.begin(l, "ipv4only.arpa", None);
        answer_only(p, l);
        l.dns64_prefix = true;
        l.rtype = rtype::AAAA;
        l.rtype_set = true;
    }
    Ok(())
}

pub(super) fn dnssec(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if plus.on {
        l.want_edns();
    }
    l.dnssec = plus.on;
    Ok(())
}

pub(super) fn domain(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    p.globals.domain = Some(plus.needed()?.to_owned());
    Ok(())
}

pub(super) fn form(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>, form: Form) -> Result<(), Exit> {
    p.globals.form = if plus.on { form } else { Form::Text };
    if plus.on {
        p.globals.command = false;
        l.stats = false;
        l.record_comments = -1;
    }
    Ok(())
}

pub(super) fn ndots(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    let text = plus.needed()?;
    p.globals.ndots = Some(number(text, 0xffff, "ndots", "Couldn't parse ndots")?);
    Ok(())
}

pub(super) fn ns_search(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
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

pub(super) fn compare(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    purpose(l, plus.on, Purpose::Compare);
    Ok(())
}

/// What the server would hold back is asked for too, since it is judged here.
pub(super) fn validate(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
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
pub(super) fn root(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    if !plus.on {
        return Err(plus.invalid());
    }
    p.globals.root = plus.value.map(str::to_owned);
    Ok(())
}

pub(super) fn trace(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
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

pub(super) fn opcode(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
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

pub(super) fn query_id(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    l.id = match plus.on {
        true => Some(number(plus.needed()?, 0xffff, "qid", "Couldn't parse qid")? as u16),
        false => None,
    };
    Ok(())
}

pub(super) fn retry(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    let text = plus.needed()?;
    let retries = number(text, u32::MAX - 1, "retries", "Couldn't parse retries")?;
    l.tries = Some(retries + 1);
    Ok(())
}

pub(super) fn tries(_: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    let text = plus.needed()?;
    let tries = number(text, u32::MAX, "tries", "Couldn't parse tries")?;
    l.tries = Some(tries.max(1));
    Ok(())
}

pub(super) fn short(p: &mut Parser, l: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    p.globals.short = plus.on;
    if plus.on {
        answer_only(p, l);
    }
    Ok(())
}

pub(super) fn split(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
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

pub(super) fn timeout(p: &mut Parser, _: &mut Lookup, plus: Plus<'_>) -> Result<(), Exit> {
    let text = plus.needed()?;
    let seconds = number(text, 0xffff, "timeout", "Couldn't parse timeout")?;
    p.globals.timeout = Some(seconds.max(1));
    Ok(())
}
