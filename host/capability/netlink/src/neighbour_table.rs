//! The parameters of neighbour tables: RTM_NEWNEIGHTBL and related messages, struct ndtmsg, NDTA_… and NDTPA_….

use super::attribute;
use crate::bindings::nethost::cap::netlink as wit;
use nethost_netlink::message::{Attributes, text, u8_at};
use nethost_netlink::neighbour_table::{NAME, TABLE};
use nethost_netlink::{DUMP, MessageBuilder};

/// struct ndtmsg.
const HEADER: usize = 4;

pub(super) const NEW: u16 = 64;
const GET: u16 = 66;

pub(super) fn decode(payload: &[u8]) -> Option<wit::NeighbourTable> {
    let attributes = payload.get(HEADER..)?;
    let (_, name) = Attributes(attributes).find(|(id, _)| *id == NAME)?;
    Some(wit::NeighbourTable {
        family: u8_at(payload, 0)?,
        name: text(name),
        attributes: attribute::read(TABLE, attributes),
    })
}

pub(super) fn query(family: u8) -> MessageBuilder {
    MessageBuilder::new(GET, DUMP, &[family, 0, 0, 0])
}
