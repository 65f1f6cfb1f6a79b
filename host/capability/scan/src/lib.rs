//! Probes of many hosts and ports, as port scanners send them.
//!
//! Threat: a plugin that sends crafted packets to hosts or ports it was not granted, or reads the machine's other
//! traffic. So one request names all remotes and the gate decides about each of them, with one record. The broker sends
//! each probe, to a member that the permit allows, and only from a local port that it has reserved. A filter in the
//! kernel passes only what members send to that port, and ICMP errors that quote a packet from it.
//!
//! Privilege: CAP_NET_RAW.

mod bindings;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use crate::bindings::nethost::cap::scan;
pub use nethost_broker::capabilities::scan::ScanProbe;
use nethost_core::Declared;
use nethost_kit::{Access, HostInterface};

pub use service::Prober;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Prober>;

/// The interface for the runner's linker, the broker and the documentation.
pub const INTERFACE: HostInterface = HostInterface {
    name: "nethost:cap/scan",
    requests: &[Declared::of::<ScanProbe>()],
    privilege: "CAP_NET_RAW",
    reads: &[],
    add_to_linker: |linker| scan::add_to_linker::<_, Access>(linker, |run| run),
};
