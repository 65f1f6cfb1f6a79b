//! UDP (RFC 768).

use std::net::IpAddr;

use super::{IpNumber, checksum};

pub use etherparse::{UdpHeader as Header, UdpSlice as View};

/// A datagram with its length and checksum, for raw sockets and frames; none when the addresses are of two families, or
/// the payload is too long.
///
/// ```
/// use nethost_sdk::wire::udp;
/// let (source, destination) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
/// let datagram = udp::emit(68, 67, source, destination, b"discover").unwrap();
/// let view = udp::View::from_slice(&datagram).unwrap();
/// assert_eq!((view.source_port(), view.length(), view.payload()), (68, 16, &b"discover"[..]));
/// ```
pub fn emit(
    source_port: u16,
    destination_port: u16,
    source: IpAddr,
    destination: IpAddr,
    payload: &[u8],
) -> Option<Vec<u8>> {
    let length = u16::try_from(payload.len() + Header::LEN).ok()?;
    let mut header = Header {
        source_port,
        destination_port,
        length,
        checksum: 0,
    };
    let mut datagram = [&header.to_bytes(), payload].concat();
    let sum = checksum::transport(source, destination, IpNumber::UDP, &datagram)?;
    // 0 says that there is none.
    header.checksum = if sum == 0 { u16::MAX } else { sum };
    datagram[..Header::LEN].copy_from_slice(&header.to_bytes());
    Some(datagram)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_both_families() {
        for (source, destination) in [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")] {
            let (source, destination) = (source.parse().unwrap(), destination.parse().unwrap());
            let datagram = emit(40_000, 53, source, destination, b"odd").unwrap();
            let sum = checksum::transport(source, destination, IpNumber::UDP, &datagram);
            assert_eq!(sum, Some(0));
        }
        let mixed = emit(
            1,
            2,
            "192.0.2.1".parse().unwrap(),
            "::1".parse().unwrap(),
            b"",
        );
        assert_eq!(mixed, None);
        let local = "127.0.0.1".parse().unwrap();
        assert_eq!(emit(1, 2, local, local, &[0; 65_528]), None);
    }
}
