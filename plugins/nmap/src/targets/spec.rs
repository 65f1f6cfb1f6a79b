//! What one word of the command line means: `192.0.2.1`, `10.0.0-3,9.*`, `10.0.0.0/24`, `2001:db8::/120`, a name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use nethost_sdk::output::complain;

/// What a word means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spec {
    Addresses(Addresses),
    /// A name, and the prefix length of the network around its address.
    Name(String, Option<u8>),
}

/// Addresses, one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Addresses {
    /// Octets, each a list of values, and the place in each.
    Octets([Vec<u8>; 4], Option<[usize; 4]>),
    /// From the first to the last.
    V4(u32, u32, bool),
    V6(u128, u128, bool),
    List(List),
}

/// A list of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct List(std::collections::VecDeque<IpAddr>);

impl Addresses {
    pub(crate) fn one(address: IpAddr) -> Self {
        Self::network(address, 128)
    }

    pub(crate) fn list(list: Vec<IpAddr>) -> Self {
        Self::List(List(list.into()))
    }

    /// The network around an address.
    pub(crate) fn network(address: IpAddr, bits: u8) -> Self {
        match address {
            IpAddr::V4(address) => {
                let host = u32::MAX.checked_shr(bits.min(32).into()).unwrap_or(0);
                let first = address.to_bits() & !host;
                Self::V4(first, first | host, false)
            }
            IpAddr::V6(address) => {
                let host = u128::MAX.checked_shr(bits.min(128).into()).unwrap_or(0);
                let first = address.to_bits() & !host;
                Self::V6(first, first | host, false)
            }
        }
    }

    pub(crate) fn is_ipv6(&self) -> bool {
        match self {
            Self::Octets(..) | Self::V4(..) => false,
            Self::V6(..) => true,
            Self::List(list) => list.0.front().is_some_and(IpAddr::is_ipv6),
        }
    }

    /// First and last of each range.
    pub(crate) fn ranges(self) -> Vec<(IpAddr, IpAddr)> {
        match self {
            Self::V4(first, last, _) => {
                vec![(Ipv4Addr::from(first).into(), Ipv4Addr::from(last).into())]
            }
            Self::V6(first, last, _) => {
                vec![(Ipv6Addr::from(first).into(), Ipv6Addr::from(last).into())]
            }
            other => {
                let mut ranges: Vec<(IpAddr, IpAddr)> = Vec::new();
                for address in other.take(1 << 20) {
                    match ranges.last_mut() {
                        Some((_, last)) if follows(*last, address) => *last = address,
                        _ => ranges.push((address, address)),
                    }
                }
                ranges
            }
        }
    }
}

fn follows(one: IpAddr, other: IpAddr) -> bool {
    match (one, other) {
        (IpAddr::V4(one), IpAddr::V4(other)) => {
            one.to_bits().checked_add(1) == Some(other.to_bits())
        }
        _ => false,
    }
}

impl Iterator for Addresses {
    type Item = IpAddr;

    fn next(&mut self) -> Option<IpAddr> {
        match self {
            Self::List(list) => list.0.pop_front(),
            Self::V4(next, last, over) => {
                if *over {
                    return None;
                }
                let address = *next;
                *over = address == *last;
                *next = address.wrapping_add(1);
                Some(Ipv4Addr::from(address).into())
            }
            Self::V6(next, last, over) => {
                if *over {
                    return None;
                }
                let address = *next;
                *over = address == *last;
                *next = address.wrapping_add(1);
                Some(Ipv6Addr::from(address).into())
            }
            Self::Octets(octets, place) => {
                let at = (*place)?;
                let mut address = [0; 4];
                for ((byte, values), at) in address.iter_mut().zip(octets.iter()).zip(at) {
                    *byte = *values.get(at)?;
                }
                let mut next = at;
                let mut carried = true;
                for (values, at) in octets.iter().zip(next.iter_mut()).rev() {
                    if !carried {
                        break;
                    }
                    *at += 1;
                    carried = *at >= values.len();
                    if carried {
                        *at = 0;
                    }
                }
                *place = (!carried).then_some(next);
                Some(Ipv4Addr::from(address).into())
            }
        }
    }
}

/// Reads a word.
pub(crate) fn read(word: &str) -> Result<Spec, String> {
    let (host, bits) = match word.split_once('/') {
        Some((host, bits)) => (host, Some(bits)),
        None => (word, None),
    };
    let most: u8 = if host.contains(':') { 128 } else { 32 };
    let bits = match bits {
        None => None,
        Some(text) => match text.parse::<u8>() {
            Ok(bits) if bits <= most => Some(bits),
            Ok(_) => {
                complain(format_args!(
                    "Illegal netmask in \"{}\". Assuming /{most} (one host)",
                    nethost_sdk::text::printable(word)
                ));
                None
            }
            Err(_) => {
                return Err(format!(
                    "Unable to split netmask from target expression: \"{}\"",
                    nethost_sdk::text::printable(word)
                ));
            }
        },
    };
    if host.contains(':') {
        let bare = host.split('%').next().unwrap_or(host);
        return match bare.parse::<Ipv6Addr>() {
            Ok(address) => Ok(Spec::Addresses(Addresses::network(
                address.into(),
                bits.unwrap_or(128),
            ))),
            Err(_) => Err(format!(
                "Failed to resolve \"{}\".",
                nethost_sdk::text::printable(word)
            )),
        };
    }
    if let Ok(address) = host.parse::<Ipv4Addr>() {
        return Ok(Spec::Addresses(Addresses::network(
            address.into(),
            bits.unwrap_or(32),
        )));
    }
    if let Some(octets) = octets(host) {
        let Some(bits) = bits else {
            return Ok(Spec::Addresses(Addresses::Octets(octets, Some([0; 4]))));
        };
        return Ok(Spec::Addresses(masked(octets, bits)));
    }
    // What ends as an address does and is none, is no name either.
    let last = host
        .strip_suffix('.')
        .and_then(|host| host.rsplit('.').next());
    if last.is_some_and(|last| !last.is_empty() && last.bytes().all(|b| b.is_ascii_digit())) {
        return Err(format!(
            "Failed to resolve \"{}\".",
            nethost_sdk::text::printable(word)
        ));
    }
    Ok(Spec::Name(host.to_owned(), bits))
}

/// Octet ranges with a prefix length: the bits below it take every value.
fn masked(octets: [Vec<u8>; 4], bits: u8) -> Addresses {
    let mask = u32::MAX
        .checked_shl(u32::from(32 - bits.min(32)))
        .unwrap_or(0)
        .to_be_bytes();
    let mut wider = octets;
    for (values, mask) in wider.iter_mut().zip(mask) {
        let mut with_all: Vec<u8> = (0..=255)
            .filter(|value| values.iter().any(|given| given & mask == value & mask))
            .collect();
        std::mem::swap(values, &mut with_all);
    }
    Addresses::Octets(wider, Some([0; 4]))
}

/// `10.0-3,9.*.1-`: None if it is something else.
fn octets(host: &str) -> Option<[Vec<u8>; 4]> {
    let allowed = |c: char| c.is_ascii_digit() || ".-,*".contains(c);
    if host.is_empty() || !host.chars().all(allowed) {
        return None;
    }
    let parts: Vec<Vec<u8>> = host.split('.').map(values).collect::<Option<_>>()?;
    parts.try_into().ok()
}

fn values(part: &str) -> Option<Vec<u8>> {
    let mut values = Vec::new();
    for piece in part.split(',') {
        let (from, to) = match (piece, piece.split_once('-')) {
            ("*", _) => (0, 255),
            (_, Some((from, to))) => (
                if from.is_empty() {
                    0
                } else {
                    from.parse().ok()?
                },
                if to.is_empty() { 255 } else { to.parse().ok()? },
            ),
            (one, None) => {
                let value: u8 = one.parse().ok()?;
                (value, value)
            }
        };
        if from > to {
            return None;
        }
        values.extend(from..=to);
    }
    values.sort_unstable();
    values.dedup();
    Some(values)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn list(word: &str) -> Vec<String> {
        match read(word).unwrap() {
            Spec::Addresses(addresses) => addresses.take(300).map(|a| a.to_string()).collect(),
            Spec::Name(name, _) => vec![format!("name {name}")],
        }
    }

    #[test]
    fn addresses_have_many_forms() {
        assert_eq!(list("10.0.0.1"), ["10.0.0.1"]);
        assert_eq!(
            list("10.0.0.0/30"),
            ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3"]
        );
        assert_eq!(list("10.0.1,3.5"), ["10.0.1.5", "10.0.3.5"]);
        assert_eq!(
            list("10.0.0-1.254-"),
            ["10.0.0.254", "10.0.0.255", "10.0.1.254", "10.0.1.255"]
        );
        assert_eq!(list("10.0.0.*").len(), 256);
        assert_eq!(
            list("10.0.0-3.7/31"),
            [
                "10.0.0.6", "10.0.0.7", "10.0.1.6", "10.0.1.7", "10.0.2.6", "10.0.2.7", "10.0.3.6",
                "10.0.3.7"
            ]
        );
        assert_eq!(list("2001:db8::/127"), ["2001:db8::", "2001:db8::1"]);
        assert_eq!(
            list("255.255.255.254/31"),
            ["255.255.255.254", "255.255.255.255"]
        );
        assert_eq!(list("0.0.0.0/0").len(), 300);
        for name in ["localhost", "1.2.3", "1.2.3.4.5", "300.1.1.1", "10.0.0.9-3"] {
            assert_eq!(list(name), [format!("name {name}")]);
        }
        assert!(read("::zz").is_err() && read("10.0.0.0/x").is_err());
    }

    #[test]
    fn ranges_of_octets_are_joined() {
        let Ok(Spec::Addresses(addresses)) = read("10.0.0.1-3") else {
            panic!()
        };
        let (first, last): (IpAddr, IpAddr) =
            ("10.0.0.1".parse().unwrap(), "10.0.0.3".parse().unwrap());
        assert_eq!(addresses.ranges(), [(first, last)]);
    }
}
