//! Objects that are only reported in events and never listed here: forwarding settings, next hops by number, prefixes
//! that routers announce.

use super::attribute::Type::{Bytes, Flag, Ip, U16, U32};
use super::attribute::{self, Entry, entry};
use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;
use nethost_netlink::entity::FORWARDING_SETTINGS;
use nethost_netlink::message::{Attributes, ip, u8_at, u32_at};

/// RTM_NEW… and RTM_DEL….
pub(super) const NEW_PREFIX: u16 = 52;
pub(super) const NEW_SETTINGS: u16 = 80;
pub(super) const DELETE_SETTINGS: u16 = 81;
pub(super) const NEW_HOP: u16 = 104;
pub(super) const DELETE_HOP: u16 = 105;

/// struct netconfmsg, aligned; nhmsg; prefixmsg.
const SETTINGS: usize = 4;
const HOP: usize = 8;
const PREFIX: usize = 12;

/// NHA_….
const HOP_TABLE: &[Entry] = &[
    entry(1, "id", U32),
    entry(2, "group", Bytes),
    entry(3, "group-type", U16),
    entry(4, "blackhole", Flag),
    entry(5, "oif", U32),
    entry(6, "via", Ip),
    entry(7, "encap-type", U16),
    entry(11, "fdb", Flag),
];

/// PREFIX_ADDRESS and PREFIX_CACHEINFO.
const ADDRESS: u16 = 1;
const LIFETIME: u16 = 2;

pub(super) fn settings(payload: &[u8]) -> Option<wit::ForwardingSettings> {
    Some(wit::ForwardingSettings {
        family: u8_at(payload, 0)?,
        attributes: attribute::read(FORWARDING_SETTINGS, payload.get(SETTINGS..)?),
    })
}

pub(super) fn hop(payload: &[u8]) -> Option<wit::NextHopObject> {
    Some(wit::NextHopObject {
        family: u8_at(payload, 0)?,
        scope: u8_at(payload, 1)?,
        protocol: u8_at(payload, 2)?,
        flags: u32_at(payload, 4)?,
        attributes: attribute::read(HOP_TABLE, payload.get(HOP..)?),
    })
}

pub(super) fn prefix(payload: &[u8]) -> Option<wit::AnnouncedPrefix> {
    let (mut prefix, mut lifetime) = (None, None);
    for (id, value) in Attributes(payload.get(PREFIX..)?) {
        match id {
            ADDRESS => prefix = ip(value),
            LIFETIME => {
                lifetime = Some(wit::Lifetime {
                    preferred: u32_at(value, 0)?,
                    valid: u32_at(value, 4)?,
                });
            }
            _ => {}
        }
    }
    Some(wit::AnnouncedPrefix {
        family: u8_at(payload, 0)?,
        index: u32_at(payload, 4)?,
        kind: u8_at(payload, 8)?,
        prefix: address_to(prefix?),
        prefix_length: u8_at(payload, 9)?,
        flags: u8_at(payload, 10)?,
        lifetime,
    })
}
