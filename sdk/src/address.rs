//! Addresses are records in the contract. Tools use the types of `std::net`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::bindings::nethost::cap::types;

/// An address family: AF_INET or AF_INET6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// The family that an address belongs to.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(_) => Self::V4,
            IpAddr::V6(_) => Self::V6,
        }
    }

    pub(crate) fn to_wit(self) -> types::IpFamily {
        match self {
            Self::V4 => types::IpFamily::Ipv4,
            Self::V6 => types::IpFamily::Ipv6,
        }
    }
}

pub(crate) fn ip_to_wit(address: IpAddr) -> types::IpAddress {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            types::IpAddress::Ipv4((a, b, c, d))
        }
        IpAddr::V6(v6) => {
            let [a, b, c, d, e, f, g, h] = v6.segments();
            types::IpAddress::Ipv6((a, b, c, d, e, f, g, h))
        }
    }
}

pub(crate) fn ip_from_wit(address: types::IpAddress) -> IpAddr {
    match address {
        types::IpAddress::Ipv4((a, b, c, d)) => IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        types::IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h))
        }
    }
}

pub(crate) fn endpoint_to_wit(endpoint: SocketAddr) -> types::Endpoint {
    types::Endpoint {
        address: ip_to_wit(endpoint.ip()),
        port: endpoint.port(),
        scope_id: match endpoint {
            SocketAddr::V4(_) => 0,
            SocketAddr::V6(v6) => v6.scope_id(),
        },
    }
}

pub(crate) fn endpoint_from_wit(endpoint: types::Endpoint) -> SocketAddr {
    match ip_from_wit(endpoint.address) {
        v4 @ IpAddr::V4(_) => SocketAddr::new(v4, endpoint.port),
        IpAddr::V6(v6) => SocketAddrV6::new(v6, endpoint.port, 0, endpoint.scope_id).into(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_survive_the_boundary() {
        for text in ["192.0.2.1:33434", "[2001:db8::1:2]:53", "[fe80::1%7]:0"] {
            let endpoint: SocketAddr = text.parse().unwrap();
            assert_eq!(endpoint_from_wit(endpoint_to_wit(endpoint)), endpoint);
        }
    }
}
