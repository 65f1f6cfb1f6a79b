//! The requests of the capability `sock_diag`: the sockets of this machine.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `sockets.read` | none | the broker asks the kernel, and passes the answers on without keys of TCP-MD5; to other
//!   users of a service without marks, programs, and what TLS and MPTCP tell |
//! | `sockets.read`, to watch | an epoll(7) | it tells when there is something; the broker reads it |
//! | `sockets.read`, a table | a file of /proc/net, open for reading | that file, as the user could read it |
//! | `sockets.destroy` | none | the broker asks the kernel whether it is the very socket that was permitted, and builds the
//!   message itself |

use nethost_core::{Capability, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Request, Target};

/// `sockets.read`.
pub struct SocketsRead;

impl Capability for SocketsRead {
    const NAME: &'static str = "sockets.read";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Local];
    const OPS: &'static [&'static str] =
        &["namespace.list", "namespace.read-table", "namespace.watch"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Namespace];
}

/// `sockets.destroy`.
pub struct SocketsDestroy;

impl Capability for SocketsDestroy {
    const NAME: &'static str = "sockets.destroy";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint, TargetKind::Listen];
    const OPS: &'static [&'static str] = &["namespace.destroy"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Changes, RequestPart::Namespace];
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    use crate::operation::Operation;
    let closed = crate::operations::DestroySocket::example();
    let destroy = nethost_netlink::sock_diag::destroy(&closed)
        .unwrap()
        .request;
    let list = |protocol| Request::new("namespace.list", Target::Local(protocol));
    vec![
        (SocketsDestroy::NAME, destroy),
        (SocketsRead::NAME, list("tcp")),
        (SocketsRead::NAME, list("unix")),
    ]
}
