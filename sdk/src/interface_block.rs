//! The block of lines about an interface, or the label of an address that looks like one (`eth0:1`), that net-tools prints:
//! for `ifconfig` and `netstat -ie`.

mod form;
pub mod hardware;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::Serialize;

use crate::interface_table::{Counts as TableCounts, Row, order};
use crate::netlink::{Address, Link, LinkStatistics, ip, octets};

pub use form::flag_names;

/// IFF_UP.
pub const UP: u32 = 0x1;
/// IFF_BROADCAST.
pub const BROADCAST: u32 = 0x2;
/// IFF_POINTOPOINT.
pub const POINT_TO_POINT: u32 = 0x10;
/// Newer flags of the kernel are not in the 16 bits that net-tools sees.
const OLD: u32 = 0xffff;

/// The address of IPv4.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub struct Inet {
    pub address: Ipv4Addr,
    pub netmask: Ipv4Addr,
    pub broadcast: Ipv4Addr,
    pub destination: Ipv4Addr,
}

/// An address of IPv6.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub struct Inet6 {
    pub address: Ipv6Addr,
    pub prefix_length: u8,
    /// The kernel's bits of its scope: 0 global, 0x20 link, 0x10 host, 0x40 site.
    pub scope: u8,
}

/// What it has carried, as /proc/net/dev adds it up.
#[derive(Clone, Debug, Default, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub struct Counts {
    pub rx_packets: u64,
    pub rx_bytes: u64,
    pub rx_errors: u64,
    pub rx_dropped: u64,
    pub rx_fifo_errors: u64,
    pub rx_frame_errors: u64,
    pub rx_compressed: u64,
    pub tx_packets: u64,
    pub tx_bytes: u64,
    pub tx_errors: u64,
    pub tx_dropped: u64,
    pub tx_fifo_errors: u64,
    pub tx_carrier_errors: u64,
    pub tx_compressed: u64,
    pub collisions: u64,
}

impl From<&LinkStatistics> for Counts {
    fn from(s: &LinkStatistics) -> Self {
        Self {
            rx_packets: s.rx_packets,
            rx_bytes: s.rx_bytes,
            rx_errors: s.rx_errors,
            rx_dropped: s.rx_dropped + s.rx_missed_errors,
            rx_fifo_errors: s.rx_fifo_errors,
            rx_frame_errors: s.rx_length_errors
                + s.rx_over_errors
                + s.rx_crc_errors
                + s.rx_frame_errors,
            rx_compressed: s.rx_compressed,
            tx_packets: s.tx_packets,
            tx_bytes: s.tx_bytes,
            tx_errors: s.tx_errors,
            tx_dropped: s.tx_dropped,
            tx_fifo_errors: s.tx_fifo_errors,
            tx_carrier_errors: s.tx_carrier_errors
                + s.tx_aborted_errors
                + s.tx_window_errors
                + s.tx_heartbeat_errors,
            tx_compressed: s.tx_compressed,
            collisions: s.collisions,
        }
    }
}

/// All that is shown of one.
#[derive(Clone, Debug, Serialize, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs)]
pub struct Interface {
    pub name: String,
    pub flags: u32,
    pub mtu: u32,
    pub inet: Option<Inet>,
    pub inet6: Vec<Inet6>,
    /// ARPHRD_….
    pub hardware: u16,
    #[serde(skip)]
    pub octets: Vec<u8>,
    pub queue_length: Option<u32>,
    pub counts: Option<Counts>,
}

impl Interface {
    /// IFF_UP.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.flags & UP != 0
    }

    /// The line of `-s`.
    #[must_use]
    pub fn row(&self) -> Row {
        Row {
            name: self.name.clone(),
            mtu: self.mtu,
            flags: self.flags,
            counts: self.counts.as_ref().map(|counts| TableCounts {
                rx_ok: counts.rx_packets,
                rx_err: counts.rx_errors,
                rx_drp: counts.rx_dropped,
                rx_ovr: counts.rx_fifo_errors,
                tx_ok: counts.tx_packets,
                tx_err: counts.tx_errors,
                tx_drp: counts.tx_dropped,
                tx_ovr: counts.tx_fifo_errors,
            }),
        }
    }
}

/// The mask of a prefix.
#[must_use]
pub fn mask(length: u8) -> Ipv4Addr {
    let host = u32::MAX.checked_shr(length.into()).unwrap_or_default();
    (!host).into()
}

fn v4(address: Option<IpAddr>) -> Ipv4Addr {
    match address {
        Some(IpAddr::V4(address)) => address,
        _ => Ipv4Addr::UNSPECIFIED,
    }
}

fn inet(address: &Address) -> Inet {
    Inet {
        address: v4(address.local.map(ip)),
        netmask: mask(address.prefix_length),
        broadcast: v4(address.broadcast.map(ip)),
        destination: v4(address.peer.map(ip)),
    }
}

/// The first address with this label, which is the one that ioctl(2) finds.
#[must_use]
pub fn labelled<'a>(addresses: &'a [Address], index: u32, label: &str) -> Option<&'a Address> {
    addresses
        .iter()
        .find(|address| address.index == index && address.label.as_deref() == Some(label))
}

/// A link, or a label of one of its addresses, with the text of /proc/net/if_inet6.
#[must_use]
pub fn interface(name: &str, link: &Link, addresses: &[Address], file: &str) -> Interface {
    let is_link = name == link.name;
    let statistics = link.statistics.as_ref().filter(|_| is_link);
    Interface {
        name: name.to_owned(),
        flags: link.flags & OLD,
        mtu: link.mtu,
        inet: labelled(addresses, link.index, name).map(inet),
        inet6: inet6(file, name),
        hardware: link.link_type,
        octets: link.address.as_ref().map(octets).unwrap_or_default(),
        queue_length: link.queue_length,
        counts: statistics.map(Counts::from),
    }
}

/// The addresses of /proc/net/if_inet6 that belong to the interface, in the file's order.
fn inet6(file: &str, name: &str) -> Vec<Inet6> {
    let line = |line: &str| -> Option<Inet6> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [address, _, length, scope, _, device] = words.as_slice() else {
            return None;
        };
        (*device == name).then_some(())?;
        Some(Inet6 {
            address: u128::from_str_radix(address, 16).ok()?.into(),
            prefix_length: u8::from_str_radix(length, 16).ok()?,
            scope: u8::from_str_radix(scope, 16).ok()?,
        })
    };
    file.lines().filter_map(line).collect()
}

/// All links and labels, in the order of their names, with the text of /proc/net/if_inet6.
#[must_use]
pub fn interfaces(links: &[Link], addresses: &[Address], file: &str) -> Vec<Interface> {
    let mut all = Vec::with_capacity(links.len());
    for link in links {
        all.push(interface(&link.name, link, addresses, file));
    }
    let by_index = |index| links.iter().find(|link| link.index == index);
    for address in addresses {
        let link = by_index(address.index);
        if let (Some(link), Some(label)) = (link, &address.label)
            && *label != link.name
        {
            all.push(interface(label, link, addresses, file));
        }
    }
    all.sort_by(|one, other| order(&one.name, &other.name));
    all.dedup_by(|one, other| one.name == other.name);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_ipv6_are_read_from_the_file() {
        let file = "fe8000000000000000fc00fffe000001 04 40 20 80     eth0\nnonsense\n\
                    fd000000000000000000000000000002 04 40 00 82     eth0\n\
                    00000000000000000000000000000001 01 80 10 80       lo\n";
        let found = inet6(file, "eth0");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].scope, found[1].prefix_length), (0x20, 64));
        assert_eq!(mask(1).to_string(), "128.0.0.0");
        assert_eq!(mask(0), Ipv4Addr::UNSPECIFIED);
        assert_eq!(mask(32), Ipv4Addr::BROADCAST);
    }
}
