//! The Internet checksum (RFC 1071).

use std::net::IpAddr;

use etherparse::checksum::Sum16BitWords;

use super::IpNumber;

/// The checksum over parts that follow each other, each of even length but the last. Over a message that holds its
/// checksum it is 0.
///
/// ```
/// use nethost_sdk::wire::checksum::internet;
/// let echo_request = [8, 0, 0, 0, 0x12, 0x34, 0, 1];
/// assert_eq!(internet(&[&echo_request]), 0xe5ca);
/// assert_eq!(internet(&[&[8, 0, 0xe5, 0xca, 0x12, 0x34, 0, 1]]), 0);
/// ```
pub fn internet(parts: &[&[u8]]) -> u16 {
    let sum = parts
        .iter()
        .fold(Sum16BitWords::new(), |sum, part| sum.add_slice(part));
    sum.ones_complement().to_be()
}

/// The checksum of a transport's message: that of the pseudo-header (RFC 9293 section 3.1, RFC 8200 section 8.1)
/// and the message. None when the addresses are of two families.
pub fn transport(
    source: IpAddr,
    destination: IpAddr,
    protocol: IpNumber,
    message: &[u8],
) -> Option<u16> {
    let [a, b, c, d] = u32::try_from(message.len()).ok()?.to_be_bytes();
    let length_and_protocol = [a, b, c, d, 0, 0, 0, protocol.0];
    Some(match (source, destination) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            internet(&[&from.octets(), &to.octets(), &length_and_protocol, message])
        }
        (IpAddr::V6(from), IpAddr::V6(to)) => {
            internet(&[&from.octets(), &to.octets(), &length_and_protocol, message])
        }
        _ => return None,
    })
}
