//! Addresses, and attributes that only some objects have, as the types of a change.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// An IPv4 or IPv6 address, as octets or groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IpAddress {
    /// Four octets.
    Ipv4((u8, u8, u8, u8)),
    /// Eight groups of 16 bits.
    Ipv6((u16, u16, u16, u16, u16, u16, u16, u16)),
}

impl From<IpAddress> for IpAddr {
    fn from(address: IpAddress) -> Self {
        match address {
            IpAddress::Ipv4((a, b, c, d)) => Ipv4Addr::new(a, b, c, d).into(),
            IpAddress::Ipv6((a, b, c, d, e, f, g, h)) => {
                Ipv6Addr::new(a, b, c, d, e, f, g, h).into()
            }
        }
    }
}

impl From<IpAddr> for IpAddress {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::Ipv4(address.octets().into()),
            IpAddr::V6(address) => Self::Ipv6(address.segments().into()),
        }
    }
}

/// A link-layer address, or what a tunnel has instead of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkAddress {
    /// Six octets, as in Ethernet.
    Mac((u8, u8, u8, u8, u8, u8)),
    /// Any other length, at most 32 octets.
    Other(Vec<u8>),
}

impl From<&[u8]> for LinkAddress {
    fn from(octets: &[u8]) -> Self {
        match *octets {
            [a, b, c, d, e, f] => Self::Mac((a, b, c, d, e, f)),
            _ => Self::Other(octets.to_vec()),
        }
    }
}

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeValue {
    /// The attribute is present and has no value.
    Flag,
    /// An unsigned number.
    Number(u64),
    /// A signed number.
    Signed(i64),
    /// A text.
    Text(String),
    /// An IPv4 or IPv6 address.
    Address(IpAddress),
    /// A link-layer address.
    LinkAddress(LinkAddress),
    /// A structure of the kernel, unchanged.
    Bytes(Vec<u8>),
}

/// An attribute that only some objects have. Its number determines the type of its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    /// The kernel's number. For a nested attribute: the number of the outer attribute × 65536 + its own.
    pub id: u32,
    /// Its value.
    pub value: AttributeValue,
}
