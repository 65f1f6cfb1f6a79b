//! `wasi:sockets` 0.2 behind the gate, so that any program built on std::net is a plugin.
//!
//! Threat: the same as of `tcp` and `udp`, whose request names it raises. The broker makes each socket, and binds
//! and connects it, listens and accepts, each under a permit for that address; what comes and goes is counted
//! here, and withheld where no permit is for whom it came from.
//!
//! Privilege: none; CAP_NET_BIND_SERVICE for a port below 1024.

mod address;
mod interface;
mod lookup;
mod options;
mod readiness;
mod tcp;
#[cfg(test)]
mod tests;
mod udp;

use std::io;

use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;

use nethost_core::{Capability, Declared, TargetKind};
use nethost_kit::HostInterface;
use nethost_kit::limits;

pub use lookup::add_to_linker as add_lookup_to_linker;
pub use tcp::{
    add_create_to_linker as add_tcp_create_to_linker, add_to_linker as add_tcp_to_linker,
};
pub use udp::{
    add_create_to_linker as add_udp_create_to_linker, add_to_linker as add_udp_to_linker,
};

/// `tcp.connect`.
pub struct TcpConnect;
/// `tcp.listen`.
pub struct TcpListen;
/// `udp.exchange`.
pub struct UdpExchange;
/// `udp.listen`.
pub struct UdpListen;
/// `dns.resolve`.
pub struct DnsResolve;

impl Capability for TcpConnect {
    const NAME: &'static str = "tcp.connect";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] =
        &["connection.connect", "connector.open", "tcp-socket.connect"];
}
impl Capability for TcpListen {
    const NAME: &'static str = "tcp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen, TargetKind::Endpoint];
    const OPS: &'static [&'static str] =
        &["tcp-socket.accept", "tcp-socket.bind", "tcp-socket.listen"];
}
impl Capability for UdpExchange {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &[
        "socket.add-remote",
        "socket.open",
        "udp-socket.receive",
        "udp-socket.send",
    ];
}
impl Capability for UdpListen {
    const NAME: &'static str = "udp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen];
    const OPS: &'static [&'static str] = &["udp-socket.bind"];
}
impl Capability for DnsResolve {
    const NAME: &'static str = "dns.resolve";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Name, TargetKind::Fact];
    const OPS: &'static [&'static str] = &[
        "ip-name-lookup.resolve-addresses",
        "resolve-addresses",
        "resolve-names",
    ];
}

/// What the runner links, and what the broker and the documentation know of it. WASI's other interfaces are added by their own names.
pub const INTERFACE: HostInterface = HostInterface {
    name: "wasi:sockets",
    requests: &[
        Declared::of::<TcpConnect>(),
        Declared::of::<TcpListen>(),
        Declared::of::<UdpExchange>(),
        Declared::of::<UdpListen>(),
        Declared::of::<DnsResolve>(),
    ],
    privilege: "none",
    reads: &["/etc/hosts", "/etc/resolv.conf"],
    add_to_linker: add_lookup_to_linker,
};

/// As WASI names it. For want of a descriptor the run ends, as it does in every other room.
fn code(error: &io::Error) -> ErrorCode {
    match error.raw_os_error() {
        Some(libc::EMFILE) => limits::no_descriptor_left(),
        // The families were compared; an address may still be none for the kernel.
        Some(libc::EAFNOSUPPORT) => return ErrorCode::InvalidArgument,
        _ => {}
    }
    ErrorCode::from(error)
}
