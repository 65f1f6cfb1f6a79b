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
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use bound::BoundSocket;
pub use service::Socket;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Socket>;

/// The same of a bound socket.
pub type BoundHandle = std::sync::Arc<BoundSocket>;

/// `udp.listen`.
pub struct UdpListen;

impl Capability for UdpListen {
    const NAME: &'static str = "udp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen];
    const OPS: &'static [&'static str] = &["bound-socket.bind", "udp-socket.bind"];
}

/// `udp.exchange`.
pub struct UdpExchange;

impl Capability for UdpExchange {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint, TargetKind::Endpoints];
    const OPS: &'static [&'static str] = &[
        "bound-socket.connect-to",
        "socket.add-remote",
        "socket.open",
        "udp-socket.receive",
        "udp-socket.send",
    ];
}

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/udp",
    requests: &[Declared::of::<UdpExchange>(), Declared::of::<UdpListen>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| udp::add_to_linker::<_, Access>(linker, |run| run),
};
