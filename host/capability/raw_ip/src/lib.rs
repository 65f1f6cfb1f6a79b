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
use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::{Access, HostInterface};

pub use service::Socket;

/// The type in the table of a run; waiting calls hold it too.
pub type Handle = std::sync::Arc<Socket>;

/// `raw.send`.
pub struct RawSend;

impl Capability for RawSend {
    const NAME: &'static str = "raw.send";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.add-remote", "socket.open"];
}

/// `raw.receive`.
pub struct RawReceive;

impl Capability for RawReceive {
    const NAME: &'static str = "raw.receive";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.add-remote", "socket.open"];
}

/// `raw.route`: packets with a source route, which go on to another host.
pub struct RawSourceRoute;

impl Capability for RawSourceRoute {
    const NAME: &'static str = "raw.route";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.send"];
}

/// `raw.spoof`: packets with a source address that is not an address of this machine.
pub struct RawSpoof;

impl Capability for RawSpoof {
    const NAME: &'static str = "raw.spoof";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.send"];
}

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
