//! The requests of the capability `raw_ip`: raw IP packets.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `raw.send` | a raw socket of one protocol | the remote that it is connected to; receives nothing; the filter is
//!   locked |
//! | `raw.receive` | the same socket | receives from the permitted remotes, which the filter lists; receives nothing
//!   from a group |

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, SocketKind, SocketRequest, Target};

/// `raw.send`.
pub struct RawSend;

impl Capability for RawSend {
    const NAME: &'static str = "raw.send";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.add-remote", "socket.open"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `raw.receive`.
pub struct RawReceive;

impl Capability for RawReceive {
    const NAME: &'static str = "raw.receive";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.add-remote", "socket.open"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `raw.route`: packets with a source route, which go on to another host.
pub struct RawSourceRoute;

impl Capability for RawSourceRoute {
    const NAME: &'static str = "raw.route";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.send"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `raw.spoof`: packets with a source address that is not an address of this machine.
pub struct RawSpoof;

impl Capability for RawSpoof {
    const NAME: &'static str = "raw.spoof";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host];
    const OPS: &'static [&'static str] = &["socket.send"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let socket = SocketRequest::new(SocketKind::Raw {
        protocol: 253,
        header_included: false,
        receive: true,
    });
    let request = |op| {
        let remote = Target::remote([127, 0, 0, 1].into(), None);
        Request::new(op, remote).with_socket(socket)
    };
    vec![
        (RawSend::NAME, request("socket.open")),
        (RawReceive::NAME, request("socket.open")),
        (RawSpoof::NAME, request("socket.send")),
        (RawSourceRoute::NAME, request("socket.send")),
    ]
}
