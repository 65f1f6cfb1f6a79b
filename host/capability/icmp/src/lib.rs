//! ICMP echo: what ping, and traceroute and mtr in ICMP mode, are made of.
//!
//! Threat: a plugin that maps networks, floods hosts, or reads other programs' echoes. So each remote
//! passes the gate, and only replies and errors that carry this socket's identifier and come from, or
//! are about, a permitted remote are handed over.
//!
//! Privilege: none where net.ipv4.ping_group_range lets; CAP_NET_RAW otherwise.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::icmp;
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use service::EchoSocket;

/// How the table of a run holds one; calls that wait hold it too.
pub type Handle = std::sync::Arc<EchoSocket>;

/// `icmp.echo`.
pub struct Echo;

impl Capability for Echo {
    const NAME: &'static str = "icmp.echo";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host, TargetKind::Hosts];
    const OPS: &'static [&'static str] = &[
        "echo-socket.add-many",
        "echo-socket.add-remote",
        "echo-socket.open",
        "echo-socket.open-many",
    ];
}

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/icmp",
    requests: &[Declared::of::<Echo>()],
    privilege: "none, or CAP_NET_RAW",
    reads: &[],
    add_to_linker: |linker| icmp::add_to_linker::<_, Access>(linker, |run| run),
};
