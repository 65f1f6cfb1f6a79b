//! Whole IP packets of one protocol: SYN probes now, scanners and crafted packets later.
//!
//! Threat: a plugin that sends forged packets to hosts it was not granted, or reads the machine's own traffic. So the
//! gate decides about each remote. A header that contradicts the remote is refused. A source route, and a source
//! address that is not an address of this machine, need separate requests. A filter in the kernel drops packets from
//! others.
//!
//! Privilege: CAP_NET_RAW.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::raw_ip;
pub use nethost_broker::capabilities::raw_ip::{RawReceive, RawSend, RawSourceRoute, RawSpoof};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use service::Socket;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Socket>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/raw-ip",
    requests: &[
        Declared::of::<RawSend>(),
        Declared::of::<RawReceive>(),
        Declared::of::<RawSourceRoute>(),
        Declared::of::<RawSpoof>(),
    ],
    privilege: "CAP_NET_RAW",
    reads: &[],
    add_to_linker: |linker| raw_ip::add_to_linker::<_, Access>(linker, |run| run),
};
