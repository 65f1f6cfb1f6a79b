//! DHCP messages in UDP and IPv4, as they are on a link on which the client has no address yet.

use std::net::{IpAddr, Ipv4Addr};

use nethost_sdk::wire::{IpNumber, checksum, ipv4, udp};

use crate::v4::message::Message;

/// A message with its headers.
pub(crate) fn emit(
    message: &Message,
    ports: (u16, u16),
    source: Ipv4Addr,
    destination: Ipv4Addr,
) -> Option<Vec<u8>> {
    let (from, to) = (IpAddr::V4(source), IpAddr::V4(destination));
    let datagram = udp::emit(ports.0, ports.1, from, to, &message.emit())?;
    let length = u16::try_from(datagram.len()).ok()?;
    let mut header = ipv4::Header::new(
        length,
        128,
        IpNumber::UDP,
        source.octets(),
        destination.octets(),
    )
    .ok()?;
    header.header_checksum = header.calc_header_checksum();
    Some([&header.to_bytes()[..], &datagram].concat())
}

/// The payload and the source of a received packet. None if a checksum is wrong; one that the sender's machine has left
/// to its network card (`pending`) is not looked at.
pub(crate) fn parse(packet: &[u8], pending: bool) -> Option<(Ipv4Addr, &[u8])> {
    let header = ipv4::HeaderView::from_slice(packet).ok()?;
    let total = usize::from(header.total_len());
    // Short frames are filled up.
    let packet = packet.get(..total)?;
    let head = packet.get(..header.slice().len())?;
    if checksum::internet(&[head]) != 0 || header.is_fragmenting_payload() {
        return None;
    }
    let datagram = packet.get(head.len()..)?;
    let view = udp::View::from_slice(datagram).ok()?;
    let (from, to) = (header.source_addr(), header.destination_addr());
    let whole = datagram.get(..usize::from(view.length()))?;
    if !pending && view.checksum() != 0 {
        let sum = checksum::transport(from.into(), to.into(), IpNumber::UDP, whole)?;
        if sum != 0 {
            return None;
        }
    }
    Some((from, whole.get(8..)?))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::v4::message::Kind;

    #[test]
    fn a_packet_is_read_as_it_was_written() {
        let message = Message::of_client(Kind::DISCOVER, 1, &[2, 0, 0, 0, 0, 1], 7);
        let server = Ipv4Addr::new(10, 0, 0, 2);
        let packet = emit(&message, (67, 68), server, Ipv4Addr::BROADCAST).unwrap();
        let (from, payload) = parse(&packet, false).unwrap();
        assert_eq!((from, Message::parse(payload)), (server, Ok(message)));
        let filled = [&packet[..], &[0; 9]].concat();
        assert_eq!(parse(&filled, false), parse(&packet, false));
        // A wrong checksum of UDP is borne if it is not computed yet.
        let mut wrong = packet.clone();
        wrong[40] ^= 1;
        assert_eq!(parse(&wrong, false), None);
        assert!(parse(&wrong, true).is_some());
        let mut wrong = packet.clone();
        wrong[12] ^= 1;
        assert_eq!(parse(&wrong, true), None);
        for cut in 0..packet.len() {
            assert_eq!(parse(&packet[..cut], true), None);
        }
    }
}
