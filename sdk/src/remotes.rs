//! Many remotes in one request: one decision of the gate, one record, and each packet names a member.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::Denial;
use crate::address::{ip_from_wit, ip_to_wit};
use crate::bindings::nethost::cap::types;
use crate::socket::Remote;

/// A set is written down in no more than this; see [`NetworkSet::split`].
const LONGEST: usize = 16 << 10;

/// Addresses of one family as ascending ranges and, where the protocol has them, ports.
///
/// ```
/// use nethost_sdk::remotes::NetworkSet;
/// let addresses = ["10.0.0.2", "10.0.0.1", "10.0.9.9"].map(|text| text.parse().unwrap());
/// let set = NetworkSet::of(addresses);
/// assert_eq!(set.ranges().len(), 2);
/// assert_eq!(set.position("10.0.9.9".parse().unwrap()), Some(2));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSet {
    ranges: Vec<(IpAddr, IpAddr)>,
    /// How many addresses there are before each range.
    before: Vec<u32>,
    ports: Vec<(u16, u16)>,
}

impl NetworkSet {
    /// Whether an address can be a member: groups, the unspecified address and IPv4 in IPv6 form are asked for alone.
    pub fn can_hold(address: IpAddr) -> bool {
        let special = match address {
            IpAddr::V4(v4) => v4.is_broadcast(),
            IpAddr::V6(v6) => v6.to_ipv4_mapped().is_some(),
        };
        !special && !address.is_multicast() && !address.is_unspecified()
    }

    /// From addresses of one family, in any order; one that is there twice counts once.
    pub fn of(addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let mut all: Vec<IpAddr> = addresses.into_iter().collect();
        all.sort_unstable();
        all.dedup();
        let mut ranges: Vec<(IpAddr, IpAddr)> = Vec::new();
        for address in all {
            match ranges.last_mut() {
                Some((_, last)) if next(*last) == Some(address) => *last = address,
                _ => ranges.push((address, address)),
            }
        }
        Self::from_ranges(ranges)
    }

    /// From ranges of one family that ascend and do not overlap.
    pub fn from_ranges(ranges: Vec<(IpAddr, IpAddr)>) -> Self {
        let mut count = 0_u32;
        let mut before = Vec::with_capacity(ranges.len());
        for (first, last) in &ranges {
            before.push(count);
            let more = number(*last)
                .saturating_sub(number(*first))
                .saturating_add(1);
            count = count.saturating_add(u32::try_from(more).unwrap_or(u32::MAX));
        }
        Self {
            ranges,
            before,
            ports: Vec::new(),
        }
    }

    /// The same with these ports, which ascend and do not overlap.
    #[must_use]
    pub fn with_ports(mut self, ports: Vec<(u16, u16)>) -> Self {
        self.ports = ports;
        self
    }

    /// First and last address of each range.
    pub fn ranges(&self) -> &[(IpAddr, IpAddr)] {
        &self.ranges
    }

    /// Which of its addresses this is.
    pub fn position(&self, address: IpAddr) -> Option<u32> {
        let after = self.ranges.partition_point(|(first, _)| *first <= address);
        let index = after.checked_sub(1)?;
        let (first, last) = self.ranges.get(index)?;
        if address > *last || address.is_ipv4() != first.is_ipv4() {
            return None;
        }
        let within = u32::try_from(number(address) - number(*first)).ok()?;
        self.before.get(index)?.checked_add(within)
    }

    /// Sets of so many ranges as one request can name, in their order.
    pub fn split(self) -> Vec<Self> {
        let mut sets = Vec::new();
        let (mut some, mut room) = (Vec::new(), LONGEST / 2);
        for range in self.ranges {
            let length = format!("{}-{},", range.0, range.1).len();
            if length > room && !some.is_empty() {
                sets.push(std::mem::take(&mut some));
                room = LONGEST / 2;
            }
            room = room.saturating_sub(length);
            some.push(range);
        }
        sets.push(some);
        let ports = self.ports;
        let whole = |ranges| Self::from_ranges(ranges).with_ports(ports.clone());
        sets.into_iter().map(whole).collect()
    }

    pub(crate) fn to_wit(&self) -> types::NetworkSet {
        let range = |(first, last): &(IpAddr, IpAddr)| types::AddressRange {
            first: ip_to_wit(*first),
            last: ip_to_wit(*last),
        };
        let port = |(first, last): &(u16, u16)| types::PortRange {
            first: *first,
            last: *last,
        };
        types::NetworkSet {
            addresses: self.ranges.iter().map(range).collect(),
            ports: self.ports.iter().map(port).collect(),
        }
    }
}

/// What came of asking for a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    first: u32,
    /// What of it was refused.
    pub refused: Vec<Refused>,
}

/// Members that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// First and last address, ascending.
    pub addresses: Vec<(IpAddr, IpAddr)>,
    /// First and last port; none where all that were asked for are meant.
    pub ports: Vec<(u16, u16)>,
    /// Why.
    pub denial: Denial,
}

impl Granted {
    pub(crate) fn from_wit(granted: types::GrantedSet) -> Self {
        let refused = |refused: types::RefusedMembers| {
            let addresses = refused.addresses.into_iter();
            Refused {
                addresses: addresses
                    .map(|range| (ip_from_wit(range.first), ip_from_wit(range.last)))
                    .collect(),
                ports: refused
                    .ports
                    .iter()
                    .map(|range| (range.first, range.last))
                    .collect(),
                denial: refused.denial.into(),
            }
        };
        Self {
            first: granted.first,
            refused: granted.refused.into_iter().map(refused).collect(),
        }
    }

    /// The remote that a member is: by its number, which without ports is its position.
    pub fn remote(&self, member: u32) -> Remote {
        Remote(self.first.saturating_add(member))
    }

    /// Whether an address was refused, with all its ports.
    pub fn refuses(&self, address: IpAddr) -> bool {
        self.refused.iter().any(|refused| {
            let after = refused
                .addresses
                .partition_point(|(first, _)| *first <= address);
            let before = after
                .checked_sub(1)
                .and_then(|index| refused.addresses.get(index));
            refused.ports.is_empty() && before.is_some_and(|(_, last)| address <= *last)
        })
    }
}

fn next(address: IpAddr) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => v4
            .to_bits()
            .checked_add(1)
            .map(|bits| Ipv4Addr::from_bits(bits).into()),
        IpAddr::V6(v6) => v6
            .to_bits()
            .checked_add(1)
            .map(|bits| Ipv6Addr::from_bits(bits).into()),
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_bits().into(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_become_ranges_with_positions() {
        let set = NetworkSet::of(["10.0.0.9", "10.0.0.1", "10.0.0.2", "10.0.0.1"].map(at));
        assert_eq!(
            set.ranges(),
            [
                (at("10.0.0.1"), at("10.0.0.2")),
                (at("10.0.0.9"), at("10.0.0.9"))
            ]
        );
        let positions = [
            "10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.9", "::9",
        ];
        let positions = positions.map(|text| set.position(at(text)));
        assert_eq!(positions, [None, Some(0), Some(1), None, Some(2), None]);
    }

    #[test]
    fn a_long_list_is_split_and_nothing_is_lost() {
        let all = || (0..5_000_u32).map(|n| Ipv4Addr::from_bits(0x0a00_0000 + 2 * n).into());
        let sets = NetworkSet::of(all()).split();
        assert!(sets.len() > 5);
        let again: Vec<IpAddr> = sets
            .iter()
            .flat_map(|set| set.ranges())
            .map(|range| range.0)
            .collect();
        assert_eq!(again, all().collect::<Vec<_>>());
    }

    #[test]
    fn what_cannot_be_a_member_is_known() {
        for text in [
            "224.0.0.1",
            "255.255.255.255",
            "0.0.0.0",
            "::",
            "ff02::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(!NetworkSet::can_hold(at(text)), "{text}");
        }
        assert!(NetworkSet::can_hold(at("10.0.0.255")) && NetworkSet::can_hold(at("fe80::1")));
    }
}
