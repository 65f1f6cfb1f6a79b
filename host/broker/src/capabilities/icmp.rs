//! The requests of the capability `icmp`: ICMP echo.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `icmp.echo` | a ping socket, or a raw socket | the remote that it is connected to, and replies with its own
//!   identifier, which the kernel or the broker chose; the filter is locked |
//! | `icmp.echo`, `udp.exchange` for a set | a ping, raw or UDP socket that is not connected | cannot send: the
//!   broker sends each packet, to a member that the permit allows. The filter lists the members whose packets are
//!   accepted. Errors that the kernel queues do not pass a filter. So a raw socket for a set has no error queue. On a
//!   raw ICMP socket the errors arrive as packets, and the filter accepts those that quote an echo request with the
//!   socket's own identifier |

#[cfg(test)]
use std::sync::Arc;

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, SocketKind, SocketRequest, Target, TargetSet};

/// `icmp.echo`.
pub struct Echo;

impl Capability for Echo {
    const NAME: &'static str = "icmp.echo";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Host, TargetKind::Hosts];
    const OPS: &'static [&'static str] = &[
        "echo-socket.add-many",
        "echo-socket.add-remote",
        "echo-socket.open",
        "echo-socket.open-many",
    ];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    let echo = || SocketRequest::new(SocketKind::Echo);
    let one = Target::remote([127, 0, 0, 1].into(), None);
    let set = TargetSet::new(&[([127, 0, 0, 1].into(), [127, 0, 0, 3].into())], &[]).unwrap();
    let many = Target::Set(Arc::new(set));
    vec![
        (
            Echo::NAME,
            Request::new("echo-socket.open", one).with_socket(echo()),
        ),
        (
            Echo::NAME,
            Request::new("echo-socket.open-many", many).with_socket(echo()),
        ),
    ]
}
