//! Does an act fit the permit that it is asked for under? A permit for one thing opens no other: this is
//! what keeps a plugin that has taken over its process from trading an allowed request for another.

use super::{Protocol, SocketSpec};
use crate::gate::{Request, Target};

type Fits = fn(Protocol) -> bool;

/// Which sockets each request may open.
const SOCKETS: &[(&str, Fits)] = &[
    ("icmp.echo", |protocol| {
        matches!(protocol, Protocol::PingIcmp | Protocol::RawIcmp)
    }),
    ("udp.exchange", |protocol| protocol == Protocol::Udp),
    ("udp.listen", |protocol| protocol == Protocol::Udp),
    ("tcp.connect", |protocol| protocol == Protocol::Tcp),
    ("tcp.listen", |protocol| protocol == Protocol::Tcp),
    ("raw.send", |protocol| matches!(protocol, Protocol::Raw(_))),
];

/// True when this socket is what was permitted: its kind, its address family, its interface.
pub(super) fn socket(capability: &str, request: &Request, spec: &SocketSpec) -> bool {
    let kind = SOCKETS
        .iter()
        .any(|(name, fits)| *name == capability && fits(spec.protocol));
    let family = request
        .target
        .address()
        .is_some_and(|address| address.is_ipv6() == spec.ipv6);
    kind && family && request.interface == spec.binding.interface
}

/// True when the terminal is.
pub(super) fn terminal(capability: &str) -> bool {
    capability == "terminal.raw"
}

/// True when this file is what was permitted.
pub(super) fn file(request: &Request, path: &std::path::Path) -> bool {
    matches!(&request.target, Target::Path(permitted) if permitted == path)
}
