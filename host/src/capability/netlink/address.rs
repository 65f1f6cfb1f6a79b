//! Addresses of links: RTM_NEWADDR and its relatives (rtnetlink(7)), struct ifaddrmsg and IFA_….

use super::draft::{DUMP, Draft, family_of};
use super::message::{Attributes, ip, text, u8_at, u32_at};
use crate::bindings::nethost::cap::netlink as wit;
use crate::capability::types::{ErrorCode, address_from, address_to, invalid};
use nethost_core::Target;

/// struct ifaddrmsg.
const HEADER: usize = 8;

pub(super) const NEW: u16 = 20;
pub(super) const DELETE: u16 = 21;
pub(super) const GET: u16 = 22;

const PEER: u16 = 1;
const LOCAL: u16 = 2;
const LABEL: u16 = 3;
const BROADCAST: u16 = 4;
const ANYCAST: u16 = 5;
const LIFETIME: u16 = 6;
const FLAGS: u16 = 8;
const METRIC: u16 = 9;
const PROTOCOL: u16 = 11;

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

pub(super) fn query(query: wit::AddressQuery) -> Draft {
    let mut header = [0; HEADER];
    header[0] = query.family;
    header[4..].copy_from_slice(&query.index.unwrap_or_default().to_ne_bytes());
    Draft::new(GET, DUMP, &header)
}

pub(super) fn write(kind: u16, flags: u16, address: &wit::Address) -> Result<Draft, ErrorCode> {
    let mut header = [0; HEADER];
    header[0] = address.family;
    header[1] = address.prefix_length;
    header[2] = address.flags as u8;
    header[3] = address.scope;
    header[4..].copy_from_slice(&address.index.to_ne_bytes());
    let mut draft = Draft::new(kind, flags, &header);
    let family = address.family;
    draft.ip_of(family, LOCAL, "local", address.local)?;
    draft.ip_of(family, PEER, "address", address.peer)?;
    draft.note("prefix-length", address.prefix_length);
    draft.ip_of(family, BROADCAST, "broadcast", address.broadcast)?;
    draft.ip_of(family, ANYCAST, "anycast", address.anycast)?;
    draft.note("scope", address.scope);
    if address.flags != 0 {
        draft.u32(FLAGS, "flags", Some(address.flags));
    }
    if let Some(label) = &address.label {
        draft.text(LABEL, "label", label)?;
    }
    draft.u32(METRIC, "metric", address.metric);
    draft.u8(PROTOCOL, "protocol", address.protocol);
    if let Some(lifetime) = address.lifetime {
        draft.note("preferred-lifetime", lifetime.preferred);
        let mut cache = [0; 16];
        cache[..4].copy_from_slice(&lifetime.preferred.to_ne_bytes());
        cache[4..8].copy_from_slice(&lifetime.valid.to_ne_bytes());
        draft.bytes(LIFETIME, "valid-lifetime", &cache, lifetime.valid);
    }
    Ok(draft)
}

/// What the gate is asked about.
pub(super) fn target(address: &wit::Address) -> Result<Target, ErrorCode> {
    let local = address.local.or(address.peer);
    let local = local
        .map(address_from)
        .ok_or_else(|| invalid("no address"))?;
    if family_of(local) != address.family {
        return Err(invalid(format!("{local} is of another family")));
    }
    Ok(Target::address_of(local))
}
