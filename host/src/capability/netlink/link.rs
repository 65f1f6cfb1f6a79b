//! Links: RTM_NEWLINK and its relatives (rtnetlink(7)), struct ifinfomsg and IFLA_….

use super::attribute::Type::{Bytes, I32, Ip, Mac, Text, U8, U32};
use super::attribute::{self, Entry, entry};
use super::draft::{Draft, INET6, link_address};
use super::kind;
use super::message::{Attributes, Message, Messages, text, u8_at, u16_at, u32_at, u64_at};
use crate::bindings::nethost::cap::netlink as wit;
use crate::broker::InterfaceBy;
use crate::capability::types::{ErrorCode, invalid};
use nethost_core::Interface;

/// struct ifinfomsg.
const HEADER: usize = 16;

pub(super) const NEW: u16 = 16;
pub(super) const DELETE: u16 = 17;
pub(super) const GET: u16 = 18;

const ADDRESS: u16 = 1;
const BROADCAST: u16 = 2;
const NAME: u16 = 3;
const MTU: u16 = 4;
const PARENT: u16 = 5;
const QUEUEING_DISCIPLINE: u16 = 6;
const MASTER: u16 = 10;
const QUEUE_LENGTH: u16 = 13;
const STATE: u16 = 16;
const MODE: u16 = 17;
const INFO: u16 = 18;
const NAMESPACE_PROCESS: u16 = 19;
const ALIAS: u16 = 20;
const STATISTICS: u16 = 23;
const FAMILIES: u16 = 26;
const GROUP: u16 = 27;
const NAMESPACE: u16 = 28;
const FILTER: u16 = 29;
const CARRIER_CHANGES: u16 = 35;
const PARENT_NAMESPACE: u16 = 37;
const PROPERTIES: u16 = 52;
const OTHER_NAME: u16 = 53;

const INFO_KIND: u16 = 1;
const INFO_DATA: u16 = 2;
const INFO_PORT_KIND: u16 = 4;
const INFO_PORT_DATA: u16 = 5;
/// VETH_INFO_PEER.
const PEER: u16 = 1;

/// RTEXT_FILTER_VF and RTEXT_FILTER_SKIP_STATS.
const WITH_FUNCTIONS: u32 = 1;
const WITHOUT_STATISTICS: u32 = 8;

/// IFLA_… that are handed on as they are, or that a change may have.
const DETAILS: &[Entry] = &[
    entry(30, "promiscuity", U32),
    entry(31, "num-tx-queues", U32),
    entry(32, "num-rx-queues", U32),
    entry(33, "carrier", U8),
    entry(34, "phys-port-id", Bytes),
    entry(36, "phys-switch-id", Bytes),
    entry(38, "phys-port-name", Text),
    entry(39, "proto-down", U8),
    entry(40, "gso-max-segs", U32),
    entry(41, "gso-max-size", U32),
    entry(44, "event", U32),
    entry(45, "new-namespace-id", I32),
    entry(47, "carrier-up-count", U32),
    entry(48, "carrier-down-count", U32),
    entry(49, "new-index", U32),
    entry(50, "min-mtu", U32),
    entry(51, "max-mtu", U32),
    entry(54, "permanent-address", Mac),
    entry(56, "parent-device", Text),
    entry(57, "parent-bus", Text),
    entry(58, "gro-max-size", U32),
    entry(59, "tso-max-size", U32),
    entry(60, "tso-max-segs", U32),
    entry(61, "allmulti", U32),
];

/// What a change may have.
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
    entry(58, "gro-max-size", U32),
];

/// IFLA_INET6_…; they stand inside of AF_INET6 inside of IFLA_AF_SPEC.
const INET6_DETAILS: &[Entry] = &[
    entry(1, "flags", U32),
    entry(7, "token", Ip),
    entry(8, "address-generation-mode", U8),
];

pub(super) fn decode(payload: &[u8]) -> Option<wit::Link> {
    let mut link = wit::Link {
        index: u32_at(payload, 4)?,
        family: u8_at(payload, 0)?,
        link_type: u16_at(payload, 2)?,
        flags: u32_at(payload, 8)?,
        name: String::new(),
        address: None,
        broadcast: None,
        mtu: 0,
        parent: None,
        parent_namespace: None,
        master: None,
        queueing_discipline: None,
        operational_state: 0,
        mode: 0,
        group: None,
        queue_length: None,
        alias: None,
        other_names: None,
        kind: None,
        port_kind: None,
        statistics: None,
        carrier_changes: None,
        details: None,
        kind_data: None,
        port_data: None,
    };
    let attributes = payload.get(HEADER..)?;
    let mut details = attribute::read(DETAILS, attributes);
    for (id, value) in Attributes(attributes) {
        match id {
            ADDRESS => link.address = Some(link_address(value)),
            BROADCAST => link.broadcast = Some(link_address(value)),
            NAME => link.name = text(value),
            MTU => link.mtu = u32_at(value, 0)?,
            PARENT => link.parent = u32_at(value, 0),
            MASTER => link.master = u32_at(value, 0),
            QUEUEING_DISCIPLINE => link.queueing_discipline = Some(text(value)),
            STATE => link.operational_state = u8_at(value, 0)?,
            MODE => link.mode = u8_at(value, 0)?,
            GROUP => link.group = u32_at(value, 0),
            QUEUE_LENGTH => link.queue_length = u32_at(value, 0),
            ALIAS => link.alias = Some(text(value)),
            STATISTICS => link.statistics = statistics(value),
            CARRIER_CHANGES => link.carrier_changes = u32_at(value, 0),
            PARENT_NAMESPACE => link.parent_namespace = u32_at(value, 0).map(u32::cast_signed),
            INFO => info(value, &mut link),
            FAMILIES => Attributes(value)
                .filter(|(family, _)| *family == u16::from(INET6))
                .for_each(|(family, value)| {
                    let outer = u32::from(family) << 16;
                    attribute::read_into(INET6_DETAILS, value, outer, &mut details);
                }),
            PROPERTIES => {
                let names = Attributes(value).filter(|(id, _)| *id == OTHER_NAME);
                link.other_names = Some(names.map(|(_, name)| text(name)).collect());
            }
            _ => {}
        }
    }
    link.details = Some(details);
    Some(link)
}

fn info(bytes: &[u8], link: &mut wit::Link) {
    for (id, value) in Attributes(bytes) {
        match id {
            INFO_KIND => link.kind = Some(text(value)),
            INFO_PORT_KIND => link.port_kind = Some(text(value)),
            _ => {}
        }
    }
    for (id, value) in Attributes(bytes) {
        match (id, &link.kind, &link.port_kind) {
            (INFO_DATA, Some(kind), _) => {
                link.kind_data = Some(attribute::read(kind::data(kind), value));
            }
            (INFO_PORT_DATA, _, Some(kind)) => {
                link.port_data = Some(attribute::read(kind::port_data(kind), value));
            }
            _ => {}
        }
    }
}

fn statistics(bytes: &[u8]) -> Option<wit::LinkStatistics> {
    let at = |place: usize| u64_at(bytes, place * 8);
    Some(wit::LinkStatistics {
        rx_packets: at(0)?,
        tx_packets: at(1)?,
        rx_bytes: at(2)?,
        tx_bytes: at(3)?,
        rx_errors: at(4)?,
        tx_errors: at(5)?,
        rx_dropped: at(6)?,
        tx_dropped: at(7)?,
        multicast: at(8)?,
        collisions: at(9)?,
        rx_length_errors: at(10)?,
        rx_over_errors: at(11)?,
        rx_crc_errors: at(12)?,
        rx_frame_errors: at(13)?,
        rx_fifo_errors: at(14)?,
        rx_missed_errors: at(15)?,
        tx_aborted_errors: at(16)?,
        tx_carrier_errors: at(17)?,
        tx_fifo_errors: at(18)?,
        tx_heartbeat_errors: at(19)?,
        tx_window_errors: at(20)?,
        rx_compressed: at(21)?,
        tx_compressed: at(22)?,
        rx_nohandler: at(23).unwrap_or_default(),
    })
}

/// Asks for one link, by whatever it is called.
pub(crate) fn ask(by: &InterfaceBy<'_>) -> Option<Vec<u8>> {
    let (index, name) = match by {
        InterfaceBy::Index(index) => (Some(*index), None),
        InterfaceBy::Name(name) => (None, Some(name.to_string())),
    };
    let one = wit::LinkQuery {
        index,
        name,
        master: None,
        kind: None,
        family: 0,
        statistics: false,
    };
    Some(query(&one).ok()?.0.finish().ok()?.0)
}

/// The link in the answer to that.
pub(crate) fn told(answer: &[u8]) -> Option<Interface> {
    let Some(Message::Object { kind: NEW, payload }) = Messages::new(answer).next() else {
        return None;
    };
    let link = decode(payload)?;
    let others = link.other_names.unwrap_or_default();
    Interface::found(link.index, &link.name, others).ok()
}

/// The question for one link, or for all of a kind. A single one is not a dump.
pub(super) fn query(query: &wit::LinkQuery) -> Result<(Draft, bool), ErrorCode> {
    let one = query.index.is_some() || query.name.is_some();
    let flags = if one { 0 } else { super::draft::DUMP };
    let header = header(query.family, query.index.unwrap_or_default(), 0, 0);
    let mut draft = Draft::new(GET, flags, &header);
    let mut filter = WITH_FUNCTIONS;
    if !query.statistics {
        filter |= WITHOUT_STATISTICS;
    }
    if query.family != INET6 {
        draft.raw(FILTER, &filter.to_ne_bytes());
    }
    if let Some(name) = &query.name {
        // A short name may be the link's own or another one; a long one can only be the latter.
        let id = if name.len() < libc::IFNAMSIZ {
            NAME
        } else {
            OTHER_NAME
        };
        draft.text(id, "name", name)?;
    }
    if let Some(master) = query.master {
        draft.raw(MASTER, &master.to_ne_bytes());
    }
    if let Some(kind) = &query.kind {
        draft.nest(INFO, |draft| draft.text(INFO_KIND, "kind", kind))?;
    }
    Ok((draft, !one))
}

/// A new link, or a change to one. `enter` finds the descriptor of a namespace by its name.
/// RTM_NEWLINKPROP and RTM_DELLINKPROP.
const NEW_PROPERTIES: u16 = 108;
const DELETE_PROPERTIES: u16 = 109;

/// More names, or less.
pub(super) fn write_names(
    put: bool,
    flags: u16,
    names: &wit::LinkNames,
) -> Result<Draft, ErrorCode> {
    let kind = if put {
        NEW_PROPERTIES
    } else {
        DELETE_PROPERTIES
    };
    let mut draft = Draft::new(kind, flags, &header(0, names.index, 0, 0));
    draft.nest(PROPERTIES, |draft| {
        let mut names = names.names.iter();
        names.try_for_each(|name| draft.text(OTHER_NAME, "altname", name))
    })?;
    Ok(draft)
}

pub(super) fn write(
    kind: u16,
    flags: u16,
    change: &wit::LinkChange,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<Draft, ErrorCode> {
    if change.index == 0 && change.name.as_deref().is_none_or(str::is_empty) && kind != NEW {
        return Err(invalid("neither an index nor a name"));
    }
    let header = header(change.family, change.index, change.flags, change.flags_mask);
    let mut draft = Draft::new(kind, flags, &header);
    if change.flags_mask != 0 {
        draft.note(
            "flags",
            format_args!("{:#x}/{:#x}", change.flags, change.flags_mask),
        );
    }
    if let Some(name) = &change.name {
        draft.text(NAME, "name", name)?;
    }
    attributes(&change.attributes, &mut draft)?;
    if let Some(namespace) = &change.namespace {
        namespace_of(namespace, &mut draft, enter)?;
    }
    if change.kind.is_some() || change.port_kind.is_some() {
        draft.nest(INFO, |draft| {
            if let Some(kind) = &change.kind {
                draft.text(INFO_KIND, "kind", kind)?;
                let data = kind::data(kind);
                if !change.kind_data.is_empty() {
                    draft.nest(INFO_DATA, |d| attribute::write(data, &change.kind_data, d))?;
                }
                if let Some(peer) = &change.peer {
                    draft.nest(INFO_DATA, |d| d.nest(PEER, |d| write_peer(peer, d, enter)))?;
                }
            }
            if let Some(kind) = &change.port_kind {
                draft.text(INFO_PORT_KIND, "port-kind", kind)?;
                let data = kind::port_data(kind);
                draft.nest(INFO_PORT_DATA, |d| {
                    attribute::write(data, &change.port_data, d)
                })?;
            }
            Ok(())
        })?;
    }
    Ok(draft)
}

fn write_peer(
    peer: &wit::LinkPeer,
    draft: &mut Draft,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<(), ErrorCode> {
    draft.part(&header(0, 0, 0, 0));
    if let Some(name) = &peer.name {
        draft.text(NAME, "peer-name", name)?;
    }
    attributes(&peer.attributes, draft)?;
    match &peer.namespace {
        Some(namespace) => namespace_of(namespace, draft, enter),
        None => Ok(()),
    }
}

fn attributes(attributes: &[wit::Attribute], draft: &mut Draft) -> Result<(), ErrorCode> {
    let outer = u32::from(INET6);
    let (inet6, plain): (Vec<_>, Vec<_>) = attributes
        .iter()
        .cloned()
        .partition(|attribute| attribute.id >> 16 == outer);
    attribute::write(CHANGES, &plain, draft)?;
    if inet6.is_empty() {
        return Ok(());
    }
    let inner: Vec<_> = inet6
        .into_iter()
        .map(|attribute| wit::Attribute {
            id: attribute.id & 0xffff,
            value: attribute.value,
        })
        .collect();
    draft.nest(FAMILIES, |draft| {
        draft.nest(INET6.into(), |draft| {
            attribute::write(INET6_DETAILS, &inner, draft)
        })
    })
}

fn namespace_of(
    name: &str,
    draft: &mut Draft,
    enter: &mut impl FnMut(&str) -> Result<i32, ErrorCode>,
) -> Result<(), ErrorCode> {
    match name.parse::<u32>() {
        Ok(process) => draft.bytes(NAMESPACE_PROCESS, "namespace", &process.to_ne_bytes(), name),
        Err(_) => draft.bytes(NAMESPACE, "namespace", &enter(name)?.to_ne_bytes(), name),
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
