//! Which addresses WASI's sockets take.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// An address of this family. IPv6 sockets here are for IPv6 alone, so IPv4 in the clothes of IPv6 is none.
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

/// Somebody who can be sent to.
pub(super) fn is_remote(address: SocketAddr, ipv6: bool) -> bool {
    !address.ip().is_unspecified() && address.port() != 0 && is_of_family(address.ip(), ipv6)
}

/// One that TCP can have at either end.
pub(super) fn is_unicast(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => !address.is_multicast() && !address.is_broadcast(),
        IpAddr::V6(address) => !address.is_multicast(),
    }
}
