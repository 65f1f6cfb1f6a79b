//! The ARP and neighbour discovery tables: RTM_NEWNEIGH and related messages, struct ndmsg and NDA_….

use super::attribute::link_address;
use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::{address_from, address_to};
use nethost_netlink::message::{Attributes, ip, u8_at, u16_at, u32_at};
pub(super) use nethost_netlink::neighbour::{DELETE, NEW};
use nethost_netlink::neighbour::{DESTINATION, HEADER, LINK_ADDRESS, MORE_FLAGS, PROTOCOL};
use nethost_netlink::{DUMP, MessageBuilder, family_of, octets};

pub(super) const GET: u16 = 30;

const CACHE: u16 = 3;
const PROBES: u16 = 4;
const INDEX: u16 = 8;
const MASTER: u16 = 9;

/// NTF_PROXY.
const PROXY: u8 = 8;

#[inline]
pub(super) fn decode(payload: &[u8]) -> Option<wit::Neighbour> {
    let mut neighbour = wit::Neighbour {
        family: u8_at(payload, 0)?,
        index: u32_at(payload, 4)?,
        state: u16_at(payload, 8)?,
        flags: u8_at(payload, 10)?.into(),
        kind: u8_at(payload, 11)?,
        destination: None,
        link_address: None,
        probes: None,
        protocol: None,
        cache: None,
    };
    for (id, value) in Attributes(payload.get(HEADER..)?) {
        match id {
            DESTINATION => neighbour.destination = ip(value).map(address_to),
            LINK_ADDRESS => neighbour.link_address = Some(link_address(value)),
            PROBES => neighbour.probes = u32_at(value, 0),
            PROTOCOL => neighbour.protocol = u8_at(value, 0),
            MORE_FLAGS => neighbour.flags |= u32_at(value, 0)? << 8,
            CACHE => {
                neighbour.cache = Some(wit::NeighbourCache {
                    confirmed: u32_at(value, 0)?,
                    used: u32_at(value, 4)?,
                    updated: u32_at(value, 8)?,
                    users: u32_at(value, 12)?,
                });
            }
            _ => {}
        }
    }
    Some(neighbour)
}

pub(super) fn query(query: wit::NeighbourQuery) -> MessageBuilder {
    let mut header = [0; HEADER];
    header[0] = query.family;
    if query.proxies {
        header[10] = PROXY;
    }
    let mut builder = MessageBuilder::new(GET, DUMP, &header);
    if let Some(index) = query.index {
        builder.raw(INDEX, &index.to_ne_bytes());
    }
    if let Some(master) = query.master {
        builder.raw(MASTER, &master.to_ne_bytes());
    }
    builder
}

pub(super) fn look_up(lookup: wit::NeighbourLookup) -> MessageBuilder {
    let address = address_from(lookup.destination);
    let mut header = [0; HEADER];
    header[0] = family_of(address);
    header[4..8].copy_from_slice(&lookup.index.to_ne_bytes());
    if lookup.proxy {
        header[10] = PROXY;
    }
    let mut builder = MessageBuilder::new(GET, 0, &header);
    builder.raw(DESTINATION, &octets(address));
    builder
}
