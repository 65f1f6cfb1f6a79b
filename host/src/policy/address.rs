//! What an address is, whatever it is dressed as: the older forms of writing one, IPv4 inside IPv6, and
//! the addresses that a name must not lead to unasked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

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
    // The last part fills all the octets that are left.
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

/// The IPv4 host that an IPv6 address reaches through a translator or tunnel: NAT64 (RFC 6052) and 6to4
/// (RFC 3056). A mapped address (RFC 4291 section 2.5.5.2) is the IPv4 address itself.
pub fn embedded(address: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(v6) = address else { return None };
    let octets = v6.octets();
    let v4 = |at: usize| Ipv4Addr::new(octets[at], octets[at + 1], octets[at + 2], octets[at + 3]);
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, ..] => Some(v4(12)),
        [0x2002, ..] => Some(v4(2)),
        _ => None,
    }
}

/// Where cloud providers answer with credentials, outside the link-local networks.
const METADATA: [IpAddr; 4] = [
    // Amazon, Google, Alibaba, Oracle: each one's documentation of its instance metadata service.
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V6(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)),
    IpAddr::V4(Ipv4Addr::new(100, 100, 100, 200)),
    IpAddr::V4(Ipv4Addr::new(192, 0, 0, 192)),
];

/// Why a name must not lead here unless a rule names the address itself: services that trust whoever can
/// reach them listen there. Whoever runs a name server can point any name at them.
pub fn internal(address: IpAddr) -> Option<&'static str> {
    let address = address.to_canonical();
    if METADATA.contains(&address)
        || address == IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254))
        // Azure's, on a public address.
        || address == IpAddr::V4(Ipv4Addr::new(168, 63, 129, 16))
    {
        return Some("a cloud metadata address");
    }
    let (link_local, this_network) = match address {
        IpAddr::V4(v4) => (v4.is_link_local(), v4.octets()[0] == 0),
        IpAddr::V6(v6) => (v6.is_unicast_link_local(), v6.is_unspecified()),
    };
    if address.is_loopback() {
        Some("a loopback address")
    } else if link_local {
        Some("a link-local address")
    } else if this_network {
        // Linux takes 0.0.0.0 and :: for this machine.
        Some("the unspecified address")
    } else if address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST) {
        Some("a group address")
    } else {
        embedded(address).and_then(|v4| internal(v4.into()))
    }
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
    fn internal_addresses_are_known_in_every_dress() {
        for text in [
            "127.0.0.1",
            "127.255.0.1",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::127.0.0.1",
            "2002:7f00:1::",
            "169.254.169.254",
            "64:ff9b::a9fe:a9fe",
            "169.254.0.9",
            "fe80::1",
            "fd00:ec2::254",
            "100.100.100.200",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
        ] {
            assert!(internal(text.parse().unwrap()).is_some(), "{text}");
        }
        for text in [
            "10.0.0.1",
            "192.0.2.1",
            "2001:db8::1",
            "fd00::1",
            "64:ff9b::a00:1",
        ] {
            assert_eq!(internal(text.parse().unwrap()), None, "{text}");
        }
    }
}
