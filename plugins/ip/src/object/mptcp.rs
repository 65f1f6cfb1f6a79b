//! `ip mptcp`: the endpoints and the limits of MPTCP.

use nethost_sdk::netlink::{
    Attribute, AttributeValue as Value, Entity, EntityKind, How, ip as address_of, to_wit,
};

use super::link::show::{number, value};
use crate::color;
use crate::entity::{attributes, entity, nest, nested, number as counted};
use crate::ip::{Ip, answer};
use crate::words::{Done, INET6, Words, address, family_of, matches, usage, wrong};

/// MPTCP_PM_CMD_….
const ADD: u16 = 1;
const DELETE: u16 = 2;
const GET: u16 = 3;
const FLUSH: u16 = 4;
const SET_LIMITS: u16 = 5;
const GET_LIMITS: u16 = 6;
const SET_FLAGS: u16 = 7;

/// MPTCP_PM_ATTR_ADDR, in which the others are nested.
const ENDPOINT: u16 = 1;
const IN_ENDPOINT: u32 = 1 << 16;

/// MPTCP_PM_ADDR_FLAG_….
const FLAGS: &[(u32, &str)] = &[
    (SIGNAL, "signal"),
    (2, "subflow"),
    (BACKUP, "backup"),
    (FULLMESH, "fullmesh"),
    (16, "implicit"),
];
const SIGNAL: u32 = 1;
const BACKUP: u32 = 4;
const FULLMESH: u32 = 8;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(object) = words.next() else {
        return Err(crate::help::of("mptcp"));
    };
    let command = words.next().unwrap_or_else(|| "show".to_owned());
    let is = |keyword| matches(&command, keyword);
    let shows = super::means(&command, &["show", "list"]);
    if matches(&object, "endpoint") {
        if is("add") {
            return change(ip, words, ADD);
        }
        if is("change") {
            return change(ip, words, SET_FLAGS);
        }
        if is("delete") {
            return change(ip, words, DELETE);
        }
        if shows {
            return endpoints(ip, words);
        }
        if is("flush") {
            return ip.change_entity(&entity(EntityKind::Mptcp, FLUSH, &[]), How::empty());
        }
        return Err(super::unknown(&command, "mptcp"));
    }
    if matches(&object, "limits") {
        if is("set") {
            return set_limits(ip, words);
        }
        if shows {
            return limits(ip);
        }
        return Err(super::unknown(&command, "mptcp"));
    }
    if matches(&object, "help") {
        return Err(crate::help::of("mptcp"));
    }
    Err(super::unknown(&object, "mptcp"))
}

/// The flag that a word sets.
fn flag(word: &str) -> Option<u32> {
    let mut known = FLAGS.iter();
    let found = known.find(|(flag, name)| *name == word && *flag < 16);
    found.map(|(flag, _)| *flag)
}

fn change(ip: &mut Ip, words: &mut Words, command: u16) -> Done {
    let (mut flags, mut to, mut id, mut port, mut device) = (0_u32, None, None, None, None);
    while let Some(word) = words.next() {
        let cleared = word.strip_prefix("no").and_then(flag);
        if let Some(flag) = flag(&word) {
            flags |= flag;
            if command == ADD && flags & SIGNAL != 0 && flags & FULLMESH != 0 {
                return Err(wrong(&word, "flags mustn't have both signal and fullmesh"));
            }
            if command == SET_FLAGS && flags & !(BACKUP | FULLMESH) != 0 {
                return Err(wrong(&word, "invalid flags, backup and fullmesh only"));
            }
        } else if let Some(flag) = cleared.filter(|_| command == SET_FLAGS) {
            flags &= !flag;
        } else if matches(&word, "id") {
            id = Some(crate::words::number::<u8>(&words.need()?, "invalid ID")?);
        } else if matches(&word, "dev") {
            let name = words.need()?;
            let index = ip.link_index(&name);
            device = Some(index.map_err(|_| wrong(&name, "device does not exist"))?);
        } else if matches(&word, "port") {
            if command == DELETE {
                return Err(wrong(&word, "port can't be used when deleting endpoint"));
            }
            port = Some(crate::words::number::<u16>(
                &words.need()?,
                "expected port",
            )?);
        } else {
            to = Some(address(&word, 0)?);
        }
    }
    match (command, id, to) {
        (ADD, _, None) => return Err(usage("Error: argument \"ADDRESS\" is required")),
        (DELETE, None, _) => return Err(usage("Error: argument \"ID\" is required")),
        (DELETE, Some(0), None) => {
            return Err(wrong("ID", "address is needed for deleting id 0 address"));
        }
        (DELETE, Some(1..), Some(_)) => {
            return Err(wrong("ID", "invalid for non-zero id address"));
        }
        _ => {}
    }
    if command == ADD && port.is_some() && flags & SIGNAL == 0 {
        return Err(wrong("port", "flags must have signal when using port"));
    }
    if command == SET_FLAGS && id.is_some() && port.is_some() {
        return Err(wrong("port", "port can't be used with id"));
    }
    let mut change = entity(EntityKind::Mptcp, command, &[]);
    change.fields.push(nest(0, ENDPOINT));
    let mut set = |id, value| change.fields.push(nested(1, id, value));
    if let Some(id) = id {
        set(2, Value::Number(id.into()));
    }
    if flags != 0 {
        set(6, Value::Number(flags.into()));
    }
    if let Some(index) = device {
        set(7, Value::Signed(index.into()));
    }
    if let Some(port) = port {
        set(5, Value::Number(port.into()));
    }
    if let Some(to) = to {
        let family = family_of(to);
        set(1, Value::Number(family.into()));
        set(
            if family == INET6 { 4 } else { 3 },
            Value::Address(to_wit(to)),
        );
    }
    ip.change_entity(&change, How::empty())
}

fn endpoints(ip: &mut Ip, words: &mut Words) -> Done {
    let mut query = entity(EntityKind::Mptcp, GET, &[]);
    while let Some(word) = words.next() {
        if !matches(&word, "id") {
            address(&word, 0)?;
            continue;
        }
        let id: u8 = crate::words::number(&words.need()?, "invalid ID")?;
        query.fields = vec![nest(0, ENDPOINT), nested(1, 2, Value::Number(id.into()))];
    }
    let all = query.fields.is_empty();
    let found = listed(ip, &query, all)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for entity in &found {
        endpoint(ip, &attributes(entity))?;
    }
    ip.out.end();
    Ok(())
}

fn listed(ip: &mut Ip, query: &Entity, all: bool) -> Done<Vec<Entity>> {
    ip.entities(query, all)?.map_err(|error| answer(&error))
}

fn endpoint(ip: &mut Ip, attributes: &[Attribute]) -> Done {
    let get = |id| number(attributes, IN_ENDPOINT | id);
    ip.out.open_object();
    let to = [3, 4]
        .into_iter()
        .find_map(|id| value(attributes, IN_ENDPOINT | id));
    if let Some(Value::Address(to)) = to {
        let to = address_of(*to);
        ip.out.host(color::of(to), "address", to, ["", " "]);
    }
    if let Some(port) = get(5).filter(|port| *port != 0) {
        ip.out.any("port", port, format_args!("port {port} "));
    }
    if let Some(id) = get(2) {
        ip.out.any("id", id, format_args!("id {id} "));
    }
    let mut flags = get(6).unwrap_or_default() as u32;
    for (flag, name) in FLAGS {
        if flags & flag != 0 {
            ip.out.any(name, true, format_args!("{name} "));
            flags &= !flag;
        }
    }
    if flags != 0 {
        let shown = format!("{flags:02x}");
        ip.out
            .any("rawflags", &shown, format_args!("rawflags {shown} "));
    }
    if let Some(Value::Signed(index)) = value(attributes, IN_ENDPOINT | 7)
        && let Ok(index @ 1..) = u32::try_from(*index)
    {
        let name = ip.link_name(index)?;
        ip.out.any("dev", &name, format_args!("dev {name} "));
    }
    ip.out.text(format_args!("\n"));
    ip.out.close_object();
    Ok(())
}

/// The names of limits, and MPTCP_PM_ATTR_RCV_ADD_ADDRS and SUBFLOWS.
const LIMITS: [(&str, u16); 2] = [("add_addr_accepted", 2), ("subflows", 3)];

fn set_limits(ip: &mut Ip, words: &mut Words) -> Done {
    let mut change = entity(EntityKind::Mptcp, SET_LIMITS, &[]);
    while let Some(word) = words.next() {
        let known = LIMITS.iter().find(|(name, _)| matches(&word, name));
        let (name, id) = known.ok_or_else(|| wrong(&word, "unknown limit"))?;
        let why = format!("invalid {name}");
        let limit: u32 = crate::words::number(&words.need()?, &why)?;
        change.fields.push(counted(*id, limit));
    }
    ip.change_entity(&change, How::empty())
}

fn limits(ip: &mut Ip) -> Done {
    let found = listed(ip, &entity(EntityKind::Mptcp, GET_LIMITS, &[]), false)?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for entity in &found {
        let attributes = attributes(entity);
        ip.out.open_object();
        for (name, id) in LIMITS {
            if let Some(limit) = number(&attributes, id.into()) {
                ip.out.any(name, limit, format_args!("{name} {limit} "));
            }
        }
        ip.out.text(format_args!("\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}
