//! The numbers by which a network namespace refers to others: RTM_NEWNSID and related messages, NETNSA_….

use crate::bindings::nethost::cap::netlink as wit;
use nethost_netlink::message::{Attributes, u32_at};
pub(super) use nethost_netlink::namespace_number::NEW;
use nethost_netlink::namespace_number::{GET, HEADER, ID};
use nethost_netlink::{DUMP, MessageBuilder};

pub(super) const DELETE: u16 = 89;

const CURRENT: u16 = 5;

pub(super) fn decode(payload: &[u8]) -> Option<wit::NamespaceNumber> {
    let mut number = wit::NamespaceNumber {
        id: -1,
        current: None,
    };
    for (id, value) in Attributes(payload.get(HEADER..)?) {
        match id {
            ID => number.id = u32_at(value, 0)?.cast_signed(),
            CURRENT => number.current = u32_at(value, 0).map(u32::cast_signed),
            _ => {}
        }
    }
    Some(number)
}

pub(super) fn query() -> MessageBuilder {
    MessageBuilder::new(GET, DUMP, &[0; HEADER])
}
