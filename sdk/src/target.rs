//! What operators name: hosts, `host:port`, IPv6 zones, networks and ranges of addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// A named target and its port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Which host or hosts.
    pub hosts: Hosts,
    /// The port, if one was given.
    pub port: Option<u16>,
}

/// One host or many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// A name for the resolver.
    Name(String),
    /// An address, with the interface that an IPv6 zone names.
    Address(IpAddr, Option<String>),
    /// All hosts of a network, such as `192.0.2.0/24`: without the network's and the broadcast address.
    Network(IpNet),
    /// From the first to the last, such as `192.0.2.1-20`.
    Range(IpAddr, IpAddr),
}

/// A target that could not be understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetError {
    text: String,
    why: &'static str,
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", crate::text::printable(&self.text), self.why)
    }
}

impl std::error::Error for TargetError {}

impl Hosts {
    /// A host, network or range, without a port.
    ///
    /// ```
    /// use nethost_sdk::target::Hosts;
    /// let hosts = Hosts::parse("10.0.0.1-20").unwrap();
    /// assert_eq!(hosts.count(), 20);
    /// ```
    ///
    /// # Errors
    /// An empty name, a malformed network, a range whose end is before its start.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let wrong = |why| TargetError {
            text: text.to_owned(),
            why,
        };
        if text.is_empty() {
            return Err(wrong("Name or service not known"));
        }
        if let Some(hosts) = address(text) {
            return Ok(hosts);
        }
        if text.contains('/') {
            return text
                .parse()
                .map(Self::Network)
                .map_err(|_| wrong("malformed network"));
        }
        if let Some((first, last)) = text.split_once('-')
            && let Ok(first) = first.parse::<IpAddr>()
        {
            let last = match (first, last.parse::<u8>()) {
                (IpAddr::V4(v4), Ok(low)) => {
                    let [a, b, c, _] = v4.octets();
                    IpAddr::V4(Ipv4Addr::new(a, b, c, low))
                }
                _ => last.parse().map_err(|_| wrong("malformed range"))?,
            };
            if first.is_ipv4() != last.is_ipv4() || last < first {
                return Err(wrong("malformed range"));
            }
            return Ok(Self::Range(first, last));
        }
        Ok(Self::Name(text.to_owned()))
    }

    /// How many addresses it stands for; 1 for a name. Bounded by `u128::MAX`.
    pub fn count(&self) -> u128 {
        match self {
            Self::Name(_) | Self::Address(..) => 1,
            Self::Range(first, last) => number(*last)
                .saturating_sub(number(*first))
                .saturating_add(1),
            Self::Network(network) => {
                let (first, last) = ends(network);
                number(last).saturating_sub(number(first)).saturating_add(1)
            }
        }
    }

    /// Whether it can stand for more than one host.
    pub fn is_many(&self) -> bool {
        matches!(self, Self::Network(_) | Self::Range(..))
    }

    /// The addresses, one at a time, at most `limit`; none for a name.
    pub fn addresses(&self, limit: usize) -> impl Iterator<Item = IpAddr> + use<> {
        let (first, count) = match self {
            Self::Name(_) => (IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
            Self::Address(address, _) => (*address, 1),
            Self::Range(first, _) => (*first, self.count()),
            Self::Network(network) => (ends(network).0, self.count()),
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(limit);
        (0..count).map(move |step| nth(first, step as u128))
    }
}

impl Target {
    /// A host with a port behind a colon: `host:443`, `192.0.2.1:443`, `[2001:db8::1]:443`. An IPv6
    /// address without brackets has none.
    ///
    /// # Errors
    /// As [`Hosts::parse`]; a port that is none; a bracket without its pair.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let wrong = |why| TargetError {
            text: text.to_owned(),
            why,
        };
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (host, rest) = rest.split_once(']').ok_or(wrong("missing ]"))?;
            match rest.strip_prefix(':') {
                Some(port) => (host, Some(port)),
                None if rest.is_empty() => (host, None),
                None => return Err(wrong("expected :PORT behind ]")),
            }
        } else if text.matches(':').count() == 1 {
            text.split_once(':')
                .map_or((text, None), |(host, port)| (host, Some(port)))
        } else {
            (text, None)
        };
        let port = port
            .map(|port| port.parse().map_err(|_| wrong("bad port")))
            .transpose()?;
        Ok(Self {
            hosts: Hosts::parse(host)?,
            port,
        })
    }
}

/// An address in the forms that inet_aton(3) and getaddrinfo(3) take.
fn address(text: &str) -> Option<Hosts> {
    if let Some((v6, zone)) = text.split_once('%') {
        let v6: Ipv6Addr = v6.parse().ok()?;
        return (!zone.is_empty()).then(|| Hosts::Address(v6.into(), Some(zone.to_owned())));
    }
    let address = text
        .parse()
        .ok()
        .or_else(|| inet_aton(text).map(IpAddr::V4))?;
    Some(Hosts::Address(address, None))
}

/// The shorter forms of inet_aton(3): `127.1`, `0x7f.1`, `0`. The last part fills what is left.
fn inet_aton(text: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u32> = text.split('.').map(part).collect::<Option<_>>()?;
    let (last, leading) = parts.split_last()?;
    if leading.len() > 3 || leading.iter().any(|&part| part > 255) {
        return None;
    }
    let room = 32 - 8 * leading.len() as u32;
    if room < 32 && *last >= 1 << room {
        return None;
    }
    let high = leading
        .iter()
        .fold(0u64, |sum, &part| (sum << 8) | u64::from(part));
    u32::try_from((high << room) | u64::from(*last))
        .ok()
        .map(Ipv4Addr::from)
}

fn part(text: &str) -> Option<u32> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return u32::from_str_radix(hex, 16).ok();
    }
    match text.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => u32::from_str_radix(octal, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// First and last host of a network: all of a /31, /32, /127 or /128 (RFC 3021, RFC 6164).
fn ends(network: &IpNet) -> (IpAddr, IpAddr) {
    let (first, last) = (network.network(), network.broadcast());
    match network {
        IpNet::V4(v4) if v4.prefix_len() < 31 => (nth(first, 1), back(last)),
        _ => (first, last),
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

fn nth(first: IpAddr, step: u128) -> IpAddr {
    match first {
        IpAddr::V4(v4) => IpAddr::V4(u32::from(v4).wrapping_add(step as u32).into()),
        IpAddr::V6(v6) => IpAddr::V6(u128::from(v6).wrapping_add(step).into()),
    }
}

fn back(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(v4) => IpAddr::V4(u32::from(v4).wrapping_sub(1).into()),
        IpAddr::V6(v6) => IpAddr::V6(u128::from(v6).wrapping_sub(1).into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn list(text: &str) -> Vec<String> {
        Hosts::parse(text)
            .unwrap()
            .addresses(5)
            .map(|a| a.to_string())
            .collect()
    }

    #[test]
    fn networks_and_ranges_are_walked_lazily() {
        assert_eq!(list("192.0.2.0/30"), ["192.0.2.1", "192.0.2.2"]);
        assert_eq!(list("192.0.2.8/31"), ["192.0.2.8", "192.0.2.9"]);
        assert_eq!(list("192.0.2.254-255"), ["192.0.2.254", "192.0.2.255"]);
        assert_eq!(
            list("10.0.0.255-10.0.1.1"),
            ["10.0.0.255", "10.0.1.0", "10.0.1.1"]
        );
        assert_eq!(list("2001:db8::/32").len(), 5);
        assert_eq!(Hosts::parse("::/0").unwrap().count(), u128::MAX);
    }

    #[test]
    fn addresses_have_many_forms() {
        for text in ["127.0.0.1", "127.1", "0x7f.1", "0177.0.0.1", "2130706433"] {
            assert_eq!(list(text), ["127.0.0.1"], "{text}");
        }
        for text in ["256.1.1.1", "1.2.3.4.5", "1.2.3.", "web-1", "127.0.0.1x"] {
            assert!(matches!(Hosts::parse(text), Ok(Hosts::Name(_))), "{text}");
        }
        let zoned = Hosts::Address("fe80::1".parse().unwrap(), Some("eth0".into()));
        assert_eq!(Hosts::parse("fe80::1%eth0"), Ok(zoned));
    }

    #[test]
    fn ports_follow_hosts() {
        let port = |text: &str| Target::parse(text).unwrap().port;
        assert_eq!(port("example.org:443"), Some(443));
        assert_eq!(port("[2001:db8::1]:53"), Some(53));
        assert_eq!(port("2001:db8::1"), None);
        assert_eq!(port("[fe80::1%eth0]"), None);
    }

    #[test]
    fn nonsense_is_named() {
        for text in ["", "10.0.0.0/99", "10.0.0.9-3", "10.0.0.1-::1"] {
            assert!(Hosts::parse(text).is_err(), "{text}");
        }
        assert!(Target::parse("[::1").is_err());
        assert!(Target::parse("host:99999").is_err());
    }
}
