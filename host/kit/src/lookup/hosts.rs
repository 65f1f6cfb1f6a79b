//! /etc/hosts (hosts(5)), which is consulted before DNS.

use std::net::IpAddr;

use super::Family;
use nethost_core::{HostName, hosts::entries};

/// The addresses of a name in /etc/hosts (hosts(5)), as the C library finds them: files before dns.
pub fn addresses_in_hosts(hosts: &str, name: &HostName, family: Family) -> Vec<IpAddr> {
    let is_it = |known: &str| HostName::new(known).as_ref() == Some(name);
    let mut found = Vec::new();
    for (address, mut names) in entries(hosts) {
        if family.has(address) && names.any(is_it) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// The first name of the first line for an address (hosts(5)), which is the canonical name. hickory does not keep the
/// order of the names.
pub fn name_in_hosts(hosts: &str, address: IpAddr) -> Option<String> {
    entries(hosts)
        .filter(|(at, _)| *at == address)
        .find_map(|(_, mut names)| names.next().map(Into::into))
}
