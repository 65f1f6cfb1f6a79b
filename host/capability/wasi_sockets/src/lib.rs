//! `wasi:sockets` 0.2 behind the gate, so that any program built on std::net can be a plugin.
//!
//! Threat: the same as for `tcp` and `udp`; the requests have the same names. The broker creates each socket and binds
//! it, connects it, listens and accepts, each under a permit for that address. What is sent and received is counted
//! here, and what comes from a remote without a permit is withheld.
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
    const OPS: &'static [&'static str] = &[
        "listener.accept",
        "listener.listen",
        "tcp-socket.accept",
        "tcp-socket.bind",
        "tcp-socket.listen",
    ];
}
impl Capability for UdpExchange {
    const NAME: &'static str = "udp.exchange";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &[
        "bound-socket.connect-to",
        "socket.add-remote",
        "socket.open",
        "udp-socket.receive",
        "udp-socket.send",
    ];
}
impl Capability for UdpListen {
    const NAME: &'static str = "udp.listen";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Listen];
    const OPS: &'static [&'static str] = &["bound-socket.bind", "udp-socket.bind"];
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

/// The interface for the runner's linker, the broker and the documentation. The other interfaces of WASI are added by
/// their own names.
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

/// Converts an error to WASI's error code. If no descriptor is left, the run ends, as in every capability.
fn code(error: &io::Error) -> ErrorCode {
    match error.raw_os_error() {
        Some(libc::EMFILE) => limits::no_descriptor_left(),
        // The families were compared before; the kernel can still refuse an address.
        Some(libc::EAFNOSUPPORT) => return ErrorCode::InvalidArgument,
        _ => {}
    }
    ErrorCode::from(error)
}
