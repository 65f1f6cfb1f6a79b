//! Packets that bring their own IP header.

use std::net::IpAddr;

use crate::capability::types::{ErrorCode, invalid};

/// A header must say what the gate was told.
pub fn check_header(packet: &[u8], remote: IpAddr) -> Result<(), ErrorCode> {
    let shortest = if remote.is_ipv6() { 40 } else { 20 };
    let version = packet.first().map(|byte| byte >> 4);
    if packet.len() < shortest || version != Some(if remote.is_ipv6() { 6 } else { 4 }) {
        return Err(invalid(format!(
            "the packet does not begin with an IP header of its remote's family ({remote})"
        )));
    }
    let (destination, declared) = match remote {
        IpAddr::V4(address) => (
            packet[16..20] == address.octets(),
            usize::from(u16::from_be_bytes([packet[2], packet[3]])),
        ),
        IpAddr::V6(address) => (
            packet[24..40] == address.octets(),
            40 + usize::from(u16::from_be_bytes([packet[4], packet[5]])),
        ),
    };
    if !destination {
        return Err(invalid(format!(
            "the destination in the packet's header is not its remote, {remote}"
        )));
    }
    // The kernel writes an IPv4 packet's total length itself (raw(7)), so 0 is fine there.
    if declared != packet.len() && !(remote.is_ipv4() && declared == 0) {
        return Err(invalid(format!(
            "the packet's header says {declared} bytes, the packet has {}",
            packet.len()
        )));
    }
    Ok(())
}
