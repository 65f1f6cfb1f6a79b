//! Links: RTM_NEWLINK and related messages (rtnetlink(7)), struct ifinfomsg and IFLA_….

use crate::attribute::Type::{Bytes, I32, Ip, Mac, Nest, Text, U8, U32};
use crate::attribute::{self, Entry, entry};
use crate::message::{Attributes, Message, Messages, text, u32_at};
use crate::message_builder::{CREATE, DUMP, INET6, MessageBuilder};
use crate::{Attribute, AttributeValue, Error, LinkChange, LinkNames, LinkPeer, invalid, kind};
use nethost_core::{Interface, InterfaceBy};

/// struct ifinfomsg.
pub const HEADER: usize = 16;

/// RTM_NEWLINK.
pub const NEW: u16 = 16;
/// RTM_DELLINK.
pub const DELETE: u16 = 17;
/// RTM_GETLINK.
const GET: u16 = 18;

/// IFLA_ADDRESS.
pub const ADDRESS: u16 = 1;
/// IFLA_BROADCAST.
pub const BROADCAST: u16 = 2;
/// IFLA_IFNAME.
pub const NAME: u16 = 3;
/// IFLA_MTU.
pub const MTU: u16 = 4;
/// IFLA_LINK.
pub const PARENT: u16 = 5;
/// IFLA_MASTER.
pub const MASTER: u16 = 10;
/// IFLA_TXQLEN.
pub const QUEUE_LENGTH: u16 = 13;
/// IFLA_OPERSTATE.
pub const STATE: u16 = 16;
/// IFLA_LINKMODE.
pub const MODE: u16 = 17;
/// IFLA_LINKINFO.
pub const INFO: u16 = 18;
/// IFLA_NET_NS_PID.
const NAMESPACE_PROCESS: u16 = 19;
/// IFLA_IFALIAS.
pub const ALIAS: u16 = 20;
/// IFLA_AF_SPEC.
pub const FAMILIES: u16 = 26;
/// IFLA_GROUP.
pub const GROUP: u16 = 27;
/// IFLA_NET_NS_FD.
const NAMESPACE: u16 = 28;
/// IFLA_EXT_MASK.
const FILTER: u16 = 29;
/// IFLA_LINK_NETNSID.
pub const PARENT_NAMESPACE: u16 = 37;
/// IFLA_PROP_LIST.
pub const PROPERTIES: u16 = 52;
/// IFLA_ALT_IFNAME.
pub const OTHER_NAME: u16 = 53;

/// IFLA_INFO_KIND.
pub const INFO_KIND: u16 = 1;
/// IFLA_INFO_DATA.
pub const INFO_DATA: u16 = 2;
/// IFLA_INFO_SLAVE_KIND.
pub const INFO_PORT_KIND: u16 = 4;
/// IFLA_INFO_SLAVE_DATA.
pub const INFO_PORT_DATA: u16 = 5;
/// VETH_INFO_PEER.
const PEER: u16 = 1;

/// RTEXT_FILTER_VF and RTEXT_FILTER_SKIP_STATS.
const WITH_FUNCTIONS: u32 = 1;
const WITHOUT_STATISTICS: u32 = 8;

/// The attributes that a change may have.
const CHANGES: &[Entry] = &[
    entry(ADDRESS, "address", Mac),
    entry(BROADCAST, "broadcast", Mac),
    entry(MTU, "mtu", U32),
    entry(PARENT, "parent", U32),
    entry(MASTER, "master", U32),
    entry(QUEUE_LENGTH, "queue-length", U32),
    entry(STATE, "state", U8),
    entry(MODE, "mode", U8),
    entry(ALIAS, "alias", Text),
    entry(GROUP, "group", U32),
    entry(31, "num-tx-queues", U32),
    entry(32, "num-rx-queues", U32),
    entry(33, "carrier", U8),
    entry(PARENT_NAMESPACE, "parent-namespace", I32),
    entry(39, "proto-down", U8),
    entry(40, "gso-max-segs", U32),
    entry(41, "gso-max-size", U32),
    entry(XDP, "xdp", Nest(XDP_DETAILS)),
    entry(58, "gro-max-size", U32),
    entry(FUNCTIONS, "vf", Nest(FUNCTION_DETAILS)),
];

/// IFLA_VFINFO_LIST, in which each IFLA_VF_INFO is about one virtual function.
const FUNCTIONS: u16 = 22;
const FUNCTION: u16 = 1;

/// IFLA_VF_…: structures that begin with the number of the function.
const FUNCTION_DETAILS: &[Entry] = &[
    entry(1, "vf-mac", Bytes),
    entry(2, "vf-vlan", Bytes),
    entry(3, "vf-tx-rate", Bytes),
    entry(4, "vf-spoofchk", Bytes),
    entry(5, "vf-link-state", Bytes),
    entry(6, "vf-rate", Bytes),
    entry(7, "vf-rss-query", Bytes),
    entry(9, "vf-trust", Bytes),
    entry(10, "vf-node-guid", Bytes),
    entry(11, "vf-port-guid", Bytes),
];

/// IFLA_XDP.
const XDP: u16 = 43;

/// IFLA_XDP_…. A program can be removed: its descriptor is -1. No plugin has one that it could attach.
const XDP_DETAILS: &[Entry] = &[entry(1, "program", I32), entry(3, "flags", U32)];

/// IFLA_INET6_…; they are nested in AF_INET6 in IFLA_AF_SPEC.
pub const INET6_DETAILS: &[Entry] = &[
    entry(1, "flags", U32),
    entry(7, "token", Ip),
    entry(8, "address-generation-mode", U8),
];

/// Which links to list.
#[derive(Debug, Clone, Copy)]
pub struct LinkQuery<'a> {
    /// Only this link, by its index.
    pub index: Option<u32>,
    /// Only this link, by any of its names.
    pub name: Option<&'a str>,
    /// Only ports of this link.
    pub master: Option<u32>,
    /// Only links of this kind.
    pub kind: Option<&'a str>,
    /// AF_UNSPEC, or AF_BRIDGE for ports with their VLANs.
    pub family: u8,
    /// Include statistics.
    pub statistics: bool,
}

/// A message that asks for one link, by index or name.
pub fn ask(by: &InterfaceBy<'_>) -> Option<Vec<u8>> {
    let (index, name) = match by {
        InterfaceBy::Index(index) => (Some(*index), None),
        InterfaceBy::Name(name) => (None, Some(&**name)),
    };
    let one = LinkQuery {
        index,
        name,
        master: None,
        kind: None,
        family: 0,
        statistics: false,
    };
    Some(query(&one).ok()?.0.finish().ok()?.0)
}

/// The link in the answer to that message.
pub fn from_answer(answer: &[u8]) -> Option<Interface> {
    let Some(Message::Object { kind: NEW, payload }) = Messages::new(answer).next() else {
        return None;
    };
    let index = u32_at(payload, 4)?;
    let (mut name, mut others) = (String::new(), Vec::new());
    for (id, value) in Attributes(payload.get(HEADER..)?) {
        match id {
            NAME => name = text(value),
            PROPERTIES => {
                let found = Attributes(value).filter(|(id, _)| *id == OTHER_NAME);
                others = found.map(|(_, name)| text(name)).collect();
            }
            _ => {}
        }
    }
    Interface::found(index, &name, others).ok()
}

/// The message that asks for one link, or for all links of a kind. The answer for a single link is not a dump.
pub fn query(query: &LinkQuery<'_>) -> Result<(MessageBuilder, bool), Error> {
    let one = query.index.is_some() || query.name.is_some();
    let flags = if one { 0 } else { DUMP };
    let header = header(query.family, query.index.unwrap_or_default(), 0, 0);
    let mut builder = MessageBuilder::new(GET, flags, &header);
    let mut filter = WITH_FUNCTIONS;
    if !query.statistics {
        filter |= WITHOUT_STATISTICS;
    }
    if query.family != INET6 {
        builder.raw(FILTER, &filter.to_ne_bytes());
    }
    if let Some(name) = query.name {
        // A short name can be the name of the link or an alternative name; a long one can only be an alternative name.
        let id = if name.len() < libc::IFNAMSIZ {
            NAME
        } else {
            OTHER_NAME
        };
        builder.text(id, "name", name)?;
    }
    if let Some(master) = query.master {
        builder.raw(MASTER, &master.to_ne_bytes());
    }
    if let Some(kind) = query.kind {
        builder.nest(INFO, |builder| builder.text(INFO_KIND, "kind", kind))?;
    }
    Ok((builder, !one))
}

/// RTM_NEWLINKPROP and RTM_DELLINKPROP.
const NEW_PROPERTIES: u16 = 108;
const DELETE_PROPERTIES: u16 = 109;

/// Adds or removes alternative names.
pub(crate) fn write_names(
    put: bool,
    flags: u16,
    names: &LinkNames,
) -> Result<MessageBuilder, Error> {
    let kind = if put {
        NEW_PROPERTIES
    } else {
        DELETE_PROPERTIES
    };
    let mut builder = MessageBuilder::new(kind, flags, &header(0, names.index, 0, 0));
    builder.nest(PROPERTIES, |builder| {
        let mut names = names.names.iter();
        names.try_for_each(|name| builder.text(OTHER_NAME, "altname", name))
    })?;
    Ok(builder)
}

/// A new link, or a change of a link. `enter` returns the descriptor of a namespace by its name.
pub(crate) fn write(
    kind: u16,
    flags: u16,
    change: &LinkChange,
    enter: &mut impl FnMut(&str) -> Result<i32, Error>,
) -> Result<MessageBuilder, Error> {
    let is_named = change.index != 0 || change.name.as_deref().is_some_and(|name| !name.is_empty());
    // Without CREATE, the kernel would change every link of a group.
    if !is_named && (kind != NEW || flags & CREATE == 0) {
        return Err(invalid("neither an index nor a name"));
    }
    let header = header(change.family, change.index, change.flags, change.flags_mask);
    let mut builder = MessageBuilder::new(kind, flags, &header);
    if change.family != 0 {
        builder.note("family", change.family);
    }
    if change.flags_mask != 0 {
        builder.note(
            "flags",
            format_args!("{:#x}/{:#x}", change.flags, change.flags_mask),
        );
    }
    if let Some(name) = &change.name {
        builder.text(NAME, "name", own_name(name)?)?;
    }
    attributes(&change.attributes, &mut builder)?;
    if let Some(namespace) = &change.namespace {
        namespace_of(namespace, &mut builder, enter)?;
    }
    if change.kind.is_some() || change.port_kind.is_some() {
        builder.nest(INFO, |builder| {
            if let Some(kind) = &change.kind {
                builder.text(INFO_KIND, "kind", kind)?;
                let data = kind::data(kind);
                if !change.kind_data.is_empty() {
                    builder.nest(INFO_DATA, |d| attribute::write(data, &change.kind_data, d))?;
                }
                if let Some(peer) = &change.peer {
                    builder.nest(INFO_DATA, |d| d.nest(PEER, |d| write_peer(peer, d, enter)))?;
                }
            }
            if let Some(kind) = &change.port_kind {
                builder.text(INFO_PORT_KIND, "port-kind", kind)?;
                let data = kind::port_data(kind);
                builder.nest(INFO_PORT_DATA, |d| {
                    attribute::write(data, &change.port_data, d)
                })?;
            }
            Ok(())
        })?;
    }
    Ok(builder)
}

fn write_peer(
    peer: &LinkPeer,
    builder: &mut MessageBuilder,
    enter: &mut impl FnMut(&str) -> Result<i32, Error>,
) -> Result<(), Error> {
    builder.part(&header(0, 0, 0, 0));
    if let Some(name) = &peer.name {
        builder.text(NAME, "peer-name", own_name(name)?)?;
    }
    attributes(&peer.attributes, builder)?;
    match &peer.namespace {
        Some(namespace) => namespace_of(namespace, builder, enter),
        None => Ok(()),
    }
}

/// A name that a link gets or has. For one with `%` the kernel would choose, so no record would say what it is called.
fn own_name(name: &str) -> Result<&str, Error> {
    match name.contains('%') {
        true => Err(invalid(format!("{name:?} is not a name for a device"))),
        false => Ok(name),
    }
}

fn attributes(attributes: &[Attribute], builder: &mut MessageBuilder) -> Result<(), Error> {
    let of = |outer| nested_in(attributes, outer);
    let (inet6, functions) = (of(INET6.into()), of(FUNCTIONS));
    let deep = [INET6.into(), FUNCTIONS].map(u32::from);
    let plain = attributes
        .iter()
        .filter(|attribute| !deep.contains(&(attribute.id >> 16)));
    let plain: Vec<_> = plain.cloned().collect();
    attribute::write(CHANGES, &plain, builder)?;
    check_program(&plain)?;
    if !functions.is_empty() {
        builder.nest(FUNCTIONS, |builder| {
            functions.chunks(1).try_for_each(|one| {
                builder.nest(FUNCTION, |builder| {
                    attribute::write(FUNCTION_DETAILS, one, builder)
                })
            })
        })?;
    }
    if inet6.is_empty() {
        return Ok(());
    }
    builder.nest(FAMILIES, |builder| {
        builder.nest(INET6.into(), |builder| {
            attribute::write(INET6_DETAILS, &inet6, builder)
        })
    })
}

/// The attributes that are nested in another, by their own numbers.
fn nested_in(attributes: &[Attribute], outer: u16) -> Vec<Attribute> {
    let outer = u32::from(outer);
    let inside = attributes
        .iter()
        .filter(|attribute| attribute.id >> 16 == outer);
    let own = inside.map(|attribute| Attribute {
        id: attribute.id & 0xffff,
        value: attribute.value.clone(),
    });
    own.collect()
}

/// A descriptor would be one of the broker's.
fn check_program(attributes: &[Attribute]) -> Result<(), Error> {
    let program = (u32::from(XDP) << 16) | 1;
    let mut programs = attributes
        .iter()
        .filter(|attribute| attribute.id == program);
    match programs.all(|attribute| attribute.value == AttributeValue::Signed(-1)) {
        true => Ok(()),
        false => Err(invalid("an XDP program can only be removed here")),
    }
}

fn namespace_of(
    name: &str,
    builder: &mut MessageBuilder,
    enter: &mut impl FnMut(&str) -> Result<i32, Error>,
) -> Result<(), Error> {
    match name.parse::<u32>() {
        Ok(process) => builder.bytes(NAMESPACE_PROCESS, "namespace", &process.to_ne_bytes(), name),
        Err(_) => builder.bytes(NAMESPACE, "namespace", &enter(name)?.to_ne_bytes(), name),
    }
    Ok(())
}

fn header(family: u8, index: u32, flags: u32, mask: u32) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    header[0] = family;
    header[4..8].copy_from_slice(&index.to_ne_bytes());
    header[8..12].copy_from_slice(&flags.to_ne_bytes());
    header[12..].copy_from_slice(&mask.to_ne_bytes());
    header
}
