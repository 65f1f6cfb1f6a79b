//! IPv6 (RFC 8200).

use super::IpNumber;

pub use etherparse::{
    Ipv6ExtensionsSlice as ExtensionsView, Ipv6FlowLabel as FlowLabel, Ipv6Header as Header,
    Ipv6HeaderSlice as HeaderView, Ipv6Slice as View,
};

/// What follows the header and its extension headers, and of which protocol it is; none where they are not whole, or the
/// packet is a fragment but the first.
///
/// ```
/// use nethost_sdk::wire::{IpNumber, ipv6};
/// let header = ipv6::Header { payload_length: 3, next_header: IpNumber::UDP, ..Default::default() };
/// let packet = [&header.to_bytes()[..], b"abc"].concat();
/// assert_eq!(ipv6::payload(&packet), Some((IpNumber::UDP, &b"abc"[..])));
/// assert_eq!(ipv6::payload(&packet[..39]), None);
/// ```
pub fn payload(packet: &[u8]) -> Option<(IpNumber, &[u8])> {
    let payload = View::from_slice(packet).ok()?.payload().clone();
    (!payload.fragmented).then_some((payload.ip_number, payload.payload))
}
