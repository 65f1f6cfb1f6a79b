//! /etc/hosts (hosts(5)), which answers before DNS does.

use std::net::IpAddr;

use super::Family;

/// A name's addresses in /etc/hosts (hosts(5)), as the C library finds them: files before dns.
pub fn addresses_in_hosts(hosts: &str, name: &str, family: Family) -> Vec<IpAddr> {
    let wanted = |address: &IpAddr| match family {
        Family::Ipv4 => address.is_ipv4(),
        Family::Ipv6 => address.is_ipv6(),
        Family::Any => true,
    };
    let mut found = Vec::new();
    for line in hosts.lines() {
        let mut words = line
            .split('#')
            .next()
            .unwrap_or_default()
            .split_whitespace();
        let Some(Ok(address)) = words.next().map(str::parse::<IpAddr>) else {
            continue;
        };
        if wanted(&address)
            && words.any(|word| word.eq_ignore_ascii_case(name))
            && !found.contains(&address)
        {
            found.push(address);
        }
    }
    found
}

/// The first name of the first line for an address (hosts(5)): the canonical one. hickory keeps the
/// file's names in no order.
pub fn name_in_hosts(hosts: &str, address: IpAddr) -> Option<String> {
    hosts.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let matches = words.next()?.parse() == Ok(address);
        matches.then(|| words.next().map(Into::into))?
    })
}
