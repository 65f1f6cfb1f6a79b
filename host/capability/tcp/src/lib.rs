//! TCP: connection attempts, each with its own hop limit, connections that carry bytes, and sockets that they come to.
//!
//! Threat: a plugin that scans, floods or talks to services it was not granted, or reads what others send. So the gate
//! decides about the remote with its port. An attempt never sends data over an established connection. The permit of a
//! connection counts its bytes. A second threat: a plugin that pretends to be a service, or lets anybody in. So the gate
//! decides about the local address, and about each peer before its connection is handed over.
//!
//! Privilege: none; CAP_NET_BIND_SERVICE for a local port below 1024.

mod bindings;
mod connection;
mod host;
mod listener;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::tcp;
pub use nethost_broker::capabilities::tcp::{TcpConnect, TcpListen};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use listener::Listener;
pub use service::Connector;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Connector>;

/// The same of a listener.
pub type ListenerHandle = std::sync::Arc<Listener>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/tcp",
    requests: &[Declared::of::<TcpConnect>(), Declared::of::<TcpListen>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| tcp::add_to_linker::<_, Access>(linker, |run| run),
};
