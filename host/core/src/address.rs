//! IP addresses and networks in one form, and the older ways of writing an address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};

/// An IP address. IPv4 in the form `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2) is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "IpAddr", into = "IpAddr")]
pub struct CanonicalAddr(IpAddr);

impl CanonicalAddr {
    /// The address as a local address, or as part of the configuration.
    pub fn new(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }

    /// The address as a destination. Linux sends packets for `0.0.0.0` and `::` to this machine, so they become the
    /// loopback address.
    pub fn destination(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Self(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Self(Ipv6Addr::LOCALHOST.into()),
            address => Self(address),
        }
    }

    /// The address.
    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// Another address for the same destination: the unspecified address, for the loopback address.
    pub fn destination_alias(self) -> Option<IpAddr> {
        match self.0 {
            IpAddr::V4(Ipv4Addr::LOCALHOST) => Some(Ipv4Addr::UNSPECIFIED.into()),
            IpAddr::V6(Ipv6Addr::LOCALHOST) => Some(Ipv6Addr::UNSPECIFIED.into()),
            _ => None,
        }
    }
}

impl From<IpAddr> for CanonicalAddr {
    fn from(address: IpAddr) -> Self {
        Self::new(address)
    }
}

impl From<CanonicalAddr> for IpAddr {
    fn from(address: CanonicalAddr) -> Self {
        address.0
    }
}

impl fmt::Display for CanonicalAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq<IpAddr> for CanonicalAddr {
    fn eq(&self, other: &IpAddr) -> bool {
        self.0 == *other
    }
}

/// A network without host bits. One inside `::ffff:0:0/96` is the IPv4 network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "IpNet", into = "IpNet")]
pub struct CanonicalNet(IpNet);

impl CanonicalNet {
    /// The network that contains this address, with this prefix length.
    pub fn new(network: IpNet) -> Self {
        let network = network.trunc();
        if let IpNet::V6(v6) = network
            && let Some(v4) = v6.addr().to_ipv4_mapped()
            && let Some(length) = v6.prefix_len().checked_sub(96)
            && let Ok(network) = Ipv4Net::new(v4, length)
        {
            return Self(network.into());
        }
        Self(network)
    }

    /// One host.
    pub fn host(address: CanonicalAddr) -> Self {
        Self(address.0.into())
    }

    /// The network.
    pub fn net(self) -> IpNet {
        self.0
    }
}

impl From<IpNet> for CanonicalNet {
    fn from(network: IpNet) -> Self {
        Self::new(network)
    }
}

impl From<CanonicalNet> for IpNet {
    fn from(network: CanonicalNet) -> Self {
        network.0
    }
}

impl fmt::Display for CanonicalNet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A remote in canonical form: its address as a destination, with an IPv6 scope only if the kernel uses it.
pub fn remote(remote: SocketAddr) -> SocketAddr {
    let address = CanonicalAddr::destination(remote.ip()).ip();
    let mut canonical = SocketAddr::new(address, remote.port());
    if let (SocketAddr::V6(canonical), SocketAddr::V6(given)) = (&mut canonical, remote)
        && needs_scope(*canonical.ip())
    {
        canonical.set_scope_id(given.scope_id());
    }
    canonical
}

/// True for addresses that mean a different host on each link: link-local addresses, and multicast groups with link
/// or interface scope. The kernel ignores the scope of other addresses (ipv6(7)).
pub fn needs_scope(address: Ipv6Addr) -> bool {
    let group_scope = address.octets()[1] & 0x0f;
    address.is_unicast_link_local() || (address.is_multicast() && matches!(group_scope, 1 | 2))
}

/// Parses an address in any spelling, including the older forms of inet_aton(3).
pub fn parse(text: &str) -> Option<CanonicalAddr> {
    let address = text.parse().ok();
    let address = address.or_else(|| inet_aton(text).map(Into::into));
    address.map(CanonicalAddr::new)
}

/// The older forms of an IPv4 address, such as `127.1` (inet_aton(3)).
pub fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let mut parts = Vec::new();
    for part in text.split('.') {
        let (digits, radix) = match part.strip_prefix("0x").or_else(|| part.strip_prefix("0X")) {
            Some(hex) => (hex, 16),
            None if part.len() > 1 && part.starts_with('0') => (&part[1..], 8),
            None => (part, 10),
        };
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        parts.push(u32::from_str_radix(digits, radix).ok()?);
    }
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|part| *part > 255) {
        return None;
    }
    // The last part fills all remaining octets.
    let free = 32 - 8 * leading.len() as u32;
    if free < 32 && *last >= 1 << free {
        return None;
    }
    let high = leading.iter().fold(0_u32, |high, part| (high << 8) | part);
    Some(Ipv4Addr::from_bits(if free == 32 {
        *last
    } else {
        (high << free) | last
    }))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn old_forms_of_addresses_mean_what_inet_aton_says() {
        let cases = [
            ("127.1", Some("127.0.0.1")),
            ("1", Some("0.0.0.1")),
            ("0x7f.1", Some("127.0.0.1")),
            ("0x7f000001", Some("127.0.0.1")),
            ("2130706433", Some("127.0.0.1")),
            ("017700000001", Some("127.0.0.1")),
            ("010.1.2.3", Some("8.1.2.3")),
            ("1.2.65535", Some("1.2.255.255")),
            ("4294967295", Some("255.255.255.255")),
            ("256.1", None),
            ("1.2.65536", None),
            ("1.2.3.4.5", None),
            ("a", None),
            ("1.x", None),
            ("+1", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(inet_aton(text), expected, "{text}");
        }
    }

    #[test]
    fn spellings_of_a_destination_are_one() {
        let cases = [
            ("0.0.0.0:80", "127.0.0.1:80"),
            ("[::]:80", "[::1]:80"),
            ("[::ffff:0.0.0.0]:80", "127.0.0.1:80"),
            ("[::ffff:10.7.0.1]:80", "10.7.0.1:80"),
            ("[2001:db8::1%3]:80", "[2001:db8::1]:80"),
            ("[fe80::1%3]:80", "[fe80::1%3]:80"),
            ("[ff02::1%3]:80", "[ff02::1%3]:80"),
            ("[ff05::1%3]:80", "[ff05::1]:80"),
            ("0.0.0.1:80", "0.0.0.1:80"),
        ];
        for (given, canonical) in cases {
            let canonical: SocketAddr = canonical.parse().unwrap();
            assert_eq!(remote(given.parse().unwrap()), canonical, "{given}");
        }
        let own = CanonicalAddr::new("0.0.0.0".parse().unwrap());
        assert_eq!(
            own.to_string(),
            "0.0.0.0",
            "to listen at any is another thing"
        );
    }

    #[test]
    fn a_mapped_network_is_the_ipv4_network() {
        let cases = [
            ("::ffff:10.7.0.0/120", "10.7.0.0/24"),
            ("::ffff:0:0/96", "0.0.0.0/0"),
            ("::ffff:10.7.0.9/128", "10.7.0.9/32"),
            ("::/80", "::/80"),
            ("10.7.0.9/24", "10.7.0.0/24"),
            ("2001:db8::/32", "2001:db8::/32"),
        ];
        for (given, canonical) in cases {
            let network = CanonicalNet::new(given.parse().unwrap());
            assert_eq!(network.to_string(), canonical, "{given}");
        }
    }
}
