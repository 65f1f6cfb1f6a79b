//! IPv4 inside IPv6: the IPv4 host that an IPv6 address reaches through a translator or a tunnel. Also, the addresses
//! that a name must not resolve to unless a rule names them.
//!
//! A translator with its own prefix (RFC 6052, network-specific prefixes) is not detected, because such an address
//! has no mark.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

use super::address::{CanonicalAddr, CanonicalNet};

/// The IPv4 hosts that an address may reach. There are several if the position of the IPv4 address is ambiguous, and
/// none if the address reaches no IPv4 host.
pub fn embedded(address: CanonicalAddr) -> impl Iterator<Item = Ipv4Addr> {
    let mut found = [None; 4];
    if let IpAddr::V6(v6) = address.ip() {
        let octets = v6.octets();
        let at = |places: [usize; 4]| Some(Ipv4Addr::from(places.map(|place| octets[place])));
        match v6.segments() {
            // NAT64's well-known prefix (RFC 6052).
            [0x64, 0xff9b, 0, 0, 0, 0, ..] => found[0] = at([12, 13, 14, 15]),
            // NAT64 in a local network (RFC 8215), with each prefix length that fits.
            [0x64, 0xff9b, 1, ..] => {
                found[0] = at([12, 13, 14, 15]);
                found[1] = at([6, 7, 9, 10]).filter(is_host);
                found[2] = at([7, 9, 10, 11]).filter(is_host);
                found[3] = at([9, 10, 11, 12]).filter(is_host);
            }
            // 6to4 (RFC 3056).
            [0x2002, ..] => found[0] = at([2, 3, 4, 5]),
            // Teredo (RFC 4380): its server, and its client with inverted bits.
            [0x2001, 0, ..] => {
                found[0] = at([4, 5, 6, 7]);
                found[1] =
                    at([12, 13, 14, 15]).map(|client| Ipv4Addr::from_bits(!client.to_bits()));
            }
            // IPv4-compatible (RFC 4291 section 2.5.5.1).
            [0, 0, 0, 0, 0, 0, ..]
                if !matches!(v6, Ipv6Addr::UNSPECIFIED | Ipv6Addr::LOCALHOST) =>
            {
                found[0] = at([12, 13, 14, 15]);
            }
            // IPv4-translated (RFC 2765).
            [0, 0, 0, 0, 0xffff, 0, ..] => found[0] = at([12, 13, 14, 15]),
            _ => {}
        }
        // ISATAP (RFC 5214), in any network.
        if let [_, _, _, _, 0 | 0x200, 0x5efe, ..] = v6.segments() {
            found[3] = at([12, 13, 14, 15]);
        }
    }
    found.into_iter().flatten()
}

/// If an address can be read in several ways, an address that belongs to no host cannot be meant.
fn is_host(address: &Ipv4Addr) -> bool {
    (1..224).contains(&address.octets()[0])
}

/// The IPv4 network that an IPv6 network reaches as a whole, if it can be derived.
pub fn embedded_network(network: CanonicalNet) -> Option<CanonicalNet> {
    let IpNet::V6(v6) = network.net() else {
        return None;
    };
    /// Prefixes that are directly followed by an IPv4 address.
    const PREFIXES: [(Ipv6Addr, u8); 4] = [
        (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96),
        (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
        (Ipv6Addr::UNSPECIFIED, 96),
        (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96),
    ];
    PREFIXES.iter().find_map(|(prefix, length)| {
        let translated = Ipv6Net::new(*prefix, *length).ok()?;
        if !translated.contains(&v6) {
            return None;
        }
        let bits = v6.addr().to_bits() << length >> 96;
        let length = (v6.prefix_len() - length).min(32);
        let v4 = Ipv4Net::new(Ipv4Addr::from_bits(bits as u32), length).ok()?;
        Some(CanonicalNet::new(v4.into()))
    })
}

/// Addresses outside the link-local networks at which cloud providers serve credentials.
const METADATA: [IpAddr; 4] = [
    // Amazon, Google, Alibaba, Oracle: see each provider's documentation of its instance metadata service.
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];

/// Why a name must not resolve to this address unless a rule names the address itself. Services that trust every
/// client that can reach them listen at such addresses, and the owner of a name server can point any name at them.
pub fn internal(address: CanonicalAddr) -> Option<&'static str> {
    let ip = address.ip();
    if METADATA.contains(&ip)
        || ip == IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254))
        // Azure uses a public address.
        || ip == IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16))
    {
        return Some("a cloud metadata address");
    }
    let (link_local, this_network) = match ip {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[0] == 0),
        IpAddr::V6(v6) => (v6.is_unicast_link_local(), v6.is_unspecified()),
    };
    if ip.is_loopback() {
        Some("a loopback address")
    } else if link_local {
        Some("a link-local address")
    } else if this_network {
        // Linux treats 0.0.0.0 and :: as this machine.
        Some("the unspecified address")
    } else if ip.is_multicast() || ip == IpAddr::V4(Ipv4Addr::BROADCAST) {
        Some("a group address")
    } else {
        embedded(address).find_map(|v4| internal(CanonicalAddr::new(v4.into())))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn address(text: &str) -> CanonicalAddr {
        CanonicalAddr::new(text.parse().unwrap())
    }

    #[test]
    fn ipv4_is_seen_inside_ipv6() {
        let cases: &[(&str, &[&str])] = &[
            ("64:ff9b::10.9.0.1", &["10.9.0.1"]),
            ("64:ff9b:1::10.9.0.1", &["10.9.0.1"]),
            ("64:ff9b:1:fffe::10.9.0.1", &["10.9.0.1"]),
            ("64:ff9b:1:a09:0:100::", &["10.9.0.1"]),
            ("2002:a09:1::5", &["10.9.0.1"]),
            (
                "2001:0:a09:1:8000:63bf:f5f6:fffd",
                &["10.9.0.1", "10.9.0.2"],
            ),
            ("::10.9.0.1", &["10.9.0.1"]),
            ("::ffff:0:10.9.0.1", &["10.9.0.1"]),
            ("2001:db8::5efe:10.9.0.1", &["10.9.0.1"]),
            ("fe80::200:5efe:10.9.0.1", &["10.9.0.1"]),
        ];
        for (text, expected) in cases {
            let found: Vec<_> = embedded(address(text)).map(|v4| v4.to_string()).collect();
            for wanted in *expected {
                assert!(found.iter().any(|v4| v4 == wanted), "{text}: {found:?}");
            }
        }
        for text in [
            "::",
            "::1",
            "2001:db8::a09:1",
            "10.9.0.1",
            "fe80::1",
            "2001:4860::1",
        ] {
            assert_eq!(embedded(address(text)).count(), 0, "{text}");
        }
    }

    #[test]
    fn networks_inside_a_translators_are_ipv4_networks() {
        let cases = [
            ("64:ff9b::10.9.0.0/112", Some("10.9.0.0/16")),
            ("2002:a09::/32", Some("10.9.0.0/16")),
            ("2002:a09:1::/64", Some("10.9.0.1/32")),
            ("::10.9.0.0/112", Some("10.9.0.0/16")),
            ("2001:db8::/32", None),
            ("::/0", None),
        ];
        for (text, expected) in cases {
            let found = embedded_network(CanonicalNet::new(text.parse().unwrap()));
            assert_eq!(
                found.map(|network| network.to_string()).as_deref(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn internal_addresses_are_known_in_every_form() {
        for text in [
            "127.0.0.1",
            "127.255.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b:1::127.0.0.1",
            "2002:7f00:1::",
            "2001:0:7f00:1::1",
            "::127.0.0.1",
            "2001:db8::5efe:127.0.0.1",
            "169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "169.254.0.9",
            "fe80::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "0.0.0.0",
            "0.1.2.3",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
        ] {
            assert!(internal(address(text)).is_some(), "{text}");
        }
        for text in [
            "10.0.0.1",
            "192.0.2.1",
            "2001:db8::1",
            "fd00::1",
            "64:ff9b::a00:1",
            "64:ff9b:1::a00:1",
        ] {
            assert_eq!(internal(address(text)), None, "{text}");
        }
    }
}
