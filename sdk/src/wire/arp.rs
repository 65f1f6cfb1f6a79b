//! ARP (RFC 826) between Ethernet and IPv4.

use std::net::Ipv4Addr;

use super::ethernet::Address;

pub use etherparse::{
    ArpEthIpv4Packet as Packet, ArpHardwareId as HardwareType, ArpOperation as Operation,
    ArpPacketSlice as View,
};

/// Who has `wanted`? Tell `sender`.
///
/// ```
/// use nethost_sdk::wire::arp::{Operation, View, request};
/// use nethost_sdk::wire::ethernet::Address;
/// let packet = request(Address([2, 0, 0, 0, 0, 1]), [192, 0, 2, 1].into(), [192, 0, 2, 2].into());
/// let bytes = packet.to_bytes();
/// let view = View::from_slice(&bytes).unwrap();
/// assert_eq!(view.operation(), Operation::REQUEST);
/// assert_eq!(view.target_protocol_addr(), [192, 0, 2, 2]);
/// assert!(View::from_slice(&bytes[..27]).is_err());
/// ```
pub fn request(sender: Address, sender_address: Ipv4Addr, wanted: Ipv4Addr) -> Packet {
    Packet {
        operation: Operation::REQUEST,
        sender_mac: sender.0,
        sender_ipv4: sender_address.octets(),
        target_mac: [0; 6],
        target_ipv4: wanted.octets(),
    }
}
