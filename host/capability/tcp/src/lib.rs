//! TCP: connection attempts, each with its own hop limit, and connections that carry bytes.
//!
//! Threat: a plugin that scans, floods or talks to services it was not granted, or reads what others send.
//! So the remote, with its port, passes the gate; an attempt never sends anything over an established
//! connection; and a connection's permit counts what it carried.
//!
//! Privilege: none.

mod bindings;
mod connection;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::tcp;
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use service::Connector;

/// How the table of a run holds one; calls that wait hold it too.
pub type Handle = std::sync::Arc<Connector>;

/// `tcp.connect`.
pub struct TcpConnect;

impl Capability for TcpConnect {
    const NAME: &'static str = "tcp.connect";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] =
        &["connection.connect", "connector.open", "tcp-socket.connect"];
}

/// What the runner links, and what the broker and the documentation know of it.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/tcp",
    requests: &[Declared::of::<TcpConnect>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| tcp::add_to_linker::<_, Access>(linker, |run| run),
};
