//! Cuts in addresses and ports at which the decision of the rules may change. Between two cuts, every address gets
//! the same decision, so one address stands for all.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use nethost_core::TargetSet;
use nethost_core::set::number;

/// The maximum number of ranges of one set.
pub(super) const MOST_CUTS: usize = 1 << 16;

/// Addresses that have a second meaning for rules: the unspecified address, and the loopback address, which stands
/// for both. As IPv6, the loopback address embeds no other address. They have the same last 32 bits.
const ALIASES: [(u32, u32); 3] = [(0, 0), (1, 1), (0x7f00_0001, 0x7f00_0001)];

/// The first 48 bits of 64:ff9b:1::/48, NAT64 in a local network (RFC 8215).
const LOCAL_NAT64: u128 = 0x0064_ff9b_0001;

/// The ranges of addresses and ports in rules, inclusive.
#[derive(Debug)]
pub(super) struct Cuts<'a> {
    set: &'a TargetSet,
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
    ports: Vec<(u16, u16)>,
    overflown: bool,
}

impl<'a> Cuts<'a> {
    pub(super) fn new(set: &'a TargetSet) -> Self {
        Self {
            set,
            v4: Vec::new(),
            v6: Vec::new(),
            ports: Vec::new(),
            overflown: false,
        }
    }

    /// Adds a network of a rule.
    pub(super) fn network(&mut self, network: IpNet) {
        self.range(network.network(), network.broadcast());
    }

    /// Adds an address of a rule.
    pub(super) fn address(&mut self, address: IpAddr) {
        self.range(address, address);
    }

    /// Adds addresses of a rule. IPv4 addresses can be embedded in any IPv6 address.
    pub(super) fn range(&mut self, first: IpAddr, last: IpAddr) {
        match (first.to_canonical(), last.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                let (first, last) = (first.to_bits(), last.to_bits());
                if self.set.is_ipv6() || self.meets(first.into(), last.into()) {
                    self.v4.push((first, last));
                }
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                let (first, last) = (first.to_bits(), last.to_bits());
                if self.set.is_ipv6() && self.meets(first, last) {
                    self.v6.push((first, last));
                }
            }
            // Converts from IPv4-mapped IPv6 to IPv6, or back, in two parts.
            _ => self.v6.push((number(first), number(last))),
        }
        self.overflown |= self.v4.len() + self.v6.len() > MOST_CUTS;
    }

    /// Adds the octets of a rule, at their positions.
    pub(super) fn octets(&mut self, octets: [&[(u8, u8)]; 4]) {
        self.octets_from(octets, 0, 0);
    }

    fn octets_from(&mut self, octets: [&[(u8, u8)]; 4], place: usize, prefix: u32) {
        let whole = octets[place..].iter().all(|ranges| **ranges == [(0, 255)]);
        let below = 32 - 8 * place as u32;
        if whole && place > 0 {
            let last = prefix | ((1_u64 << below) - 1) as u32;
            return self.range(
                Ipv4Addr::from_bits(prefix).into(),
                Ipv4Addr::from_bits(last).into(),
            );
        }
        for (first, last) in octets[place] {
            let shift = below - 8;
            if place == 3 {
                let at = |octet: u8| Ipv4Addr::from_bits(prefix | u32::from(octet)).into();
                self.range(at(*first), at(*last));
                continue;
            }
            for octet in *first..=*last {
                let prefix = prefix | u32::from(octet) << shift;
                let end = prefix | ((1_u64 << shift) - 1) as u32;
                let near = self.set.is_ipv6() || self.meets(prefix.into(), end.into());
                if near && !self.overflown {
                    self.octets_from(octets, place + 1, prefix);
                }
            }
        }
    }

    /// Adds the ports of a rule.
    pub(super) fn ports(&mut self, first: u16, last: u16) {
        self.ports.push((first, last));
    }

    fn meets(&self, first: u128, last: u128) -> bool {
        let ranges = self.set.ranges();
        let next = ranges.partition_point(|(_, end)| *end < first);
        ranges.get(next).is_some_and(|(start, _)| *start <= last)
    }

    /// The set's addresses in ranges with one decision each. None if there are too many.
    pub(super) fn address_cells(&self) -> Option<Vec<(u128, u128)>> {
        let mut spoken: Vec<(u128, u128)> = self.v6.clone();
        let mut starts: Vec<u128> = Vec::new();
        if self.set.is_ipv6() {
            // An embedded IPv4 address is in the last 32 bits, unchanged or inverted (Teredo), or before them, where
            // all 2^32 addresses of a block have the same one.
            for block in self.blocks() {
                starts.push(block);
                // Where the IPv4 address ends in the first octet of those 32 bits (RFC 6052, a prefix of 64 bits).
                if block >> 80 == LOCAL_NAT64 {
                    starts.extend((1..=255_u128).map(|octet| block | octet << 24));
                }
                for (first, last) in ALIASES.iter().chain(&self.v4) {
                    let within = |first: u32, last: u32| {
                        (block | u128::from(first), block | u128::from(last))
                    };
                    spoken.extend([within(*first, *last), within(!*last, !*first)]);
                }
                if spoken.len() > 8 * MOST_CUTS {
                    return None;
                }
            }
        } else {
            let ranges = ALIASES.iter().chain(&self.v4);
            spoken.extend(ranges.map(|(first, last)| (u128::from(*first), u128::from(*last))));
        }
        for (first, last) in spoken {
            starts.push(first);
            starts.extend(last.checked_add(1));
        }
        starts.sort_unstable();
        starts.dedup();
        let mut cells = Vec::new();
        let mut next = 0;
        for (from, to) in self.set.ranges() {
            next += starts[next..].partition_point(|start| start <= from);
            let mut begin = *from;
            while let Some(start) = starts.get(next).filter(|start| *start <= to) {
                cells.push((begin, start - 1));
                begin = *start;
                next += 1;
            }
            cells.push((begin, *to));
        }
        (!self.overflown && cells.len() <= 2 * MOST_CUTS).then_some(cells)
    }

    /// The blocks of 2^32 IPv6 addresses that contain a part of the set. A range touches at most two.
    fn blocks(&self) -> Vec<u128> {
        let ranges = self.set.ranges().iter();
        let mut blocks: Vec<u128> = ranges
            .flat_map(|(from, to)| [from >> 32 << 32, to >> 32 << 32])
            .collect();
        blocks.dedup();
        blocks
    }

    /// The same for the ports; one range if there are none.
    pub(super) fn port_cells(&self) -> Vec<(u16, u16)> {
        let mut starts: Vec<u16> = self
            .ports
            .iter()
            .flat_map(|(first, last)| [Some(*first), last.checked_add(1)])
            .flatten()
            .collect();
        starts.sort_unstable();
        starts.dedup();
        if !self.set.has_ports() {
            return vec![(0, 0)];
        }
        let mut cells = Vec::new();
        for (from, to) in self.set.ports() {
            let mut begin = *from;
            for start in starts.iter().filter(|start| *start > from && *start <= to) {
                cells.push((begin, start - 1));
                begin = *start;
            }
            cells.push((begin, *to));
        }
        cells
    }
}
