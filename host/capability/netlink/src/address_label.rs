//! Labels for the selection of source addresses: RTM_NEWADDRLABEL and related messages, struct ifaddrlblmsg.

use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;
pub(super) use nethost_netlink::address_label::{DELETE, NEW};
use nethost_netlink::address_label::{HEADER, LABEL, PREFIX};
use nethost_netlink::message::{Attributes, ip, u8_at, u32_at};
use nethost_netlink::{DUMP, INET6, MessageBuilder};

pub(super) const GET: u16 = 74;

pub(super) fn decode(payload: &[u8]) -> Option<wit::AddressLabel> {
    let attributes = || payload.get(HEADER..).map(Attributes);
    let value = |wanted| {
        attributes()?
            .find(|(id, _)| *id == wanted)
            .map(|(_, value)| value)
    };
    Some(wit::AddressLabel {
        prefix: address_to(ip(value(PREFIX)?)?),
        prefix_length: u8_at(payload, 2)?,
        index: u32_at(payload, 4)?,
        label: u32_at(value(LABEL)?, 0)?,
    })
}

pub(super) fn query() -> MessageBuilder {
    let mut header = [0; HEADER];
    header[0] = INET6;
    MessageBuilder::new(GET, DUMP, &header)
}
