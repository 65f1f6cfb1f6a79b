//! UDP with named remotes: traceroute's probes now, DNS and the like later.
//!
//! Threat: a plugin that reaches services it was not granted, or reads what others send to its port.
//! So each remote, with its port, passes the gate, and datagrams from elsewhere are withheld.
//!
//! Privilege: none; CAP_NET_BIND_SERVICE for a source port below 1024.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::udp;
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use service::Socket;

/// How the table of a run holds one; calls that wait hold it too.
pub type Handle = std::sync::Arc<Socket>;

/// `udp.exchange`.
pub struct UdpExchange;

impl Capability for UdpExchange {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint, TargetKind::Endpoints];
    const OPS: &'static [&'static str] = &[
        "socket.add-remote",
        "socket.open",
        "udp-socket.receive",
        "udp-socket.send",
    ];
}

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/udp",
    requests: &[Declared::of::<UdpExchange>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| udp::add_to_linker::<_, Access>(linker, |run| run),
};
