//! Which addresses WASI sockets accept.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// Whether an address belongs to this family. IPv6 sockets are for IPv6 only here, so an IPv4 address in IPv6 form is
/// not accepted.
pub(super) fn is_of_family(address: IpAddr, ipv6: bool) -> bool {
    match address {
        IpAddr::V4(_) => !ipv6,
        IpAddr::V6(address) => ipv6 && !wraps_ipv4(address),
    }
}

/// IPv4-mapped, or IPv4-compatible, which RFC 4291 deprecates.
fn wraps_ipv4(address: Ipv6Addr) -> bool {
    let compatible = address.segments()[..6] == [0; 6]
        && !matches!(address, Ipv6Addr::UNSPECIFIED | Ipv6Addr::LOCALHOST);
    compatible || address.to_ipv4_mapped().is_some()
}

/// Whether datagrams can be sent to this address.
pub(super) fn is_remote(address: SocketAddr, ipv6: bool) -> bool {
    !address.ip().is_unspecified() && address.port() != 0 && is_of_family(address.ip(), ipv6)
}

/// Whether a TCP connection can have this address.
pub(super) fn is_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_multicast() && !address.is_broadcast(),
        IpAddr::V6(address) => !address.is_multicast(),
    }
}
