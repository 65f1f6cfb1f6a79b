//! What the kernel remembers about TCP connections: the generic netlink family `tcp_metrics` (linux/tcp_metrics.h).

use std::net::IpAddr;

use crate::message_builder::{ACKNOWLEDGE, MessageBuilder};
use crate::{Error, IpAddress, invalid};
use nethost_core::Target;

/// The family of generic netlink.
pub const FAMILY: &str = "tcp_metrics";
/// TCP_METRICS_CMD_DEL.
const DELETE: u8 = 2;

/// TCP_METRICS_ATTR_ADDR_IPV4.
pub const DESTINATION: u16 = 1;
/// TCP_METRICS_ATTR_ADDR_IPV6.
pub const DESTINATION6: u16 = 2;

/// The message to the family. The number of the family must still be set as the type of the message.
pub(crate) fn forget(put: bool, of: Option<IpAddress>) -> Result<MessageBuilder, Error> {
    if put {
        return Err(invalid("TCP metrics can only be deleted"));
    }
    let mut builder = MessageBuilder::new(0, ACKNOWLEDGE, &[DELETE, 1, 0, 0]);
    destination(of, &mut builder);
    Ok(builder)
}

/// Adds the address that a message is about, or that it is about all addresses.
pub fn destination(of: Option<IpAddress>, builder: &mut MessageBuilder) {
    match of.map(IpAddr::from) {
        Some(address @ IpAddr::V4(_)) => builder.ip(DESTINATION, "destination", address),
        Some(address @ IpAddr::V6(_)) => builder.ip(DESTINATION6, "destination", address),
        None => builder.note("destination", "all"),
    }
}

/// The target of the request to delete metrics.
pub(crate) fn target(of: Option<IpAddress>) -> Target {
    match of.map(IpAddr::from) {
        Some(address) => Target::address_of(address),
        None => Target::Local("tcp-metrics"),
    }
}
