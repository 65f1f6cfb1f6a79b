//! The requests of the capability `icmp`: ICMP echo.

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
