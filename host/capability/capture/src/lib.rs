//! Packets as they pass an interface (packet(7)), and the filters that choose among them.
//!
//! Threat: a plugin that reads what others say, on any interface of the machine. So the gate decides about each
//! interface, and separately about all of them. The record has the filter that the kernel runs. The socket that the
//! runner gets has its filter before it can receive anything, and the filter is locked; it passes the permitted interface
//! only. What a plugin writes as an expression is read by libpcap in a separate executable without privilege.
//!
//! Privilege: CAP_NET_RAW.

mod bindings;
mod host;
mod ring;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::capture;
pub use nethost_broker::capabilities::capture::{CaptureFilter, CaptureLive};
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use service::Session;

/// The type in the table of a run; waiting calls hold it, too.
pub type Handle = std::sync::Arc<Session>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/capture",
    requests: &[
        Declared::of::<CaptureLive>(),
        Declared::of::<CaptureFilter>(),
    ],
    privilege: "CAP_NET_RAW",
    reads: &[],
    add_to_linker: |linker| capture::add_to_linker::<_, Access>(linker, |run| run),
};
