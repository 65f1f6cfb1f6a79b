//! Multicast addresses, which the kernel lists only in text files of proc(5).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::attribute::link_address;
use crate::bindings::nethost::cap::netlink as wit;
use nethost_kit::types::address_to;

/// The files of /proc/net, in the order in which their addresses are returned.
pub(super) const FILES: [&str; 3] = ["dev_mcast", "igmp", "igmp6"];

/// Parses the three files.
pub(super) fn parse([links, inet, inet6]: [&str; 3]) -> Vec<wit::MulticastAddress> {
    let mut found: Vec<_> = links.lines().filter_map(link).collect();
    let mut device = None;
    for line in inet.lines().skip(1) {
        let mut words = line.split_whitespace();
        if line.starts_with(|c: char| c.is_ascii_digit()) {
            let index = words.next().and_then(|index| index.parse().ok());
            device = index.zip(words.next());
        } else if let (Some((index, name)), Some(group), Some(users)) =
            (device, words.next(), words.next())
            && let (Ok(group), Ok(users)) = (u32::from_str_radix(group, 16), users.parse())
        {
            // In the file, the address is a number in the byte order of the machine.
            let group = Ipv4Addr::from(group.to_ne_bytes());
            found.push(address(index, name, group.into(), users));
        }
    }
    found.extend(inet6.lines().filter_map(group6));
    found
}

/// `2 eth0 1 0 333300000001`
fn link(line: &str) -> Option<wit::MulticastAddress> {
    let mut words = line.split_whitespace();
    let index = words.next()?.parse().ok()?;
    let name = words.next()?;
    let users = words.next()?.parse().ok()?;
    let permanent = words.next()? != "0";
    let octets = octets(words.next()?)?;
    Some(wit::MulticastAddress {
        index,
        name: name.into(),
        address: wit::AttributeValue::LinkAddress(link_address(&octets)),
        users,
        permanent,
    })
}

/// `2 eth0 ff020000000000000000000000000001 1 0000000C 0`
fn group6(line: &str) -> Option<wit::MulticastAddress> {
    let mut words = line.split_whitespace();
    let index = words.next()?.parse().ok()?;
    let name = words.next()?;
    let group = <[u8; 16]>::try_from(octets(words.next()?)?).ok()?;
    let users = words.next()?.parse().ok()?;
    Some(address(index, name, Ipv6Addr::from(group).into(), users))
}

fn address(index: u32, name: &str, group: IpAddr, users: u32) -> wit::MulticastAddress {
    wit::MulticastAddress {
        index,
        name: name.trim_end_matches(':').into(),
        address: wit::AttributeValue::Address(address_to(group)),
        users,
        permanent: false,
    }
}

fn octets(text: &str) -> Option<Vec<u8>> {
    let places = (0..text.len()).step_by(2);
    places
        .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
        .collect()
}
