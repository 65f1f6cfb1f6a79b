//! Reads the entries from the kernel, or from /proc/net/arp if that is denied.

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::netlink::{
    Failure, LinkQuery, Namespace, Neighbour, NeighbourQuery, ip as address_of, octets,
};
use nethost_sdk::wire::ethernet;
use nethost_sdk::{Error, files};
use serde::Serialize;

const INET: u8 = 2;
/// NUD_PERMANENT, NUD_NOARP, and those that have an address.
const PERMANENT: u16 = 0x80;
const NOARP: u16 = 0x40;
const VALID: u16 = 0x02 | 0x04 | 0x08 | 0x10 | PERMANENT;
/// NTF_PROXY.
const PROXY: u32 = 8;
/// ATF_… of arp(7), as in the file.
const COMPLETE: u32 = 2;
const FILE_PERMANENT: u32 = 4;
const PUBLISHED: u32 = 8;

/// One line of the cache.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Entry {
    pub(crate) address: Ipv4Addr,
    /// None if it is unknown, or if the address of the interface is published.
    pub(crate) hwaddress: Option<String>,
    pub(crate) permanent: bool,
    pub(crate) published: bool,
    pub(crate) interface: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
}

/// All entries, with published ones last.
pub(crate) fn all() -> Result<Vec<Entry>, String> {
    match from_kernel() {
        Err(Failure::Refused(Error::Denied(denial))) => match files::read("/proc/net/arp") {
            Ok(text) => Ok(from_file(&String::from_utf8_lossy(&text))),
            Err(_) => Err(denial.to_string()),
        },
        Err(error) => Err(error.to_string()),
        Ok(entries) => Ok(entries),
    }
}

fn from_kernel() -> Result<Vec<Entry>, Failure> {
    let kernel = Namespace::open(None).map_err(Failure::Refused)?;
    let links = kernel.links(LinkQuery::default())?.all()?;
    let name = |index| {
        let link = links.iter().find(|link| link.index == index);
        link.map_or_else(|| format!("if{index}"), |link| link.name.clone())
    };
    let mut entries = Vec::new();
    for proxies in [false, true] {
        let query = NeighbourQuery {
            family: INET,
            proxies,
            ..NeighbourQuery::default()
        };
        let neighbours = kernel.neighbours(query)?.all()?;
        entries.extend(neighbours.iter().filter_map(|n| entry(n, &name)));
    }
    Ok(entries)
}

fn entry(neighbour: &Neighbour, name: &impl Fn(u32) -> String) -> Option<Entry> {
    let IpAddr::V4(address) = address_of(neighbour.destination?) else {
        return None;
    };
    let published = neighbour.flags & PROXY != 0;
    if !published && neighbour.state & NOARP != 0 {
        return None;
    }
    let known = neighbour.state & VALID != 0;
    Some(Entry {
        address,
        hwaddress: neighbour
            .link_address
            .as_ref()
            .filter(|_| known)
            .map(|address| ethernet::octets(&octets(address))),
        permanent: published || neighbour.state & PERMANENT != 0,
        published,
        interface: name(neighbour.index),
        name: None,
    })
}

/// `10.0.0.6 0x1 0x2 02:00:00:00:00:06 * eth0`
fn from_file(text: &str) -> Vec<Entry> {
    let line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [address, _, flags, hwaddress, _, interface] = words[..] else {
            return None;
        };
        let flags = u32::from_str_radix(flags.trim_start_matches("0x"), 16).ok()?;
        Some(Entry {
            address: address.parse().ok()?,
            hwaddress: (flags & COMPLETE != 0).then(|| hwaddress.to_owned()),
            permanent: flags & FILE_PERMANENT != 0,
            published: flags & PUBLISHED != 0,
            interface: interface.to_owned(),
            name: None,
        })
    };
    text.lines().skip(1).filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::from_file;

    #[test]
    fn the_file_is_read_as_proc_has_it() {
        let entries = from_file(
            "IP address HW type Flags HW address Mask Device\n\
             10.0.0.6 0x1 0x2 02:00:00:00:00:06 * v0\n\
             10.0.0.9 0x1 0x0 00:00:00:00:00:00 * v0\n\
             10.0.0.8 0x1 0xc 00:00:00:00:00:00 * v0\n\
             nonsense\n",
        );
        assert_eq!(entries.len(), 3);
        assert_eq!(entries[0].hwaddress.as_deref(), Some("02:00:00:00:00:06"));
        assert!(entries[1].hwaddress.is_none() && !entries[1].published);
        assert!(entries[2].published && entries[2].permanent);
    }
}
