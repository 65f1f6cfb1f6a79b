//! The ARP and neighbour discovery tables: RTM_NEWNEIGH and its relatives, struct ndmsg and NDA_….

use super::draft::{DUMP, Draft, family_of, link_address, octets};
use super::message::{Attributes, ip, u8_at, u16_at, u32_at};
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, address_from, address_to, invalid};
use nethost_core::Target;

/// struct ndmsg.
const HEADER: usize = 12;

pub(super) const NEW: u16 = 28;
pub(super) const DELETE: u16 = 29;
pub(super) const GET: u16 = 30;

const DESTINATION: u16 = 1;
const LINK_ADDRESS: u16 = 2;
const CACHE: u16 = 3;
const PROBES: u16 = 4;
const INDEX: u16 = 8;
const MASTER: u16 = 9;
const PROTOCOL: u16 = 12;
const MORE_FLAGS: u16 = 15;

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

pub(super) fn query(query: wit::NeighbourQuery) -> Draft {
    let mut header = [0; HEADER];
    header[0] = query.family;
    if query.proxies {
        header[10] = PROXY;
    }
    let mut draft = Draft::new(GET, DUMP, &header);
    if let Some(index) = query.index {
        draft.raw(INDEX, &index.to_ne_bytes());
    }
    if let Some(master) = query.master {
        draft.raw(MASTER, &master.to_ne_bytes());
    }
    draft
}

pub(super) fn look_up(lookup: wit::NeighbourLookup) -> Draft {
    let address = address_from(lookup.destination);
    let mut header = [0; HEADER];
    header[0] = family_of(address);
    header[4..8].copy_from_slice(&lookup.index.to_ne_bytes());
    if lookup.proxy {
        header[10] = PROXY;
    }
    let mut draft = Draft::new(GET, 0, &header);
    draft.raw(DESTINATION, &octets(address));
    draft
}

pub(super) fn write(kind: u16, flags: u16, neighbour: &wit::Neighbour) -> Result<Draft, ErrorCode> {
    let mut header = [0; HEADER];
    header[0] = neighbour.family;
    header[4..8].copy_from_slice(&neighbour.index.to_ne_bytes());
    header[8..10].copy_from_slice(&neighbour.state.to_ne_bytes());
    header[10] = neighbour.flags as u8;
    header[11] = neighbour.kind;
    let mut draft = Draft::new(kind, flags, &header);
    draft.ip_of(
        neighbour.family,
        DESTINATION,
        "destination",
        neighbour.destination,
    )?;
    if let Some(address) = &neighbour.link_address {
        draft.link_address(LINK_ADDRESS, "link-address", address)?;
    }
    draft.note("state", neighbour.state);
    draft.note("flags", neighbour.flags);
    draft.u8(PROTOCOL, "protocol", neighbour.protocol);
    if neighbour.flags >> 8 != 0 {
        draft.raw(MORE_FLAGS, &(neighbour.flags >> 8).to_ne_bytes());
    }
    Ok(draft)
}

/// What the gate is asked about.
pub(super) fn target(neighbour: &wit::Neighbour) -> Result<Target, ErrorCode> {
    let address = neighbour.destination.map(address_from);
    let address = address.ok_or_else(|| invalid("no destination"))?;
    if family_of(address) != neighbour.family {
        return Err(invalid(format!("{address} is of another family")));
    }
    Ok(Target::address_of(address))
}
