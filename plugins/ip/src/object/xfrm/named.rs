//! `ip xfrm state delete`, `deleteall`, `get` and `flush`.

use nethost_sdk::netlink::{
    AttributeValue as Value, Field, How, SecurityAssociation, ip as address_of,
};

use super::parse::{self, Id, required};
use super::state::{MARK, about};
use crate::entity::field;
use crate::ip::Ip;
use crate::words::{Done, INET, Words, failed, unsigned, wrong};

/// XFRM_MSG_….
const DELETE: u16 = 0x11;
const FLUSH: u16 = 0x1c;

/// All associations.
pub(super) fn listed(ip: &mut Ip) -> Done<Vec<SecurityAssociation>> {
    super::all(ip.kernel()?.security_associations())
}

/// Whether the addresses and the protocol are those.
pub(super) fn is_for(one: &SecurityAssociation, id: &Id) -> bool {
    id.source
        .is_none_or(|source| source == address_of(one.source))
        && id
            .destination
            .is_none_or(|destination| destination == address_of(one.destination))
        && id.protocol == one.protocol
}

/// The words of `delete` and `get`.
fn named(ip: &mut Ip, words: &mut Words) -> Done<(Id, Vec<Field>)> {
    let (mut id, mut fields) = (Id::default(), Vec::new());
    while let Some(word) = words.peek().map(str::to_owned) {
        if word == "mark" {
            words.next();
            let mark = parse::mark(words)?;
            fields.extend(mark.map(|mark| field(MARK, Value::Bytes(mark))));
            continue;
        }
        if id.is_there || !id.take(words, ip.options.family)? {
            return Err(wrong(&word, "unknown"));
        }
        id.check(true)?;
    }
    if !id.is_there {
        return Err(required("ID"));
    }
    Ok((id, fields))
}

/// struct xfrm_usersa_id, and the attribute with the source address.
fn identity(id: &Id, family: u8) -> (Vec<u8>, Option<Field>) {
    const SOURCE: u16 = 13;
    let family = match id.family() {
        0 if family == 0 => INET,
        0 => family,
        family => family,
    };
    let mut header = parse::address(id.destination).to_vec();
    header.extend(id.index.to_be_bytes());
    header.extend(u16::from(family).to_ne_bytes());
    header.extend([id.protocol, 0]);
    let source = id
        .source
        .map(|source| field(SOURCE, Value::Bytes(parse::address(Some(source)).to_vec())));
    (header, source)
}

pub(super) fn delete(ip: &mut Ip, words: &mut Words) -> Done {
    let (id, mut fields) = named(ip, words)?;
    let (header, source) = identity(&id, ip.options.family);
    // The kernel needs the source only where there is no number.
    fields.extend(source.filter(|_| id.index == 0));
    ip.change_entity(&about(DELETE, &header, fields), How::empty())
}

pub(super) fn get(ip: &mut Ip, words: &mut Words) -> Done {
    let (id, _) = named(ip, words)?;
    let found = listed(ip)?;
    let mut found = found.iter().filter(|one| {
        id.destination
            .is_none_or(|destination| destination == address_of(one.destination))
            && id.protocol == one.protocol
            && id.index == one.index
    });
    match found.next() {
        Some(one) => super::association::show(ip, std::slice::from_ref(one)),
        None => Err(failed(2, "RTNETLINK answers: No such process")),
    }
}

/// All that a filter lets through, one by one.
pub(super) fn delete_all(ip: &mut Ip, found: &[SecurityAssociation]) -> Done {
    for one in found {
        let id = Id {
            source: None,
            destination: Some(address_of(one.destination)),
            protocol: one.protocol,
            index: one.index,
            is_there: true,
            ..Id::default()
        };
        let (header, _) = identity(&id, one.family);
        // With a mark it is another one.
        let mark = super::super::link::show::value(&one.attributes, MARK.into());
        let fields = mark.map(|mark| field(MARK, mark.clone()));
        let change = about(DELETE, &header, fields.into_iter().collect());
        ip.change_entity(&change, How::empty())?;
    }
    Ok(())
}

pub(super) fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    let mut protocol = 0_u8;
    while let Some(word) = words.next() {
        if word != "proto" {
            return Err(wrong(&word, "unknown"));
        }
        let text = words.need()?;
        let known = super::show::PROTOCOLS
            .iter()
            .find(|(_, name)| *name == text);
        let known = known.map(|(number, _)| *number);
        let number = known.or_else(|| match text.as_str() {
            "any" => Some(0),
            text => unsigned(text)?.try_into().ok(),
        });
        protocol = number.ok_or_else(|| wrong(&text, "XFRM-PROTO value is invalid"))?;
    }
    let done = ip.change_entity(&about(FLUSH, &[protocol], Vec::new()), How::empty());
    nothing_is_no_error(done)
}

/// Where nothing is, nothing is flushed.
pub(super) fn nothing_is_no_error(done: Done) -> Done {
    match done {
        Err(error) if error.stderr.ends_with("No such process") => Ok(()),
        done => done,
    }
}
