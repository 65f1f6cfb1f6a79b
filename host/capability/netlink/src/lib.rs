//! Reads and changes the network configuration of the kernel: links, addresses, routes, rules, neighbours.
//!
//! Threat: a plugin that learns about networks that are not its business, or reroutes traffic. So reading and changing
//! are separate requests. A change names its network, address or link. Each changed field is recorded, because the
//! record is made from the message to the kernel.
//!
//! Privilege: none to read; CAP_NET_ADMIN to change; CAP_SYS_ADMIN to enter another network namespace.

mod address;
mod address_label;
mod attribute;
mod bindings;
mod convert;
mod entity;
mod event;
mod host;
mod l2tp;
mod link;
mod listing;
mod monitor;
mod multicast;
mod namespace_number;
mod neighbour;
mod neighbour_table;
mod route;
mod rule;
mod service;
mod strerror;
mod sys;
mod tcp_metrics;
#[cfg(test)]
mod tests;
mod undoable;
mod xfrm;

use crate::bindings::nethost::cap::netlink;
pub use nethost_broker::capabilities::netlink::{NetnsRead, RouteRead, RouteWrite};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use entity::EntityListing;
pub use listing::Listing;
pub use monitor::Watch;
pub use service::Namespace;
pub use undoable::Undoable;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/netlink",
    requests: &[
        Declared::of::<RouteRead>(),
        Declared::of::<RouteWrite>(),
        Declared::of::<NetnsRead>(),
    ],
    privilege: "CAP_NET_ADMIN to change; CAP_SYS_ADMIN for other namespaces",
    reads: &[],
    add_to_linker: |linker| netlink::add_to_linker::<_, Access>(linker, |run| run),
};
