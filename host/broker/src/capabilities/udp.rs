//! The requests of the capability `udp`: UDP.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `udp.exchange` | a bound UDP socket | cannot send, because it is not connected. The filter lists the permitted
//!   remotes; datagrams from others arrive without their contents. For a group, a datagram is accepted from any address
//!   that answers from the requested port; a group on a local port that the plugin chose is refused |
//! | `udp.listen` | a UDP socket bound to the permitted address | that address; the runner, not the kernel, checks
//!   the senders |

#[cfg(test)]
use std::sync::Arc;

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, SocketKind, SocketRequest, Target, TargetSet};

/// `udp.exchange`.
pub struct UdpExchange;

impl Capability for UdpExchange {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint, TargetKind::Endpoints];
    const OPS: &'static [&'static str] = &[
        "bound-socket.connect-to",
        "socket.add-remote",
        "socket.open",
        "udp-socket.receive",
        "udp-socket.send",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `udp.listen`.
pub struct UdpListen;

impl Capability for UdpListen {
    const NAME: &'static str = "udp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen];
    const OPS: &'static [&'static str] = &["bound-socket.bind", "udp-socket.bind"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let udp = || SocketRequest::new(SocketKind::Udp);
    let remote = || Target::remote([127, 0, 0, 1].into(), Some(9));
    let range = ([127, 0, 0, 1].into(), [127, 0, 0, 3].into());
    let set = TargetSet::new(&[range], &[(9, 9)]).unwrap();
    let many = Target::Set(Arc::new(set));
    vec![
        (
            UdpExchange::NAME,
            Request::new("socket.open", remote()).with_socket(udp()),
        ),
        (
            UdpExchange::NAME,
            Request::new("socket.open", many).with_socket(udp()),
        ),
        // On a socket that is open.
        (UdpExchange::NAME, Request::new("udp-socket.send", remote())),
        (
            UdpListen::NAME,
            Request::new(
                "bound-socket.bind",
                Target::listen(([127, 0, 0, 1], 4009).into()),
            ),
        ),
    ]
}
