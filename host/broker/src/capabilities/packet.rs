//! The requests of the capability `packet`: packets of one protocol on one interface.
//!
//! Descriptors that the broker passes to the runner, for docs/capabilities.md:
//!
//! | `packet.send` | none | the broker checks each packet against the permit, and sends it |
//! | `packet.spoof` | none | the same packets, for the client with this hardware address |
//! | `packet.receive` | a packet socket | cannot send: it is bound to no interface, and the runner has no call that
//!   takes an address. The filter accepts packets to this machine of the permitted interface, protocol and port; it
//!   is locked |

use nethost_core::{Capability, ObjectName, RequestPart, TargetKind};
#[cfg(test)]
use nethost_core::{Interface, Request, SocketKind, SocketRequest, Target};

/// `packet.send`.
pub struct PacketSend;

impl Capability for PacketSend {
    const NAME: &'static str = "packet.send";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Object, TargetKind::Endpoint];
    const OPS: &'static [&'static str] = &["sender.open"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `packet.receive`.
pub struct PacketReceive;

impl Capability for PacketReceive {
    const NAME: &'static str = "packet.receive";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Object, TargetKind::Listen];
    const OPS: &'static [&'static str] = &["receiver.open"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// `packet.spoof`: messages of DHCP for the client with another hardware address.
pub struct PacketSpoof;

impl Capability for PacketSpoof {
    const NAME: &'static str = "packet.spoof";
    const TARGETS: &'static [TargetKind] = &[TargetKind::Object];
    const OPS: &'static [&'static str] = &["sender.send"];
    const PARTS: &'static [RequestPart] = &[RequestPart::Socket];
}

/// The target of a request to receive router advertisements.
pub const ADVERTISEMENT: &str = "router-advertisement";

/// The one name of a hardware address, as requests and rules have it. None for one that is empty or too long for a
/// message of DHCP.
pub fn hardware_name(address: &[u8]) -> Option<ObjectName> {
    if address.is_empty() || address.len() > 16 {
        return None;
    }
    let octets = address.iter().map(|octet| format!("-{octet:02x}"));
    ObjectName::new(&format!("hardware{}", octets.collect::<String>()))
}

/// EtherTypes with a name (linux/if_ether.h).
const NAMES: &[(u16, &str)] = &[
    (IPV4, "ipv4"),
    (ARP, "arp"),
    (0x8035, "rarp"),
    (IPV6, "ipv6"),
    (0x88cc, "lldp"),
];

/// The EtherType of ARP.
pub(crate) const ARP: u16 = 0x0806;
/// The EtherTypes of IP.
pub const IPV4: u16 = 0x0800;
/// See [`IPV4`].
pub const IPV6: u16 = 0x86dd;

/// Tags of VLANs (IEEE 802.1Q, 802.1ad and older ones) are no protocols: behind them is any other EtherType, and a tag of
/// no VLAN is heeded as if it were not there.
const TAGS: [u16; 5] = [0x8100, 0x88a8, 0x9100, 0x9200, 0x9300];

/// Lower numbers are lengths of frames, or protocols that only the kernel knows, such as ETH_P_ALL.
const LEAST: u16 = 0x0600;

/// The one name of an EtherType, as requests and rules have it. None for a number that is no EtherType.
pub fn ether_type_name(number: u16) -> Option<ObjectName> {
    let named = NAMES.iter().find(|(named, _)| *named == number);
    match named {
        _ if number < LEAST || TAGS.contains(&number) => None,
        Some((_, name)) => ObjectName::new(name),
        None => ObjectName::new(&format!("ethertype-{number:04x}")),
    }
}

/// The EtherType with this name.
pub(crate) fn ether_type(name: &ObjectName) -> Option<u16> {
    let named = NAMES.iter().find(|(_, named)| *named == name.as_str());
    let number = match (named, name.as_str().strip_prefix("ethertype-")) {
        (Some((number, _)), _) => *number,
        (None, Some(digits)) => u16::from_str_radix(digits, 16).ok()?,
        (None, None) => return None,
    };
    (ether_type_name(number).as_ref() == Some(name)).then_some(number)
}

/// Requests for the tests of the operations.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) fn examples() -> Vec<(&'static str, Request)> {
    // As the kernel describes the loopback interface.
    let lo = || Some(Interface::found(1, "lo", Vec::new()).unwrap());
    let arp = || Target::Object(ether_type_name(ARP).unwrap());
    let socket = SocketRequest {
        source: Some("0.0.0.0:6868".parse().unwrap()),
        ..SocketRequest::new(SocketKind::Udp)
    };
    let server = Target::remote([127, 0, 0, 1].into(), Some(6767));
    let client = Target::listen("0.0.0.0:6868".parse().unwrap());
    let advertisement = Target::Object(ObjectName::new(ADVERTISEMENT).unwrap());
    let another = Target::Object(hardware_name(&[2, 0, 0, 0, 0, 9]).unwrap());
    vec![
        (
            PacketSend::NAME,
            Request::new("sender.open", arp()).on_interface(lo()),
        ),
        (
            PacketSend::NAME,
            Request::new("sender.open", server)
                .on_interface(lo())
                .with_socket(socket),
        ),
        (
            PacketReceive::NAME,
            Request::new("receiver.open", arp()).on_interface(lo()),
        ),
        (
            PacketReceive::NAME,
            Request::new("receiver.open", client).on_interface(lo()),
        ),
        (
            PacketReceive::NAME,
            Request::new("receiver.open", advertisement).on_interface(lo()),
        ),
        (
            PacketSpoof::NAME,
            Request::new("sender.send", another).on_interface(lo()),
        ),
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_ether_type_has_one_name() {
        for number in 0..=u16::MAX {
            let name = ether_type_name(number);
            let is_one = number >= LEAST && !TAGS.contains(&number);
            assert_eq!(name.is_some(), is_one, "{number:#x}");
            if let Some(name) = name {
                assert_eq!(ether_type(&name), Some(number));
            }
        }
        for other in [
            "",
            "ARP",
            ADVERTISEMENT,
            "hardware-02-00-00-00-00-09",
            "ethertype-",
            "ethertype-0806",
            "ethertype-88CC",
            "ethertype-88b5 ",
            "ethertype-+8b5",
            "ethertype-088b5",
            "ethertype-0003",
            "ethertype-8100",
            "ethertype-88a8",
            "all",
        ] {
            let name = ObjectName::new(other).unwrap();
            assert_eq!(ether_type(&name), None, "{other:?}");
        }
    }
}
