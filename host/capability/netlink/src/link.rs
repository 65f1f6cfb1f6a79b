//! Links: RTM_NEWLINK and related messages (rtnetlink(7)), struct ifinfomsg and IFLA_….

use super::attribute::Type::{Bytes, I32, Mac, Text, U8, U32};
use super::attribute::link_address;
use super::attribute::{self, Entry, entry};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_netlink::kind;
use nethost_netlink::link::{
    ADDRESS, ALIAS, BROADCAST, FAMILIES, GROUP, HEADER, INET6_DETAILS, INFO, INFO_DATA, INFO_KIND,
    INFO_PORT_DATA, INFO_PORT_KIND, LinkQuery, MASTER, MODE, MTU, NAME, OTHER_NAME, PARENT,
    PARENT_NAMESPACE, PROPERTIES, QUEUE_LENGTH, STATE,
};
pub(super) use nethost_netlink::link::{DELETE, NEW};
use nethost_netlink::message::{Attributes, text, u8_at, u16_at, u32_at, u64_at};
use nethost_netlink::{Error, INET6, MessageBuilder};

const QUEUEING_DISCIPLINE: u16 = 6;
const STATISTICS: u16 = 23;
const CARRIER_CHANGES: u16 = 35;

/// IFLA_… that are passed to the plugin unchanged, or that a change may contain.
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

/// The message that asks for one link, or for all links of a kind. The answer for a single link is not a dump.
pub(super) fn query(query: &wit::LinkQuery) -> Result<(MessageBuilder, bool), Error> {
    nethost_netlink::link::query(&LinkQuery {
        index: query.index,
        name: query.name.as_deref(),
        master: query.master,
        kind: query.kind.as_deref(),
        family: query.family,
        statistics: query.statistics,
    })
}
