//! `ip link add`, `set`, `delete`: one message each, so that a link is changed whole or not at all.

use nethost_sdk::netlink::{
    Attribute, AttributeValue as Value, Change, How, LinkChange, LinkPeer, LinkQuery, Listing,
    link_address, octets,
};

use super::{create, function, group};
use crate::ip::Ip;
use crate::words::{
    self, Done, Words, failed, matches, number, second, trimmed, unsigned, usage, wrong,
};

/// IFF_….
const UP: u32 = 0x1;
const NOTRAILERS: u32 = 0x20;
const NOARP: u32 = 0x80;
const PROMISC: u32 = 0x100;
const ALLMULTI: u32 = 0x200;
const MULTICAST: u32 = 0x1000;
const DYNAMIC: u32 = 0x8000;

/// IFLA_….
pub(super) const ADDRESS: u32 = 1;
pub(super) const PARENT: u32 = 5;
const BROADCAST: u32 = 2;
const MTU: u32 = 4;
const MASTER: u32 = 10;
const QUEUE_LENGTH: u32 = 13;
const STATE: u32 = 16;
const MODE: u32 = 17;
const ALIAS: u32 = 20;
const GROUP: u32 = 27;
const SEND_QUEUES: u32 = 31;
const RECEIVE_QUEUES: u32 = 32;
const CARRIER: u32 = 33;
const PARENT_NAMESPACE: u32 = 37;
const PROTO_DOWN: u32 = 39;
const SEGMENTS: u32 = 40;
const SEGMENT_SIZE: u32 = 41;
const RECEIVE_SIZE: u32 = 58;
/// IFLA_INET6_ADDR_GEN_MODE within AF_INET6.
const GENERATION: u32 = 10 << 16 | 8;

/// What has been said so far.
#[derive(Default)]
pub(super) struct Said {
    pub(super) change: LinkChange,
    pub(super) device: Option<String>,
    pub(super) group: Option<u32>,
    /// The link exists, and is changed.
    pub(super) is_there: bool,
    /// Something follows the kind.
    pub(super) has_words: bool,
    parent: Option<String>,
}

pub(super) fn set(ip: &mut Ip, words: &mut Words) -> Done {
    if words.is_empty() {
        return Err(usage(
            "Not enough information: \"dev\" argument is required.",
        ));
    }
    let mut said = Said {
        is_there: true,
        ..Said::default()
    };
    parse(ip, words, &mut said)?;
    let mut change = said.change;
    match (said.device, said.group) {
        (Some(name), group) => {
            change.index = ip.link_index(&name)?;
            check_address(ip, &change)?;
            if let Some(group) = group {
                push(&mut change.attributes, GROUP, Value::Number(group.into()));
            }
        }
        (None, Some(group)) => {
            let members = group::members(ip, group)?;
            ip.links.forget();
            return members.into_iter().try_for_each(|link| {
                let index = link.index;
                let change = change.clone();
                ip.put(&Change::Link(LinkChange { index, ..change }), How::empty())
            });
        }
        (None, None) => {
            return Err(usage(
                "Not enough information: \"dev\" argument is required.",
            ));
        }
    }
    ip.links.forget();
    ip.put(&Change::Link(change), How::empty())
}

/// Link addresses have the length of what is there.
fn check_address(ip: &mut Ip, change: &LinkChange) -> Done {
    let said = change.attributes.iter().find_map(|one| match &one.value {
        Value::LinkAddress(address) if one.id == ADDRESS => Some(octets(address).len()),
        _ => None,
    });
    let Some(said) = said else {
        return Ok(());
    };
    let query = LinkQuery {
        index: Some(change.index),
        ..LinkQuery::default()
    };
    let found = ip.kernel()?.links(query).and_then(Listing::all);
    let link = found.ok().and_then(|links| links.into_iter().next());
    let there = link.and_then(|link| link.address.map(|address| octets(&address).len()));
    match there {
        Some(there) if there != said => Err(failed(
            1,
            format!("Invalid address length {said} - must be {there} bytes"),
        )),
        _ => Ok(()),
    }
}

pub(super) fn add(ip: &mut Ip, words: &mut Words, how: How) -> Done {
    let mut said = Said::default();
    parse(ip, words, &mut said)?;
    let mut change = said.change;
    if let Some(parent) = said.parent {
        let index = ip.link_index(&parent)?;
        push(&mut change.attributes, PARENT, Value::Number(index.into()));
    }
    let Some(kind) = &change.kind else {
        return Err(failed(
            1,
            "Not enough information: \"type\" argument is required",
        ));
    };
    if let Some(group) = said.group {
        push(&mut change.attributes, GROUP, Value::Number(group.into()));
    }
    if change.name.is_none() {
        change.name = said.device;
    }
    let kind = kind.clone();
    if said.has_words {
        create::complete(&kind, &mut change.kind_data)?;
    }
    let done = ip.put(&Change::Link(change), how);
    ip.links.forget();
    done
}

pub(super) fn delete(ip: &mut Ip, words: &mut Words) -> Done {
    let mut said = Said::default();
    parse(ip, words, &mut said)?;
    let mut change = said.change;
    // `link del name X` is another way to say `link del X`.
    let device = said.device.or_else(|| change.name.take());
    match (device, said.group) {
        (Some(name), _) => change.index = ip.link_index(&name)?,
        (None, Some(group)) => return group::delete(ip, group),
        (None, None) => {
            return Err(usage(
                "Not enough information: \"dev\" argument is required.",
            ));
        }
    }
    let done = ip.remove(&Change::Link(change));
    ip.links.forget();
    done
}

fn push(attributes: &mut Vec<Attribute>, id: u32, value: Value) {
    attributes.push(Attribute { id, value });
}

/// The words of a link; a name without `dev` or `name` is the link's.
pub(super) fn parse(ip: &mut Ip, words: &mut Words, said: &mut Said) -> Done {
    while let Some(word) = words.next() {
        let is = |keyword| matches(&word, keyword);
        let change = &mut said.change;
        let attributes = &mut change.attributes;
        match word.as_str() {
            "up" | "down" => flag(change, UP, word == "up"),
            "name" => {
                let name = words.need()?;
                check_name("name", &name)?;
                change.name = Some(name);
            }
            "index" => {
                let text = words.need()?;
                let index: u32 = number(&text, "invalid index")?;
                change.index = index;
            }
            _ if is("link") => said.parent = Some(words.need()?),
            _ if is("address") || word == "lladdr" => {
                let octets = words::link_address(&words.need()?)?;
                push(
                    attributes,
                    ADDRESS,
                    Value::LinkAddress(link_address(&octets)),
                );
            }
            _ if is("broadcast") || word == "brd" => {
                let octets = words::link_address(&words.need()?)?;
                push(
                    attributes,
                    BROADCAST,
                    Value::LinkAddress(link_address(&octets)),
                );
            }
            _ if is("txqueuelen") || word == "qlen" || is("txqlen") => {
                let length: u32 =
                    number(&words.need()?, "Invalid \"txqueuelen\" value\n").map_err(trimmed)?;
                push(attributes, QUEUE_LENGTH, Value::Number(length.into()));
            }
            "mtu" => {
                let mtu: u32 =
                    number(&words.need()?, "Invalid \"mtu\" value\n").map_err(trimmed)?;
                push(attributes, MTU, Value::Number(mtu.into()));
            }
            "netns" => change.namespace = Some(words.need()?),
            "multicast" => switch(change, words, "multicast", MULTICAST)?,
            "allmulticast" => switch(change, words, "allmulticast", ALLMULTI)?,
            "promisc" => switch(change, words, "promisc", PROMISC)?,
            "trailers" => inverse_switch(change, words, "trailers", NOTRAILERS)?,
            "arp" => inverse_switch(change, words, "arp", NOARP)?,
            "dynamic" => switch(change, words, "dynamic", DYNAMIC)?,
            "carrier" => {
                let on = on_off("carrier", &words.need()?)?;
                push(attributes, CARRIER, Value::Number(on.into()));
            }
            "protodown" => {
                let on = on_off("protodown", &words.need()?)?;
                push(attributes, PROTO_DOWN, Value::Number(on.into()));
            }
            "vrf" => {
                let name = words.need()?;
                let index = super::super::vrf::index(ip, &name, "Not a valid VRF name")?;
                push(attributes, MASTER, Value::Number(index.into()));
            }
            "master" => {
                let name = words.need()?;
                let index = ip
                    .link_index(&name)
                    .map_err(|_| trimmed(wrong(&name, "Device does not exist\n")))?;
                push(attributes, MASTER, Value::Number(index.into()));
            }
            "nomaster" => push(attributes, MASTER, Value::Number(0)),
            "group" => {
                let name = words.need()?;
                let group = ip
                    .names
                    .groups
                    .number(&name)
                    .map(u64::from)
                    .or_else(|| unsigned(&name));
                let group = group.and_then(|group| u32::try_from(group).ok());
                said.group =
                    Some(group.ok_or_else(|| trimmed(wrong(&name, "Invalid \"group\" value\n")))?);
            }
            "mode" => {
                let name = words.need()?;
                let mode = match name.to_ascii_lowercase().as_str() {
                    "default" => 0,
                    "dormant" => 1,
                    _ => return Err(trimmed(wrong(&name, "Invalid link mode\n"))),
                };
                push(attributes, MODE, Value::Number(mode));
            }
            "state" => {
                let name = words.need()?;
                let states = [
                    "unknown",
                    "notpresent",
                    "down",
                    "lowerlayerdown",
                    "testing",
                    "dormant",
                    "up",
                ];
                let place = states
                    .iter()
                    .position(|state| *state == name.to_ascii_lowercase());
                let state = place.map(|place| place as u64).or_else(|| unsigned(&name));
                push(
                    attributes,
                    STATE,
                    Value::Number(
                        state.ok_or_else(|| trimmed(wrong(&name, "Invalid operstate\n")))?,
                    ),
                );
            }
            "alias" => push(attributes, ALIAS, Value::Text(words.need()?)),
            "numtxqueues" | "numrxqueues" => {
                let id = if word == "numtxqueues" {
                    SEND_QUEUES
                } else {
                    RECEIVE_QUEUES
                };
                let why = format!("Invalid \"{word}\" value");
                let count: u32 = number(&words.need()?, &why)?;
                push(attributes, id, Value::Number(count.into()));
            }
            "addrgenmode" => {
                let name = words.need()?;
                let modes = ["eui64", "none", "stable_secret", "random"];
                let mode = modes.iter().position(|mode| *mode == name);
                let mode =
                    mode.ok_or_else(|| trimmed(wrong(&name, "Invalid address generation mode\n")))?;
                push(attributes, GENERATION, Value::Number(mode as u64));
            }
            "link-netns" => {
                let name = words.need()?;
                let named = ip.kernel()?.named_namespaces().unwrap_or_default();
                let id = named.into_iter().find(|named| named.name == name);
                let id = id.and_then(|named| named.id);
                let id =
                    id.ok_or_else(|| trimmed(wrong(&name, "Invalid \"link-netns\" value\n")))?;
                push(attributes, PARENT_NAMESPACE, Value::Signed(id.into()));
            }
            "link-netnsid" => {
                let id: u32 = number(&words.need()?, "Invalid \"link-netnsid\" value")?;
                push(attributes, PARENT_NAMESPACE, Value::Signed(id.into()));
            }
            "gso_max_size" | "gso_max_segs" | "gro_max_size" => {
                let id = match word.as_str() {
                    "gso_max_size" => SEGMENT_SIZE,
                    "gso_max_segs" => SEGMENTS,
                    _ => RECEIVE_SIZE,
                };
                let size: u32 = number(&words.need()?, &format!("Invalid \"{word}\" value"))?;
                push(attributes, id, Value::Number(size.into()));
            }
            "vf" => function::take(ip, words, attributes)?,
            "xdp" | "xdpgeneric" | "xdpdrv" | "xdpoffload" => {
                program(words, &word, attributes)?;
            }
            "type" => {
                let kind = words.need()?;
                return create::kind(ip, words, said, &kind);
            }
            "help" => {
                return Err(crate::help::of("link"));
            }
            _ => {
                let name = if word == "dev" { words.need()? } else { word };
                if said.device.is_some() {
                    return Err(second("dev", &name));
                }
                said.device = Some(name);
            }
        }
    }
    Ok(())
}

/// `xdp off`: a program cannot be attached, since no plugin can load one.
fn program(words: &mut Words, word: &str, attributes: &mut Vec<Attribute>) -> Done {
    const PROGRAM: u32 = 43 << 16 | 1;
    const FLAGS: u32 = 43 << 16 | 3;
    let text = words.need()?;
    if !matches!(text.as_str(), "off" | "none") {
        return Err(failed(
            255,
            format!(
                "ip: link set {word}: a BPF program is loaded from a file, which no plugin can"
            ),
        ));
    }
    push(attributes, PROGRAM, Value::Signed(-1));
    // XDP_FLAGS_….
    let flags = match word {
        "xdpgeneric" => 2,
        "xdpdrv" => 4,
        "xdpoffload" => 8,
        _ => 0,
    };
    if flags != 0 {
        push(attributes, FLAGS, Value::Number(flags));
    }
    Ok(())
}

/// The other end of a veth pair: `peer [name] NAME …`.
pub(super) fn peer(ip: &mut Ip, words: &mut Words) -> Done<LinkPeer> {
    let mut said = Said::default();
    parse(ip, words, &mut said)?;
    Ok(LinkPeer {
        name: said.change.name.or(said.device),
        attributes: said.change.attributes,
        namespace: said.change.namespace,
    })
}

pub(crate) fn check_name(what: &str, name: &str) -> Done {
    let valid = !name.is_empty()
        && name.len() <= 15
        && !name.contains(|c: char| c == '/' || c.is_whitespace())
        && name != "."
        && name != "..";
    if valid {
        return Ok(());
    }
    let name = nethost_sdk::text::printable(name);
    let why = format!("\"{what}\" not a valid ifname");
    Err(wrong(&name, &why))
}

fn flag(change: &mut LinkChange, flag: u32, on: bool) {
    change.flags_mask |= flag;
    if on {
        change.flags |= flag;
    } else {
        change.flags &= !flag;
    }
}

pub(crate) fn on_off(what: &str, word: &str) -> Done<bool> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(words::one_of(what, &["on", "off"], word)),
    }
}

/// The same where iproute2 says it in other words.
pub(crate) fn on_or_off(what: &str, word: &str) -> Done<bool> {
    match word {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err(one_of_these(what, &["off", "on"], word)),
    }
}

/// `Error: argument of "x" must be one of "a", "b", not "y"`
pub(crate) fn one_of_these(what: &str, known: &[&str], word: &str) -> nethost_sdk::Exit {
    let known: Vec<String> = known.iter().map(|known| format!("\"{known}\"")).collect();
    let (known, word) = (known.join(", "), nethost_sdk::text::printable(word));
    failed(
        1,
        format!("Error: argument of \"{what}\" must be one of {known}, not \"{word}\""),
    )
}

fn switch(change: &mut LinkChange, words: &mut Words, what: &str, bit: u32) -> Done {
    let on = on_off(what, &words.need()?)?;
    flag(change, bit, on);
    Ok(())
}

fn inverse_switch(change: &mut LinkChange, words: &mut Words, what: &str, bit: u32) -> Done {
    let on = on_off(what, &words.need()?)?;
    flag(change, bit, !on);
    Ok(())
}
