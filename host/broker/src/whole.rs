//! Which parts a request of each capability has. A part that its operations do not heed would satisfy rules, or stand
//! in records, without being true.

use std::net::SocketAddr;

use nethost_core::{Declared, Request};

const OF_SOCKETS: &[&str] = &[
    "icmp.echo",
    "raw.receive",
    "raw.route",
    "raw.send",
    "raw.spoof",
    "tcp.connect",
    "tcp.listen",
    "udp.exchange",
    "udp.listen",
];
const OF_THE_NETWORK: &[&str] = &[
    "counters.read",
    "netns.read",
    "route.read",
    "route.write",
    "sockets.destroy",
    "sockets.read",
];
const WITH_CHANGES: &[&str] = &[
    "route.write",
    "sockets.destroy",
    "tls.client",
    "tls.unverified",
    "unix.connect",
    "unix.listen",
];

/// Whether a request has no part that its capability has no use for.
pub(super) fn is_whole(declared: Declared, request: &Request) -> bool {
    let is_of = |names: &[&str]| names.contains(&declared.name);
    let Request {
        op: _,
        target: _,
        interface,
        socket,
        namespace,
        changes,
    } = request;
    let interface_fits = match interface.as_ref().map(|interface| interface.index()) {
        None => true,
        Some(Some(_)) => is_of(OF_SOCKETS) || is_of(OF_THE_NETWORK),
        // One of another namespace, or that is not there yet.
        Some(None) => is_of(OF_THE_NETWORK),
    };
    let source = socket.as_ref().and_then(|socket| socket.source);
    let source_fits = match source {
        // Its interface is the request's.
        Some(SocketAddr::V6(source)) => source.scope_id() == 0,
        _ => true,
    };
    interface_fits
        && source_fits
        && (socket.is_none() || is_of(OF_SOCKETS))
        && (namespace.is_none() || is_of(OF_THE_NETWORK))
        && (changes.is_empty() || is_of(WITH_CHANGES))
}
