//! Labels for the selection of source addresses: RTM_NEWADDRLABEL and related messages, struct ifaddrlblmsg.

use crate::message_builder::{INET6, MessageBuilder};
use crate::{AddressLabel, Error};
use nethost_core::Target;

/// struct ifaddrlblmsg.
pub const HEADER: usize = 12;

/// RTM_NEWADDRLABEL.
pub const NEW: u16 = 72;
/// RTM_DELADDRLABEL.
pub const DELETE: u16 = 73;

/// IFAL_ADDRESS.
pub const PREFIX: u16 = 1;
/// IFAL_LABEL.
pub const LABEL: u16 = 2;

pub(crate) fn write(kind: u16, flags: u16, label: &AddressLabel) -> Result<MessageBuilder, Error> {
    let mut header = [0; HEADER];
    header[0] = INET6;
    header[2] = label.prefix_length;
    header[4..8].copy_from_slice(&label.index.to_ne_bytes());
    let mut builder = MessageBuilder::new(kind, flags, &header);
    builder.ip_of(INET6, PREFIX, "prefix", Some(label.prefix))?;
    builder.note("prefix-length", label.prefix_length);
    builder.u32(LABEL, "label", Some(label.label));
    Ok(builder)
}

/// The target of the request.
pub(crate) fn target(label: &AddressLabel) -> Result<Target, Error> {
    crate::route::target(INET6, Some(label.prefix), label.prefix_length)
}
