//! Ethernet, cooked packets, tags of VLANs, ARP.

use std::net::Ipv4Addr;

use serde::Serialize;

use super::{Layer, half, ip, word};

/// Tags in a packet at most.
const MOST_TAGS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Ethernet {
    source: String,
    destination: String,
    /// EtherType, or the length.
    ethertype: u16,
}

/// struct sockaddr_ll in place of a header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Cooked {
    /// 0 for this machine, 1 broadcast, 2 multicast, 3 for another machine, 4 outgoing.
    kind: u16,
    hardware: u16,
    source: String,
    ethertype: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Vlan {
    id: u16,
    priority: u16,
    ethertype: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Arp {
    operation: u16,
    sender: String,
    sender_address: Ipv4Addr,
    target: String,
    target_address: Ipv4Addr,
}

fn mac(octets: &[u8]) -> String {
    let parts: Vec<String> = octets.iter().map(|octet| format!("{octet:02x}")).collect();
    parts.join(":")
}

pub(super) fn read(link: u32, octets: &[u8], layers: &mut Vec<Layer>) -> Option<()> {
    match link {
        1 => {
            let ethertype = half(octets, 12)?;
            layers.push(Layer::Ethernet(Ethernet {
                source: mac(octets.get(6..12)?),
                destination: mac(octets.get(..6)?),
                ethertype,
            }));
            network(ethertype, octets.get(14..)?, layers)
        }
        113 => {
            let ethertype = half(octets, 14)?;
            let length = usize::from(half(octets, 4)?).min(8);
            layers.push(Layer::Cooked(Cooked {
                kind: half(octets, 0)?,
                hardware: half(octets, 2)?,
                source: mac(octets.get(6..6 + length)?),
                ethertype,
                interface: None,
            }));
            network(ethertype, octets.get(16..)?, layers)
        }
        276 => {
            let ethertype = half(octets, 0)?;
            let length = usize::from(*octets.get(11)?).min(8);
            layers.push(Layer::Cooked(Cooked {
                kind: u16::from(*octets.get(10)?),
                hardware: half(octets, 8)?,
                source: mac(octets.get(12..12 + length)?),
                ethertype,
                interface: Some(word(octets, 4)?),
            }));
            network(ethertype, octets.get(20..)?, layers)
        }
        // The family, in the order of octets of the machine that captured, is not needed.
        0 | 108 => ip::read(octets.get(4..)?, layers),
        101 | 228 | 229 => ip::read(octets, layers),
        _ => None,
    }
}

fn network(ethertype: u16, octets: &[u8], layers: &mut Vec<Layer>) -> Option<()> {
    let (mut ethertype, mut octets) = (ethertype, octets);
    for _ in 0..MOST_TAGS {
        match ethertype {
            0x8100 | 0x88a8 | 0x9100 => {
                let tag = half(octets, 0)?;
                ethertype = half(octets, 2)?;
                layers.push(Layer::Vlan(Vlan {
                    id: tag & 0xfff,
                    priority: tag >> 13,
                    ethertype,
                }));
                octets = octets.get(4..)?;
            }
            0x0800 | 0x86dd => return ip::read(octets, layers),
            0x0806 => return arp(octets, layers),
            _ => return None,
        }
    }
    None
}

fn arp(octets: &[u8], layers: &mut Vec<Layer>) -> Option<()> {
    // Of Ethernet and IPv4.
    if word(octets, 0)? != 0x0001_0800 || half(octets, 4)? != 0x0604 {
        return None;
    }
    layers.push(Layer::Arp(Arp {
        operation: half(octets, 6)?,
        sender: mac(octets.get(8..14)?),
        sender_address: word(octets, 14)?.into(),
        target: mac(octets.get(18..24)?),
        target_address: word(octets, 24)?.into(),
    }));
    Some(())
}
