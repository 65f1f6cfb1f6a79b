//! The ARP and neighbour discovery tables: RTM_NEWNEIGH and related messages, struct ndmsg and NDA_….

use std::net::IpAddr;

use crate::message_builder::{MessageBuilder, family_of};
use crate::{Error, Neighbour, invalid};
use nethost_core::Target;

/// struct ndmsg.
pub const HEADER: usize = 12;

/// RTM_NEWNEIGH.
pub const NEW: u16 = 28;
/// RTM_DELNEIGH.
pub const DELETE: u16 = 29;

/// NDA_DST.
pub const DESTINATION: u16 = 1;
/// NDA_LLADDR.
pub const LINK_ADDRESS: u16 = 2;
/// NDA_PROTOCOL.
pub const PROTOCOL: u16 = 12;
/// NDA_FLAGS_EXT.
pub const MORE_FLAGS: u16 = 15;

pub(crate) fn write(kind: u16, flags: u16, neighbour: &Neighbour) -> Result<MessageBuilder, Error> {
    let mut header = [0; HEADER];
    header[0] = neighbour.family;
    header[4..8].copy_from_slice(&neighbour.index.to_ne_bytes());
    header[8..10].copy_from_slice(&neighbour.state.to_ne_bytes());
    header[10] = neighbour.flags as u8;
    header[11] = neighbour.kind;
    let mut builder = MessageBuilder::new(kind, flags, &header);
    builder.ip_of(
        neighbour.family,
        DESTINATION,
        "destination",
        neighbour.destination,
    )?;
    if let Some(address) = &neighbour.link_address {
        builder.link_address(LINK_ADDRESS, "link-address", address)?;
    }
    builder.note("state", neighbour.state);
    builder.note("flags", neighbour.flags);
    if neighbour.kind != 0 {
        builder.note("type", neighbour.kind);
    }
    builder.u8(PROTOCOL, "protocol", neighbour.protocol);
    if neighbour.flags >> 8 != 0 {
        builder.raw(MORE_FLAGS, &(neighbour.flags >> 8).to_ne_bytes());
    }
    Ok(builder)
}

/// The target of the request.
pub(crate) fn target(neighbour: &Neighbour) -> Result<Target, Error> {
    let address = neighbour.destination.map(IpAddr::from);
    let address = address.ok_or_else(|| invalid("no destination"))?;
    if family_of(address) != neighbour.family {
        return Err(invalid(format!("{address} is of another family")));
    }
    Ok(Target::address_of(address))
}
