//! Parses the set of a record: its members, and which of them were allowed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, IpSubnets, Ipv4Subnets, Ipv6Subnets};

use super::record::{Kind, Part, Record, Target, TargetKind};

/// Addresses and ports, first and last of each range.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members {
    /// Of addresses, ascending.
    pub ranges: Vec<(IpAddr, IpAddr)>,
    /// Ranges of ports, ascending. Empty if there are none, or if all are meant.
    pub ports: Vec<(u16, u16)>,
}

impl Members {
    /// Parses the texts of a record. None if they are malformed.
    pub fn read(addresses: &str, ports: Option<&str>) -> Option<Self> {
        let ranges = addresses.split(',').map(range);
        let ports = ports.map_or(Some(Vec::new()), |ports| {
            ports.split(',').map(port_range).collect()
        });
        Some(Self {
            ranges: ranges.collect::<Option<_>>()?,
            ports: ports?,
        })
    }

    /// What a target is, if it is a set.
    pub fn of(target: &Target<'_>) -> Option<Self> {
        if target.kind != TargetKind::Set {
            return None;
        }
        match target.resolved.split_once(" port ") {
            Some((addresses, ports)) => Self::read(addresses, Some(ports)),
            None => Self::read(&target.resolved, None),
        }
    }

    /// Whether any of its addresses is in a network.
    pub fn touch(&self, network: &IpNet) -> bool {
        let (low, high) = (network.network(), network.broadcast());
        self.ranges
            .iter()
            .any(|(first, last)| first.is_ipv4() == low.is_ipv4() && *first <= high && low <= *last)
    }

    /// Its addresses as networks.
    pub fn networks(&self) -> Vec<IpNet> {
        let ranges = self.ranges.iter();
        ranges
            .flat_map(|range| match *range {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    Some(IpSubnets::from(Ipv4Subnets::new(first, last, 0)))
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    Some(IpSubnets::from(Ipv6Subnets::new(first, last, 0)))
                }
                _ => None,
            })
            .flatten()
            .collect()
    }

    /// Without these addresses.
    fn without(&mut self, others: &[(IpAddr, IpAddr)]) {
        for (from, to) in others {
            let mut rest = Vec::new();
            for (first, last) in self.ranges.drain(..) {
                if last < *from || *to < first {
                    rest.push((first, last));
                    continue;
                }
                if first < *from {
                    rest.extend(step(*from, false).map(|end| (first, end)));
                }
                if *to < last {
                    rest.extend(step(*to, true).map(|begin| (begin, last)));
                }
            }
            self.ranges = rest;
        }
    }
}

/// Adds the contents of `except` records to the record of the decision, which follows them.
#[derive(Debug, Default)]
pub struct Exceptions(HashMap<(String, u64), Vec<Part>>);

impl Exceptions {
    /// A log's records in their order go through this.
    #[must_use]
    pub fn joined<'a>(&mut self, mut record: Record<'a>) -> Record<'a> {
        let Some(handle) = record.handle else {
            return record;
        };
        let access = (record.run.to_string(), handle);
        match record.event {
            Kind::Except => {
                let parts = self.0.entry(access).or_default();
                parts.extend(record.except.iter().cloned());
            }
            Kind::Open | Kind::Denied => {
                if let Some(mut parts) = self.0.remove(&access) {
                    parts.extend(record.except.iter().cloned());
                    record.except = Cow::Owned(parts);
                }
            }
            _ => {}
        }
        record
    }
}

/// The allowed part of a set in an `open` record, one entry for each range of ports with the same addresses.
pub fn allowed(record: &Record<'_>) -> Option<Vec<Members>> {
    let all = Members::of(record.target.as_ref()?)?;
    let except = record.except.iter();
    let except: Vec<Members> = except
        .map(|part| Members::read(&part.addresses, part.ports.as_deref()))
        .collect::<Option<_>>()?;
    let mut cells: Vec<Option<(u16, u16)>> = Vec::new();
    if all.ports.is_empty() {
        cells.push(None);
    }
    let cuts = except.iter().flat_map(|part| &part.ports);
    let mut starts: Vec<u32> = cuts
        .flat_map(|(first, last)| [u32::from(*first), u32::from(*last) + 1])
        .collect();
    starts.sort_unstable();
    for (first, last) in &all.ports {
        let mut begin = *first;
        for start in &starts {
            if let Ok(start) = u16::try_from(*start)
                && begin < start
                && start <= *last
            {
                cells.push(Some((begin, start - 1)));
                begin = start;
            }
        }
        cells.push(Some((begin, *last)));
    }
    let within = |part: &Members, cell: Option<(u16, u16)>| {
        part.ports.is_empty()
            || cell.is_some_and(|(port, _)| {
                part.ports
                    .iter()
                    .any(|(first, last)| (first..=last).contains(&&port))
            })
    };
    let allowed = cells.into_iter().map(|cell| {
        let mut members = Members {
            ranges: all.ranges.clone(),
            ports: cell.into_iter().collect(),
        };
        for part in except.iter().filter(|part| within(part, cell)) {
            members.without(&part.ranges);
        }
        members
    });
    Some(
        allowed
            .filter(|members| !members.ranges.is_empty())
            .collect(),
    )
}

fn range(text: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = text.split_once('-') {
        return Some((first.parse().ok()?, last.parse().ok()?));
    }
    if let Ok(network) = text.parse::<IpNet>() {
        return Some((network.network(), network.broadcast()));
    }
    let address = text.parse().ok()?;
    Some((address, address))
}

fn port_range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    Some((first.parse().ok()?, last.parse().ok()?))
}

/// The next address, or the one before.
fn step(address: IpAddr, up: bool) -> Option<IpAddr> {
    match address {
        IpAddr::V4(v4) => {
            let bits = v4.to_bits();
            let bits = if up {
                bits.checked_add(1)
            } else {
                bits.checked_sub(1)
            };
            bits.map(|bits| Ipv4Addr::from_bits(bits).into())
        }
        IpAddr::V6(v6) => {
            let bits = v6.to_bits();
            let bits = if up {
                bits.checked_add(1)
            } else {
                bits.checked_sub(1)
            };
            bits.map(|bits| Ipv6Addr::from_bits(bits).into())
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_set_is_read_as_it_was_written() {
        let members =
            Members::read("10.0.0.0/30,10.0.0.9,10.0.1.1-10.0.1.6", Some("22,80-90")).unwrap();
        assert_eq!(members.ports, [(22, 22), (80, 90)]);
        let networks: Vec<_> = members.networks().iter().map(ToString::to_string).collect();
        assert_eq!(
            networks,
            [
                "10.0.0.0/30",
                "10.0.0.9/32",
                "10.0.1.1/32",
                "10.0.1.2/31",
                "10.0.1.4/31",
                "10.0.1.6/32"
            ]
        );
        assert!(members.touch(&"10.0.1.0/29".parse().unwrap()));
        assert!(!members.touch(&"10.0.0.4/30".parse().unwrap()));
        assert_eq!(Members::read("10.0.0.1,what", None), None);
    }

    #[test]
    fn what_is_excepted_was_not_allowed() {
        let mut members = Members::read("10.0.0.0/24", None).unwrap();
        let holes = ["10.0.0.0-10.0.0.9", "10.0.0.100", "10.0.0.250-10.0.1.9"];
        members.without(&holes.map(|hole| range(hole).unwrap()));
        let left = Members::read("10.0.0.10-10.0.0.99,10.0.0.101-10.0.0.249", None).unwrap();
        assert_eq!(members, left);
    }
}
