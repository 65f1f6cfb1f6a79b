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

pub use nethost_broker::capabilities::resolver::DnsResolve;
pub use nethost_broker::capabilities::tcp::TcpConnect;
pub use nethost_broker::capabilities::tcp::TcpListen;
pub use nethost_broker::capabilities::udp::UdpExchange;
pub use nethost_broker::capabilities::udp::UdpListen;
use nethost_core::Declared;
use nethost_kit::HostInterface;
use nethost_kit::limits;

pub use lookup::add_to_linker as add_lookup_to_linker;
pub use tcp::{
    add_create_to_linker as add_tcp_create_to_linker, add_to_linker as add_tcp_to_linker,
};
pub use udp::{
    add_create_to_linker as add_udp_create_to_linker, add_to_linker as add_udp_to_linker,
};

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
    add_to_linker: |linker| add_lookup_to_linker(linker.unrecorded()),
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
