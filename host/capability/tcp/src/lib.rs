//! TCP: connection attempts, each with its own hop limit, and connections that carry bytes.
//!
//! Threat: a plugin that scans, floods or talks to services it was not granted, or reads what others send. So the gate
//! decides about the remote with its port. An attempt never sends data over an established connection. The permit of a
//! connection counts its bytes.
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
pub use nethost_broker::capabilities::tcp::TcpConnect;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use service::Connector;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Connector>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/tcp",
    requests: &[Declared::of::<TcpConnect>()],
    privilege: "none",
    reads: &[],
    add_to_linker: |linker| tcp::add_to_linker::<_, Access>(linker, |run| run),
};
