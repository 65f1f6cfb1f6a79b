//! Whole IP packets of one protocol: SYN probes now, scanners and crafted packets later.
//!
//! Threat: a plugin that forges packets to hosts it was not granted, or listens to the machine's own
//! traffic. So each remote passes the gate; a header that says otherwise is refused; a route in a packet and a
//! source that is not this machine's are requests of their own; a filter in the kernel drops what others send.
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

/// How the table of a run holds one; calls that wait hold it too.
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

/// `raw.route`: packets that hold a route of their own, by which they go on to somebody else.
pub struct RawSourceRoute;

impl Capability for RawSourceRoute {
    const NAME: &'static str = "raw.route";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.send"];
}

/// `raw.spoof`: packets that say they come from another machine.
pub struct RawSpoof;

impl Capability for RawSpoof {
    const NAME: &'static str = "raw.spoof";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.send"];
}

/// What the runner links, and what the broker and the documentation know of it.
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
