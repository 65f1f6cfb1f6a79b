//! Whole IP packets of one protocol: SYN probes now, scanners and crafted packets later.
//!
//! Threat: a plugin that forges packets to hosts it was not granted, or listens to the machine's own
//! traffic. So each remote passes the gate; a header that says otherwise is refused; a filter in the
//! kernel drops what others send.
//!
//! Privilege: CAP_NET_RAW.

mod header;
mod host;
mod service;
mod sys;
#[cfg(test)]
mod tests;

use super::{Access, Room};
use crate::bindings::nethost::cap::raw_ip;
use crate::gate::Capability;

pub use header::{check_header, check_protocol};
pub use service::Socket;

/// How the table of a run holds one; calls that wait hold it too.
pub type Handle = std::sync::Arc<Socket>;

/// `raw.send`.
pub struct RawSend;

impl Capability for RawSend {
    const NAME: &'static str = "raw.send";
}

/// `raw.receive`.
pub struct RawReceive;

impl Capability for RawReceive {
    const NAME: &'static str = "raw.receive";
}

/// This room.
pub const ROOM: Room = Room {
    interface: "nethost:cap/raw-ip",
    requests: &[RawSend::NAME, RawReceive::NAME],
    privilege: "CAP_NET_RAW",
    reads: &[],
    add_to_linker: |linker| raw_ip::add_to_linker::<_, Access>(linker, |run| run),
};
