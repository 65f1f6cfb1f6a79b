//! ICMP echo, for ping, and for traceroute and mtr in ICMP mode.
//!
//! Threat: a plugin that maps networks, floods hosts, or reads the echo replies of other programs. So the gate decides
//! about each remote. Only replies that have the identifier of this socket and come from a permitted remote are
//! delivered, and only errors about requests with this identifier to a permitted remote.
//!
//! Privilege: none if net.ipv4.ping_group_range allows the group; otherwise CAP_NET_RAW.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::icmp;
pub use nethost_broker::capabilities::icmp::Echo;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use service::EchoSocket;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<EchoSocket>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/icmp",
    requests: &[Declared::of::<Echo>()],
    privilege: "none, or CAP_NET_RAW",
    reads: &[],
    add_to_linker: |linker| icmp::add_to_linker::<_, Access>(linker, |run| run),
};
