//! Addresses of links: RTM_NEWADDR and related messages (rtnetlink(7)), struct ifaddrmsg and IFA_….

use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;
use nethost_netlink::address::{
    ANYCAST, BROADCAST, FLAGS, HEADER, LABEL, LIFETIME, LOCAL, METRIC, PEER, PROTOCOL,
};
pub(super) use nethost_netlink::address::{DELETE, NEW};
use nethost_netlink::message::{Attributes, ip, text, u8_at, u32_at};
use nethost_netlink::{DUMP, MessageBuilder};

pub(super) const GET: u16 = 22;

pub(super) fn decode(payload: &[u8]) -> Option<wit::Address> {
    let mut address = wit::Address {
        family: u8_at(payload, 0)?,
        prefix_length: u8_at(payload, 1)?,
        flags: u8_at(payload, 2)?.into(),
        scope: u8_at(payload, 3)?,
        index: u32_at(payload, 4)?,
        local: None,
        peer: None,
        broadcast: None,
        anycast: None,
        label: None,
        metric: None,
        protocol: None,
        lifetime: None,
    };
    for (id, value) in Attributes(payload.get(HEADER..)?) {
        match id {
            PEER => address.peer = ip(value).map(address_to),
            LOCAL => address.local = ip(value).map(address_to),
            BROADCAST => address.broadcast = ip(value).map(address_to),
            ANYCAST => address.anycast = ip(value).map(address_to),
            LABEL => address.label = Some(text(value)),
            FLAGS => address.flags = u32_at(value, 0)?,
            METRIC => address.metric = u32_at(value, 0),
            PROTOCOL => address.protocol = u8_at(value, 0),
            LIFETIME => {
                address.lifetime = Some(wit::Lifetime {
                    preferred: u32_at(value, 0)?,
                    valid: u32_at(value, 4)?,
                });
            }
            _ => {}
        }
    }
    Some(address)
}

pub(super) fn query(query: wit::AddressQuery) -> MessageBuilder {
    let mut header = [0; HEADER];
    header[0] = query.family;
    header[4..].copy_from_slice(&query.index.unwrap_or_default().to_ne_bytes());
    MessageBuilder::new(GET, DUMP, &header)
}
