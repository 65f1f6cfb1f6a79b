//! Addresses of links: RTM_NEWADDR and related messages (rtnetlink(7)), struct ifaddrmsg and IFA_….

use std::net::IpAddr;

use crate::message_builder::{INET, MessageBuilder, family_of};
use crate::{Address, Error, invalid};
use nethost_core::Target;

/// struct ifaddrmsg.
pub const HEADER: usize = 8;

/// RTM_NEWADDR.
pub const NEW: u16 = 20;
/// RTM_DELADDR.
pub const DELETE: u16 = 21;

/// IFA_ADDRESS.
pub const PEER: u16 = 1;
/// IFA_LOCAL.
pub const LOCAL: u16 = 2;
/// IFA_LABEL.
pub const LABEL: u16 = 3;
/// IFA_BROADCAST.
pub const BROADCAST: u16 = 4;
/// IFA_ANYCAST.
pub const ANYCAST: u16 = 5;
/// IFA_CACHEINFO.
pub const LIFETIME: u16 = 6;
/// IFA_FLAGS.
pub const FLAGS: u16 = 8;
/// IFA_RT_PRIORITY.
pub const METRIC: u16 = 9;
/// IFA_PROTO.
pub const PROTOCOL: u16 = 11;

pub(crate) fn write(kind: u16, flags: u16, address: &Address) -> Result<MessageBuilder, Error> {
    let mut header = [0; HEADER];
    header[0] = address.family;
    header[1] = address.prefix_length;
    header[2] = address.flags as u8;
    header[3] = address.scope;
    header[4..].copy_from_slice(&address.index.to_ne_bytes());
    let mut builder = MessageBuilder::new(kind, flags, &header);
    let family = address.family;
    if kind == DELETE && family == INET && address.local.is_none() {
        // The kernel would delete the first address of the link that is in this network.
        return Err(invalid("an IPv4 address is deleted by its local address"));
    }
    builder.ip_of(family, LOCAL, "local", address.local)?;
    builder.ip_of(family, PEER, "address", address.peer)?;
    builder.note("prefix-length", address.prefix_length);
    builder.ip_of(family, BROADCAST, "broadcast", address.broadcast)?;
    builder.ip_of(family, ANYCAST, "anycast", address.anycast)?;
    builder.note("scope", address.scope);
    if address.flags != 0 {
        builder.u32(FLAGS, "flags", Some(address.flags));
    }
    if let Some(label) = &address.label {
        builder.text(LABEL, "label", label)?;
    }
    builder.u32(METRIC, "metric", address.metric);
    builder.u8(PROTOCOL, "protocol", address.protocol);
    if let Some(lifetime) = address.lifetime {
        builder.note("preferred-lifetime", lifetime.preferred);
        let mut cache = [0; 16];
        cache[..4].copy_from_slice(&lifetime.preferred.to_ne_bytes());
        cache[4..8].copy_from_slice(&lifetime.valid.to_ne_bytes());
        builder.bytes(LIFETIME, "valid-lifetime", &cache, lifetime.valid);
    }
    Ok(builder)
}

/// The target of the request.
pub(crate) fn target(address: &Address) -> Result<Target, Error> {
    let local = address.local.or(address.peer);
    let local = local
        .map(IpAddr::from)
        .ok_or_else(|| invalid("no address"))?;
    if family_of(local) != address.family {
        return Err(invalid(format!("{local} is of another family")));
    }
    Ok(Target::address_of(local))
}
