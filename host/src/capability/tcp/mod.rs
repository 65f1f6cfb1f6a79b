//! TCP's first step: connection attempts, each with its own hop limit.
//!
//! Threat: a plugin that scans or floods services it was not granted. So the remote, with its port,
//! passes the gate; nothing is ever sent over an established connection.
//!
//! Privilege: none.

mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use super::{Access, Room};
use crate::bindings::nethost::cap::tcp;
use crate::gate::Capability;

pub use service::Connector;

/// How the table of a run holds one; calls that wait hold it too.
pub type Handle = std::sync::Arc<Connector>;

/// `tcp.connect`.
pub struct TcpConnect;

impl Capability for TcpConnect {
    const NAME: &'static str = "tcp.connect";
}

/// This room.
pub const ROOM: Room = Room {
    interface: "nethost:cap/tcp",
    requests: &[TcpConnect::NAME],
    privilege: "none",
    add_to_linker: |linker| tcp::add_to_linker::<_, Access>(linker, |run| run),
};
