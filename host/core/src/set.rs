//! Many targets of one request: addresses of one family as sorted ranges and, for protocols with ports, ports.
//!
//! A set has one form. Ranges ascend, do not overlap and do not touch. So equal sets have equal values and equal
//! text, and member `n` is the same address everywhere. Addresses are destinations in canonical form: IPv4-mapped
//! IPv6 is IPv4, and the unspecified address is the loopback address. Other ranges, for example one that contains
//! both kinds, are refused.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::address::CanonicalAddr;

/// The maximum length of a set's text, so that one record can contain it.
const LONGEST_SET: usize = 16 << 10;

/// The addresses and ports of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetSet {
    ipv6: bool,
    /// First and last, as numbers.
    ranges: Box<[(u128, u128)]>,
    /// The number of addresses before each range.
    before: Box<[u32]>,
    addresses: u64,
    /// First and last port. Empty if the protocol has no ports.
    ports: Box<[(u16, u16)]>,
    /// The number of ports; 1 if there are none.
    width: u32,
}

/// Why a list of ranges is not a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSet {
    /// It is empty.
    #[error("the set has no addresses")]
    Empty,
    /// It contains both families.
    #[error("the set has addresses of both families; ask for one at a time")]
    Families,
    /// Its ranges are not in order.
    #[error("{0}: ranges must ascend and not overlap")]
    Order(String),
    /// These addresses have their own rules.
    #[error(
        "{0}: groups, and ranges that the unspecified address or some of IPv4 in IPv6 form are a part of, cannot be in a set; ask for them alone"
    )]
    Special(String),
    /// More members than numbers.
    #[error("the set has more than 4294967295 members; ask for fewer at once")]
    TooMany,
    /// More ranges than fit into a record.
    #[error("the set takes more than 16384 bytes to name; ask for fewer ranges at once")]
    TooLong,
}

impl TargetSet {
    /// From ranges of addresses and of ports, both inclusive and ascending.
    pub fn new(ranges: &[(IpAddr, IpAddr)], ports: &[(u16, u16)]) -> Result<Self, BadSet> {
        let ranges: Vec<_> = ranges.iter().map(canonical).collect::<Result<_, _>>()?;
        let (first, _) = ranges.first().ok_or(BadSet::Empty)?;
        let ipv6 = first.is_ipv6();
        let mut merged: Vec<(u128, u128)> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            if first.is_ipv6() != ipv6 {
                return Err(BadSet::Families);
            }
            let (from, to) = (number(first), number(last));
            let shown = || shown_range(ipv6, from, to);
            match merged.last_mut() {
                Some((_, end)) if from <= *end => return Err(BadSet::Order(shown())),
                // No overflow: `from` is greater.
                Some((_, end)) if from == *end + 1 => *end = to,
                _ => merged.push((from, to)),
            }
        }
        let mut joined: Vec<(u16, u16)> = Vec::with_capacity(ports.len());
        for (from, to) in ports {
            if from > to || *from == 0 {
                return Err(BadSet::Order(format!("ports {from}-{to}")));
            }
            match joined.last_mut() {
                Some((_, end)) if from <= end => {
                    return Err(BadSet::Order(format!("ports {from}-{to}")));
                }
                Some((_, end)) if *from == *end + 1 => *end = *to,
                _ => joined.push((*from, *to)),
            }
        }
        let width: u32 = joined
            .iter()
            .map(|(from, to)| u32::from(to - from) + 1)
            .sum();
        let width = width.max(1);
        let mut before = Vec::with_capacity(merged.len());
        let mut addresses: u64 = 0;
        for (from, to) in &merged {
            before.push(u32::try_from(addresses).map_err(|_| BadSet::TooMany)?);
            let count = u64::try_from(to - from)
                .ok()
                .and_then(|count| count.checked_add(1));
            addresses = count
                .and_then(|count| addresses.checked_add(count))
                .filter(|count| count.saturating_mul(width.into()) <= u64::from(u32::MAX))
                .ok_or(BadSet::TooMany)?;
        }
        let set = Self {
            ipv6,
            ranges: merged.into(),
            before: before.into(),
            addresses,
            ports: joined.into(),
            width,
        };
        if set.to_string().len() > LONGEST_SET {
            return Err(BadSet::TooLong);
        }
        Ok(set)
    }

    /// Its approximate size in bytes.
    pub fn size(&self) -> usize {
        size_of_val(&*self.ranges) + size_of_val(&*self.before) + size_of_val(&*self.ports)
    }

    /// Whether some of its addresses mean a different host on each link.
    pub fn needs_scope(&self) -> bool {
        const LINK_LOCAL: (u128, u128) = (0xfe80 << 112, (0xfec0 << 112) - 1);
        let (low, high) = LINK_LOCAL;
        let meets = |(from, to): &(u128, u128)| *from <= high && low <= *to;
        self.ipv6 && self.ranges.iter().any(meets)
    }

    /// Whether its addresses are IPv6.
    pub fn is_ipv6(&self) -> bool {
        self.ipv6
    }

    /// Whether its members have ports.
    pub fn has_ports(&self) -> bool {
        !self.ports.is_empty()
    }

    /// The number of addresses.
    pub fn addresses(&self) -> u64 {
        self.addresses
    }

    /// The number of ports for each address; 1 if there are none.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// The number of members: addresses, or pairs of address and port.
    pub fn members(&self) -> u32 {
        (self.addresses * u64::from(self.width)) as u32
    }

    /// Ranges of addresses as numbers, inclusive.
    pub fn ranges(&self) -> &[(u128, u128)] {
        &self.ranges
    }

    /// Ranges of ports, inclusive. Empty if there are no ports.
    pub fn ports(&self) -> &[(u16, u16)] {
        &self.ports
    }

    /// Member number `n`: all ports of the first address, then of the next. The port is 0 if there are none.
    #[inline]
    pub fn member(&self, n: u32) -> Option<SocketAddr> {
        let (address, port) = self.at(n)?;
        Some(SocketAddr::new(address_of(self.ipv6, address), port))
    }

    /// The same, with the address as a number.
    #[inline]
    pub fn at(&self, n: u32) -> Option<(u128, u16)> {
        if n >= self.members() {
            return None;
        }
        let (place, column) = match self.width {
            1 => (n, 0),
            width => (n / width, n % width),
        };
        Some((self.address_at(place)?, self.port_at(column)))
    }

    /// Address number `place`, and the number of addresses after it in its range.
    pub fn range_from(&self, place: u32) -> Option<(u128, u32)> {
        let range = self.before.partition_point(|before| *before <= place) - 1;
        let (from, to) = self.ranges.get(range)?;
        let address = from + u128::from(place - self.before.get(range)?);
        let more = to.checked_sub(address)?;
        Some((address, more as u32))
    }

    /// Address number `place`.
    pub fn address_at(&self, place: u32) -> Option<u128> {
        let range = match self.before.len() {
            1 => 0,
            _ => self.before.partition_point(|before| *before <= place) - 1,
        };
        Some(self.ranges.get(range)?.0 + u128::from(place - self.before.get(range)?))
    }

    /// Port number `column`; 0 if there are no ports.
    pub fn port_at(&self, column: u32) -> u16 {
        let mut left = column;
        for (from, to) in &self.ports {
            let count = u32::from(to - from) + 1;
            if left < count {
                return from + left as u16;
            }
            left -= count;
        }
        0
    }

    /// Whether this address belongs to a member.
    pub fn contains_address(&self, address: IpAddr) -> bool {
        let value = number(address);
        address.is_ipv6() == self.ipv6
            && self
                .ranges
                .binary_search_by(|(from, to)| {
                    if *to < value {
                        std::cmp::Ordering::Less
                    } else if *from > value {
                        std::cmp::Ordering::Greater
                    } else {
                        std::cmp::Ordering::Equal
                    }
                })
                .is_ok()
    }

    /// The first and last address of each range.
    pub fn address_ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr)> + '_ {
        let address = |number| address_of(self.ipv6, number);
        self.ranges
            .iter()
            .map(move |(from, to)| (address(*from), address(*to)))
    }
}

impl fmt::Display for TargetSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (from, to)) in self.ranges.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            f.write_str(&shown_range(self.ipv6, *from, *to))?;
        }
        if self.has_ports() {
            write!(f, " port {}", shown_ports(&self.ports))?;
        }
        Ok(())
    }
}

/// A range in canonical form: both ends are destinations of one family.
fn canonical((first, last): &(IpAddr, IpAddr)) -> Result<(IpAddr, IpAddr), BadSet> {
    if first.is_ipv6() != last.is_ipv6() {
        return Err(BadSet::Families);
    }
    let special = || BadSet::Special(format!("{first}-{last}"));
    if number(*first) > number(*last) {
        return Err(BadSet::Order(format!("{first}-{last}")));
    }
    let (from, to) = match first == last {
        true => {
            let address = CanonicalAddr::destination(*first).ip();
            (address, address)
        }
        false => (first.to_canonical(), last.to_canonical()),
    };
    if from.is_ipv6() != to.is_ipv6() || is_special(from.is_ipv6(), number(from), number(to)) {
        return Err(special());
    }
    Ok((from, to))
}

/// Addresses that have another meaning than themselves.
fn is_special(ipv6: bool, from: u128, to: u128) -> bool {
    let meets = |low: u128, high: u128| from <= high && low <= to;
    if ipv6 {
        const MAPPED: u128 = 0xffff << 32;
        const GROUPS: u128 = 0xff << 120;
        from == 0 || meets(MAPPED, MAPPED | 0xffff_ffff) || meets(GROUPS, u128::MAX)
    } else {
        from == 0
            || meets(u128::from(u32::MAX), u128::from(u32::MAX))
            || meets(0xe000_0000, 0xefff_ffff)
    }
}

/// An address as a number.
pub fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// A number as an address.
pub fn address_of(ipv6: bool, number: u128) -> IpAddr {
    if ipv6 {
        Ipv6Addr::from_bits(number).into()
    } else {
        Ipv4Addr::from_bits(number as u32).into()
    }
}

/// An address, a prefix if the range is one, or the first and the last address.
pub fn shown_range(ipv6: bool, from: u128, to: u128) -> String {
    let (first, last) = (address_of(ipv6, from), address_of(ipv6, to));
    if from == to {
        return first.to_string();
    }
    let bits = if ipv6 { 128 } else { 32 };
    match (to - from).checked_add(1) {
        Some(size) if size.is_power_of_two() && from & (size - 1) == 0 => {
            format!("{first}/{}", bits - size.trailing_zeros())
        }
        _ => format!("{first}-{last}"),
    }
}

/// Ports as `22,80-90`.
pub fn shown_ports(ports: &[(u16, u16)]) -> String {
    let one = |(from, to): &(u16, u16)| {
        if from == to {
            from.to_string()
        } else {
            format!("{from}-{to}")
        }
    };
    ports.iter().map(one).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn set(ranges: &[(&str, &str)], ports: &[(u16, u16)]) -> Result<TargetSet, BadSet> {
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        let ranges: Vec<_> = ranges
            .iter()
            .map(|(a, b)| (address(a), address(b)))
            .collect();
        TargetSet::new(&ranges, ports)
    }

    #[test]
    fn a_set_has_one_form() {
        let halves = set(
            &[("10.0.0.0", "10.0.127.255"), ("10.0.128.0", "10.0.255.255")],
            &[(1, 80), (81, 81), (443, 443)],
        );
        let whole = set(&[("10.0.0.0", "10.0.255.255")], &[(1, 81), (443, 443)]);
        assert_eq!(halves, whole);
        assert_eq!(whole.unwrap().to_string(), "10.0.0.0/16 port 1-81,443");
        let hosts = set(&[("10.0.0.1", "10.0.0.254"), ("10.0.9.9", "10.0.9.9")], &[]).unwrap();
        assert_eq!(hosts.to_string(), "10.0.0.1-10.0.0.254,10.0.9.9");
        let v6 = set(&[("2001:db8::", "2001:db8::ffff")], &[]).unwrap();
        assert_eq!(v6.to_string(), "2001:db8::/112");
    }

    #[test]
    fn every_spelling_of_a_set_is_one() {
        for (given, canonical) in [
            (("::ffff:10.7.0.0", "::ffff:10.7.0.255"), "10.7.0.0/24"),
            (("::ffff:10.7.0.9", "::ffff:10.7.0.9"), "10.7.0.9"),
            (("0.0.0.0", "0.0.0.0"), "127.0.0.1"),
            (("::ffff:0.0.0.0", "::ffff:0.0.0.0"), "127.0.0.1"),
            (("::", "::"), "::1"),
            (("::1", "::1"), "::1"),
        ] {
            let set = set(&[given], &[]).unwrap();
            assert_eq!(set.to_string(), canonical, "{given:?}");
            assert_eq!(set.is_ipv6(), canonical.contains(':'), "{given:?}");
        }
        for (first, last, scoped) in [
            ("fe80::1", "fe80::9", true),
            ("febf::1", "febf::9", true),
            ("fec0::1", "fec0::9", false),
            ("169.254.0.1", "169.254.0.9", false),
        ] {
            let set = set(&[(first, last)], &[]).unwrap();
            assert_eq!(set.needs_scope(), scoped, "{first}");
        }
    }

    #[test]
    fn members_are_numbered_through_all_ranges() {
        let set = set(
            &[("10.0.0.1", "10.0.0.2"), ("10.0.9.9", "10.0.9.9")],
            &[(5, 6), (9, 9)],
        );
        let set = set.unwrap();
        let members: Vec<_> = (0..)
            .map_while(|n| set.member(n))
            .map(|at| at.to_string())
            .collect();
        assert_eq!(
            members,
            [
                "10.0.0.1:5",
                "10.0.0.1:6",
                "10.0.0.1:9",
                "10.0.0.2:5",
                "10.0.0.2:6",
                "10.0.0.2:9",
                "10.0.9.9:5",
                "10.0.9.9:6",
                "10.0.9.9:9"
            ]
        );
        assert_eq!(set.members(), 9);
        assert_eq!(set.member(u32::MAX), None);
    }

    #[test]
    fn what_has_no_form_is_refused() {
        for (ranges, ports) in [
            (&[][..], &[][..]),
            (&[("10.0.0.2", "10.0.0.1")], &[]),
            (&[("10.0.0.2", "10.0.0.9"), ("10.0.0.9", "10.0.0.9")], &[]),
            (&[("10.0.0.2", "10.0.0.9"), ("10.0.0.1", "10.0.0.1")], &[]),
            (&[("10.0.0.2", "::9")], &[]),
            (&[("10.0.0.2", "10.0.0.2"), ("::9", "::9")], &[]),
            (&[("0.0.0.0", "10.0.0.2")], &[]),
            (&[("::", "::2")], &[]),
            (&[("223.0.0.0", "224.0.0.0")], &[]),
            (&[("239.0.0.0", "250.0.0.0")], &[]),
            (&[("255.255.255.255", "255.255.255.255")], &[]),
            (&[("ff02::1", "ff02::1")], &[]),
            (&[("::1", "::ffff:10.0.0.9")], &[]),
            (
                &[("::ffff:10.0.0.1", "::ffff:10.0.0.1"), ("::9", "::9")],
                &[],
            ),
            (&[("::ffff:0.0.0.0", "::ffff:0.0.0.9")], &[]),
            (&[("::ffff:10.0.0.1", "::1:0:0:1")], &[]),
            (&[("::fffe:ffff:ffff", "::ffff:0.0.0.0")], &[]),
            (&[("::ffff:ffff:ffff", "::ffff:ffff:ffff")], &[]),
            (&[("::ffff:224.0.0.1", "::ffff:224.0.0.1")], &[]),
            (&[("0.0.0.0", "0.0.0.0"), ("10.0.0.1", "10.0.0.1")], &[]),
            (&[("0.0.0.0", "0.0.0.0"), ("127.0.0.1", "127.0.0.1")], &[]),
            (&[("::1", "2::1")], &[]),
            (&[("10.0.0.0", "10.1.255.255")], &[(1, 65535)]),
            (&[("10.0.0.1", "10.0.0.1")], &[(0, 5)]),
            (&[("10.0.0.1", "10.0.0.1")], &[(5, 6), (6, 7)]),
        ] {
            assert!(set(ranges, ports).is_err(), "{ranges:?} {ports:?}");
        }
        assert!(set(&[("10.0.0.0", "10.0.255.255")], &[(1, 65535)]).is_ok());
        assert!(set(&[("1.0.0.0", "223.255.255.255")], &[]).is_ok());
    }
}
