//! The requests of the capability `tcp`: TCP.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `tcp.connect` | a TCP socket that is connecting | its remote: the runner has neither `connect` nor `socket` |
//! | `tcp.listen` | an accepted connection; a copy of the listening socket, to wait on | its peer: the runner has no
//!   `accept4` |

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, SocketKind, SocketRequest, Target};

/// `tcp.connect`.
pub struct TcpConnect;

impl Capability for TcpConnect {
    const NAME: &'static str = "tcp.connect";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] =
        &["connection.connect", "connector.open", "tcp-socket.connect"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `tcp.listen`.
pub struct TcpListen;

impl Capability for TcpListen {
    const NAME: &'static str = "tcp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen, TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &[
        "listener.accept",
        "listener.listen",
        "tcp-socket.accept",
        "tcp-socket.bind",
        "tcp-socket.listen",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// Requests for the tests of the operations.
#[cfg(test)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let remote = || Target::remote([127, 0, 0, 1].into(), Some(9));
    let probe = SocketRequest::new(SocketKind::TcpProbe);
    let local = || Target::listen(([127, 0, 0, 1], 4009).into());
    vec![
        (TcpListen::NAME, Request::new("listener.listen", local())),
        (TcpListen::NAME, Request::new("listener.accept", remote())),
        (TcpListen::NAME, Request::new("tcp-socket.listen", local())),
        (TcpListen::NAME, Request::new("tcp-socket.accept", remote())),
        (
            TcpConnect::NAME,
            Request::new("connector.open", remote()).with_socket(probe),
        ),
        // On a socket that is open.
        (
            TcpConnect::NAME,
            Request::new("tcp-socket.connect", remote()),
        ),
    ]
}
