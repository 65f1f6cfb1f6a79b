//! The requests of the capability `wasi_sockets`: sockets that listen (WASI).
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `tcp.listen` | an accepted connection; a copy of the listening socket, to wait on | its peer: the runner has no
//!   `accept4` |
//! | `udp.listen` | a UDP socket bound to the permitted address | that address; the runner, not the kernel, checks
//!   the senders |

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, Target};

/// `tcp.listen`.
pub struct TcpListen;

impl Capability for TcpListen {
    const NAME: &'static str = "tcp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen, TargetKind::Endpoint];
    const OPS: &'static [&'static str] =
        &["tcp-socket.accept", "tcp-socket.bind", "tcp-socket.listen"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `udp.listen`.
pub struct UdpListen;

impl Capability for UdpListen {
    const NAME: &'static str = "udp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen];
    const OPS: &'static [&'static str] = &["udp-socket.bind"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let local = || Target::listen(([127, 0, 0, 1], 4009).into());
    let peer = Target::remote([127, 0, 0, 1].into(), Some(9));
    vec![
        (TcpListen::NAME, Request::new("tcp-socket.listen", local())),
        (TcpListen::NAME, Request::new("tcp-socket.accept", peer)),
        (UdpListen::NAME, Request::new("udp-socket.bind", local())),
    ]
}
