//! `ip nexthop`: next hops that routes refer to by number, and groups of them.

use nethost_sdk::netlink::{
    AttributeValue as Value, Entity, EntityKind, Field, How, NextHopObject, to_wit,
};

use super::told;
use crate::entity::{attributes, children, entity, field, nest, nested, number};
use crate::ip::{Ip, answer, dump_answer};
use crate::words::{Done, INET, INET6, Words, address, family_of, matches, wrong};

/// RTM_….
const NEW: u16 = 104;
const DELETE: u16 = 105;
const GET: u16 = 106;
/// NHA_….
const ID: u16 = 1;
const GROUP: u16 = 2;
const GROUP_TYPE: u16 = 3;
const BLACKHOLE: u16 = 4;
const DEVICE: u16 = 5;
const GATEWAY: u16 = 6;
const ENCAPSULATION: [u16; 2] = [7, 8];
const GROUPS: u16 = 9;
const MASTER: u16 = 10;
const FDB: u16 = 11;
const RESILIENT: u16 = 12;
/// NHA_RES_GROUP_….
const BUCKETS: u16 = 1;
const IDLE_TIMER: u16 = 2;
const UNBALANCED_TIMER: u16 = 3;
/// RTNH_F_ONLINK.
const ONLINK: u32 = 4;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let command = words.next().unwrap_or_else(|| "list".to_owned());
    let is = |keyword| matches(&command, keyword);
    if is("add") {
        return put(ip, words, How::CREATE | How::EXCLUSIVE);
    }
    if is("replace") {
        return put(ip, words, How::CREATE | How::REPLACE);
    }
    if is("delete") {
        let id = one(words)?;
        return ip.change_entity(&about(DELETE, id), How::empty());
    }
    if super::means(&command, &["list", "show", "lst"]) {
        return list(ip, words);
    }
    if is("get") {
        let id = one(words)?;
        return get(ip, id);
    }
    if is("flush") {
        return flush(ip, words);
    }
    if is("help") {
        return Err(crate::help::of("nexthop"));
    }
    Err(super::unknown(&command, "nexthop"))
}

/// struct nhmsg.
fn header(family: u8, protocol: u8, flags: u32) -> [u8; 8] {
    let [a, b, c, d] = flags.to_ne_bytes();
    [family, 0, protocol, 0, a, b, c, d]
}

fn about(command: u16, id: u32) -> Entity {
    let mut about = entity(EntityKind::NextHops, command, &header(0, 0, 0));
    about.fields.push(number(ID, id));
    about
}

/// The one next hop that is named.
fn one(words: &mut Words) -> Done<u32> {
    let mut id = 0;
    while let Some(word) = words.next() {
        if word != "id" {
            return Err(wrong(&word, ""));
        }
        id = crate::words::number(&words.need()?, "invalid id value")?;
    }
    if id == 0 {
        return Err(crate::help::of("nexthop"));
    }
    Ok(id)
}

fn device(ip: &mut Ip, words: &mut Words) -> Done<u32> {
    let name = words.need()?;
    let index = ip.link_index(&name);
    index.map_err(|_| wrong(&name, "Device does not exist"))
}

fn put(ip: &mut Ip, words: &mut Words, how: How) -> Done {
    let (mut family, mut protocol, mut flags) = (ip.options.family, 0, 0);
    let mut fields = Vec::new();
    while let Some(word) = words.next() {
        match word.as_str() {
            "id" => {
                let id: u32 = crate::words::number(&words.need()?, "invalid id value")?;
                fields.push(number(ID, id));
            }
            "dev" => {
                fields.push(number(DEVICE, device(ip, words)?));
                family = if family == 0 { INET } else { family };
            }
            "via" => {
                let text = words.need()?;
                let said = match text.as_str() {
                    "inet" => INET,
                    "inet6" => INET6,
                    _ => family,
                };
                let text = if matches!(text.as_str(), "inet" | "inet6") {
                    words.need()?
                } else {
                    text
                };
                let via = address(&text, said)?;
                family = if family == 0 { family_of(via) } else { family };
                fields.push(field(GATEWAY, Value::Address(to_wit(via))));
            }
            "blackhole" => {
                fields.push(field(BLACKHOLE, Value::Flag));
                family = if family == 0 { INET } else { family };
            }
            "fdb" => fields.push(field(FDB, Value::Flag)),
            "onlink" => flags |= ONLINK,
            "group" => {
                let text = words.need()?;
                let group =
                    group(&text).ok_or_else(|| wrong(&text, "\"group\" value is invalid"))?;
                fields.push(field(GROUP, Value::Bytes(group)));
            }
            "type" => kind(words, &mut fields)?,
            word if matches(word, "protocol") => protocol = who(ip, words)?,
            "encap" => {
                let encapsulation = super::route::encapsulation::parse(ip, words)?;
                fields.extend(encapsulation.at(0, ENCAPSULATION));
            }
            _ if word == "help" => return Err(crate::help::of("nexthop")),
            _ => return Err(wrong(&word, "")),
        }
    }
    let mut change = entity(EntityKind::NextHops, NEW, &header(family, protocol, flags));
    change.fields = fields;
    ip.change_entity(&change, how)
}

fn who(ip: &mut Ip, words: &mut Words) -> Done<u8> {
    let text = words.need()?;
    let known = ip.names.protocols.number(&text);
    let number = known
        .map(u64::from)
        .or_else(|| crate::words::unsigned(&text));
    let number = number.and_then(|number| number.try_into().ok());
    number.ok_or_else(|| wrong(&text, "\"protocol\" value is invalid"))
}

/// `ID[,WEIGHT]/…` as struct nexthop_grp each: the number, the weight minus one, and three reserved octets.
fn group(text: &str) -> Option<Vec<u8>> {
    let mut group = Vec::new();
    for member in text.split('/') {
        let (id, weight) = member.split_once(',').unwrap_or((member, "1"));
        let id = u32::try_from(crate::words::unsigned(id)?).ok()?;
        let weight @ 1..=256 = crate::words::unsigned(weight)? else {
            return None;
        };
        group.extend(id.to_ne_bytes());
        group.extend([(weight - 1) as u8, 0, 0, 0]);
    }
    Some(group)
}

/// The type of a group, and what only resilient ones have.
fn kind(words: &mut Words, fields: &mut Vec<Field>) -> Done {
    let text = words.need()?;
    match text.as_str() {
        "mpath" => fields.push(number(GROUP_TYPE, 0_u16)),
        "resilient" => {
            fields.push(number(GROUP_TYPE, 1_u16));
            let mut inner = Vec::new();
            while let Some(word) = words.peek().map(str::to_owned) {
                let id = match word.as_str() {
                    "buckets" => BUCKETS,
                    "idle_timer" => IDLE_TIMER,
                    "unbalanced_timer" => UNBALANCED_TIMER,
                    _ => break,
                };
                words.next();
                let text = words.need()?;
                let why = format!("invalid {} value", word.replace('_', " "));
                let value: u32 = crate::words::number(&text, &why)?;
                // Timers are in 1/100 s.
                let value = if id == BUCKETS {
                    value.into()
                } else {
                    u64::from(value) * 100
                };
                inner.push(nested(1, id, Value::Number(value)));
            }
            if !inner.is_empty() {
                fields.push(nest(0, RESILIENT));
                fields.extend(inner);
            }
        }
        _ => return Err(wrong(&text, "\"type\" value is invalid")),
    }
    Ok(())
}

/// What a listing is asked for; None if it is one next hop, which is shown.
fn filter(ip: &mut Ip, words: &mut Words) -> Done<(Entity, Option<u32>, Option<u8>)> {
    let mut query = entity(EntityKind::NextHops, GET, &header(ip.options.family, 0, 0));
    let (mut id, mut protocol) = (None, None);
    while let Some(word) = words.next() {
        match word.as_str() {
            "dev" => query.fields.push(number(DEVICE, device(ip, words)?)),
            "groups" => query.fields.push(field(GROUPS, Value::Flag)),
            "fdb" => query.fields.push(field(FDB, Value::Flag)),
            "master" => query.fields.push(number(MASTER, device(ip, words)?)),
            "vrf" => {
                let name = words.need()?;
                let index = ip.link_index(&name);
                let index = index.map_err(|_| wrong(&name, "VRF does not exist"))?;
                query.fields.push(number(MASTER, index));
            }
            "id" => id = Some(crate::words::number(&words.need()?, "invalid id value")?),
            word if matches(word, "protocol") => {
                let text = words.need()?;
                protocol = Some(crate::words::number(&text, "invalid protocol value")?);
            }
            _ if matches(&word, "help") => return Err(crate::help::of("nexthop")),
            _ => return Err(wrong(&word, "")),
        }
    }
    Ok((query, id, protocol))
}

fn listed(ip: &mut Ip, query: &Entity, protocol: Option<u8>) -> Done<Vec<Hop>> {
    let found = ip
        .entities(query, true)?
        .map_err(|error| dump_answer(&error))?;
    let mut hops: Vec<_> = found.iter().map(hop).collect();
    hops.retain(|(hop, _)| protocol.is_none_or(|protocol| hop.protocol == protocol));
    Ok(hops)
}

/// A next hop, and what is nested in its encapsulation.
type Hop = (NextHopObject, Vec<Field>);

fn hop(entity: &Entity) -> Hop {
    let mut header = [0; 8];
    let length = entity.header.len().min(8);
    header[..length].copy_from_slice(&entity.header[..length]);
    let [family, scope, protocol, _, a, b, c, d] = header;
    let hop = NextHopObject {
        family,
        scope,
        protocol,
        flags: u32::from_ne_bytes([a, b, c, d]),
        attributes: attributes(entity),
    };
    (hop, children(&entity.fields, ENCAPSULATION[1]))
}

fn list(ip: &mut Ip, words: &mut Words) -> Done {
    let (query, id, protocol) = filter(ip, words)?;
    if let Some(id) = id {
        return get(ip, id);
    }
    let hops = listed(ip, &query, protocol)?;
    show(ip, &hops)
}

fn get(ip: &mut Ip, id: u32) -> Done {
    let found = ip.entities(&about(GET, id), false)?;
    let found = found.map_err(|error| answer(&error))?;
    let hops: Vec<_> = found.iter().map(hop).collect();
    show(ip, &hops)
}

fn show(ip: &mut Ip, hops: &[Hop]) -> Done {
    ip.out.begin(ip.options.json, ip.options.pretty);
    for (hop, encapsulation) in hops {
        told::hop(ip, hop, Some(encapsulation))?;
    }
    ip.out.end();
    Ok(())
}

fn flush(ip: &mut Ip, words: &mut Words) -> Done {
    let (query, id, protocol) = filter(ip, words)?;
    if let Some(id) = id {
        return ip.change_entity(&about(DELETE, id), How::empty());
    }
    let hops = listed(ip, &query, protocol)?;
    for (hop, _) in &hops {
        let id = super::link::show::number(&hop.attributes, ID.into()).unwrap_or_default();
        let change = about(DELETE, u32::try_from(id).unwrap_or_default());
        match ip.change_entity(&change, How::empty()) {
            // A group goes with its last member, and is counted all the same.
            Err(error) if !error.stderr.contains("No such file or directory") => return Err(error),
            _ => {}
        }
    }
    if hops.is_empty() {
        ip.out.text(format_args!("Nothing to flush\n"));
    } else {
        ip.out
            .text(format_args!("Flushed {} nexthops\n", hops.len()));
    }
    ip.out.end();
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::group;

    #[test]
    fn groups_have_weights_from_1_to_256() {
        let expected = [
            5_u32.to_ne_bytes(),
            [2, 0, 0, 0],
            6_u32.to_ne_bytes(),
            [0; 4],
        ]
        .concat();
        assert_eq!(group("5,3/6").unwrap(), expected);
        for wrong in ["", "x", "5,0", "5,257", "5/", "5,1,1", "4294967296"] {
            assert!(group(wrong).is_none(), "{wrong}");
        }
    }
}
