//! `wasi:sockets` 0.2 behind the gate, so that any program built on std::net is a plugin.
//!
//! Threat: the same as of `tcp` and `udp`, whose request names it raises. wasmtime-wasi asks before each
//! use of an address; the first use of each is a request at the gate, later ones are counted under its
//! permit or refused by its denial.
//!
//! Privilege: none; CAP_NET_BIND_SERVICE to listen below port 1024.

mod check;
mod create;
mod lookup;
mod view;

use super::Room;
use crate::gate::Capability;

pub use check::AddressCheck;
pub use create::{add_tcp_to_linker, add_udp_to_linker};
pub use lookup::add_to_linker as add_lookup_to_linker;

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
}
impl Capability for TcpListen {
    const NAME: &'static str = "tcp.listen";
}
impl Capability for UdpExchange {
    const NAME: &'static str = "udp.exchange";
}
impl Capability for UdpListen {
    const NAME: &'static str = "udp.listen";
}
impl Capability for DnsResolve {
    const NAME: &'static str = "dns.resolve";
}

/// This room. WASI's other interfaces are added by their own names.
pub const ROOM: Room = Room {
    interface: "wasi:sockets",
    requests: &[
        TcpConnect::NAME,
        TcpListen::NAME,
        UdpExchange::NAME,
        UdpListen::NAME,
        DnsResolve::NAME,
    ],
    privilege: "none",
    reads: &["/etc/hosts", "/etc/resolv.conf"],
    add_to_linker: add_lookup_to_linker,
};
