//! UDP with given remotes: probes of traceroute, and DNS; and sockets bound to a port, which receive from everybody.
//!
//! Threat: a plugin that reaches services it was not granted, or reads what others send to its port. So the gate
//! decides about each remote with its port, and datagrams from others are withheld. To receive from everybody takes a
//! permit for the local port, and to answer one for the remote.
//!
//! Privilege: none; CAP_NET_BIND_SERVICE for a source port below 1024.

mod bindings;
mod bound;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::udp;
pub use nethost_broker::capabilities::udp::{UdpExchange, UdpListen};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use bound::BoundSocket;
pub use service::Socket;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Socket>;

/// The same of a bound socket.
pub type BoundHandle = std::sync::Arc<BoundSocket>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/udp",
    requests: &[Declared::of::<UdpExchange>(), Declared::of::<UdpListen>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| udp::add_to_linker::<_, Access>(linker, |run| run),
};
