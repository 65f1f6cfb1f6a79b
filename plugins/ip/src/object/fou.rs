//! `ip fou`: UDP ports that carry tunnels.

use nethost_sdk::netlink::{AttributeValue as Value, EntityKind, Field, to_wit};

use crate::entity::{self, entity, field, number as counted, unsigned};
use crate::ip::Ip;
use crate::value::Address;
use crate::words::{Done, INET, INET6, Words, address, failed, matches, usage, wrong};

/// FOU_CMD_….
const ADD: u16 = 1;
const DELETE: u16 = 2;
const GET: u16 = 3;
/// FOU_ATTR_….
const PORT: u16 = 1;
const FAMILY: u16 = 2;
const PROTOCOL: u16 = 3;
const TYPE: u16 = 4;
const LOCAL: u16 = 6;
const PEER: u16 = 8;
const PEER_PORT: u16 = 10;
const LINK: u16 = 11;
/// FOU_ENCAP_….
const DIRECT: u8 = 1;
const GUE: u8 = 2;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return Err(crate::help::of("fou"));
    };
    let is = |keyword| matches(&command, keyword);
    if is("help") {
        return Err(crate::help::of("fou"));
    }
    if is("add") {
        return change(ip, words, ADD);
    }
    if is("delete") {
        return change(ip, words, DELETE);
    }
    if is("show") {
        return show(ip, words);
    }
    Err(super::unknown(&command, "fou"))
}

fn port(words: &mut Words, why: &str) -> Done<u16> {
    let text = words.need()?;
    let port: Option<u16> = crate::words::unsigned(&text).and_then(|port| port.try_into().ok());
    let port = port.filter(|port| *port != 0);
    port.ok_or_else(|| wrong(&text, why))
}

fn change(ip: &mut Ip, words: &mut Words, command: u16) -> Done {
    let mut family = if ip.options.family == INET6 {
        INET6
    } else {
        INET
    };
    let (mut own, mut protocol, mut gue, mut local) = (None, None, false, None);
    let (mut peer, mut peer_port, mut link) = (None, None, None);
    while let Some(word) = words.next() {
        let is = |keyword| matches(&word, keyword);
        if is("port") {
            own = Some(port(words, "invalid port")?);
        } else if is("ipproto") {
            let text = words.need()?;
            let number = super::rule::protocol(ip, &text).ok();
            let number = number.filter(|number| *number != 0);
            protocol = Some(number.ok_or_else(|| wrong(&text, "invalid ipproto"))?);
        } else if is("gue") {
            gue = true;
        } else if word == "-6" {
            family = INET6;
        } else if is("local") {
            local = Some(words.need()?);
        } else if word == "peer_port" {
            peer_port = Some(port(words, "invalid peer port")?);
        } else if is("peer") {
            peer = Some(words.need()?);
        } else if is("dev") {
            let name = words.need()?;
            super::link::change::check_name("dev", &name)
                .map_err(|_| failed(1, "fou: invalid device name"))?;
            let index = ip.link_index(&name);
            link = Some(index.map_err(|_| failed(1, "fou: unknown device name"))?);
        } else {
            let word = nethost_sdk::text::printable(&word);
            return Err(usage(format!("fou: unknown command \"{word}\"?")));
        }
    }
    let own = own.ok_or_else(|| usage("fou: missing port"))?;
    if protocol.is_none() && !gue && command == ADD {
        return Err(usage("fou: must set ipproto or gue"));
    }
    if protocol.is_some() && gue {
        return Err(usage("fou: cannot set ipproto and gue"));
    }
    if peer.is_some() != peer_port.is_some() {
        return Err(usage("fou: both peer and peer port must be set"));
    }
    let mut change = entity(EntityKind::FooOverUdp, command, &[]);
    let fields = &mut change.fields;
    fields.push(counted(PORT, own));
    fields.push(counted(TYPE, if gue { GUE } else { DIRECT }));
    fields.push(counted(FAMILY, family));
    fields.extend(protocol.map(|protocol| counted(PROTOCOL, protocol)));
    for (first, text) in [(LOCAL, local), (PEER, peer)] {
        if let Some(text) = text {
            let end = address(&text, family)?;
            // The number for IPv6 is the next one.
            let id = first + u16::from(family == INET6);
            fields.push(field(id, Value::Address(to_wit(end))));
        }
    }
    fields.extend(peer_port.map(|port| counted(PEER_PORT, port)));
    fields.extend(link.map(|link| field(LINK, Value::Signed(link.into()))));
    ip.change_of_family(&change, GET)
}

fn show(ip: &mut Ip, words: &mut Words) -> Done {
    if !words.is_empty() {
        return Err(usage("\"ip fou show\" does not take any arguments."));
    }
    let found = ip.of_family(&entity(EntityKind::FooOverUdp, GET, &[]))?;
    ip.out.begin(ip.options.json, ip.options.pretty);
    for one in &found {
        ip.out.open_object();
        mapping(ip, &one.fields)?;
        ip.out.text(format_args!("\n"));
        ip.out.close_object();
    }
    ip.out.end();
    Ok(())
}

fn mapping(ip: &mut Ip, fields: &[Field]) -> Done {
    if let Some(port) = unsigned(fields, PORT) {
        ip.out.any("port", port, format_args!("port {port}"));
    }
    if unsigned(fields, TYPE) == Some(GUE.into()) {
        ip.out.any("gue", (), format_args!(" gue"));
    } else if let Some(protocol) = unsigned(fields, PROTOCOL) {
        ip.out
            .any("ipproto", protocol, format_args!(" ipproto {protocol}"));
    }
    let six = unsigned(fields, FAMILY) == Some(INET6.into());
    ip.out.json("family", if six { "inet6" } else { "inet" });
    if six {
        ip.out.text(format_args!(" -6"));
    }
    for (first, name) in [(LOCAL, "local"), (PEER, "peer")] {
        let end = entity::address(fields, first + u16::from(six));
        if let Some(end) = end.filter(|end| !end.is_unspecified()) {
            let shown = Address(end).to_string();
            ip.out.any(name, &shown, format_args!(" {name} {shown}"));
        }
    }
    if let Some(port) = unsigned(fields, PEER_PORT).filter(|port| *port != 0) {
        ip.out
            .any("peer_port", port, format_args!(" peer_port {port}"));
    }
    if let Some(Value::Signed(index)) = entity::value(fields, LINK)
        && let Ok(index @ 1..) = u32::try_from(*index)
    {
        let name = ip.link_name(index)?;
        ip.out.any("dev", &name, format_args!(" dev {name}"));
    }
    Ok(())
}
