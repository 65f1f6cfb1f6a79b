//! ARP packets (RFC 826) for hardware addresses of any length.

use std::net::Ipv4Addr;

/// The EtherType of IPv4, and ARPHRD_FDDI, which uses the number of Ethernet.
const IPV4: u16 = 0x0800;
const FDDI: u16 = 774;
const ETHERNET: u16 = 1;

/// ARPOP_REQUEST and ARPOP_REPLY.
pub(crate) const REQUEST: u16 = 1;
pub(crate) const REPLY: u16 = 2;

/// The hardware type in a packet, for a type of interface.
pub(crate) fn hardware_type(of: u16) -> u16 {
    if of == FDDI { ETHERNET } else { of }
}

/// A packet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Arp<'a> {
    pub(crate) hardware_type: u16,
    pub(crate) operation: u16,
    pub(crate) sender: &'a [u8],
    pub(crate) sender_address: Ipv4Addr,
    pub(crate) target: &'a [u8],
    pub(crate) target_address: Ipv4Addr,
}

impl<'a> Arp<'a> {
    /// The packet in these octets, which may be longer: short frames are filled up. None for any other protocol.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<8>()?;
        let [h0, h1, p0, p1, hardware, 4, o0, o1] = *head else {
            return None;
        };
        if u16::from_be_bytes([p0, p1]) != IPV4 {
            return None;
        }
        let (sender, rest) = rest.split_at_checked(hardware.into())?;
        let (sender_address, rest) = rest.split_first_chunk::<4>()?;
        let (target, rest) = rest.split_at_checked(hardware.into())?;
        let (target_address, _) = rest.split_first_chunk::<4>()?;
        Some(Self {
            hardware_type: u16::from_be_bytes([h0, h1]),
            operation: u16::from_be_bytes([o0, o1]),
            sender,
            sender_address: (*sender_address).into(),
            target,
            target_address: (*target_address).into(),
        })
    }

    /// Its octets.
    pub(crate) fn emit(&self) -> Vec<u8> {
        let length = u8::try_from(self.sender.len()).unwrap_or_default();
        [
            &self.hardware_type.to_be_bytes()[..],
            &IPV4.to_be_bytes(),
            &[length, 4],
            &self.operation.to_be_bytes(),
            self.sender,
            &self.sender_address.octets(),
            self.target,
            &self.target_address.octets(),
        ]
        .concat()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_read_as_it_was_written() {
        let packet = Arp {
            hardware_type: 1,
            operation: REPLY,
            sender: &[2, 0, 0, 0, 0, 1],
            sender_address: [10, 0, 0, 1].into(),
            target: &[2, 0, 0, 0, 0, 2],
            target_address: [10, 0, 0, 2].into(),
        };
        let bytes = packet.emit();
        assert_eq!(bytes.len(), 28);
        assert_eq!(Arp::parse(&bytes), Some(packet));
        let padded = [&bytes[..], &[0; 18]].concat();
        assert_eq!(Arp::parse(&padded), Arp::parse(&bytes));
        for cut in 0..28 {
            assert_eq!(Arp::parse(&bytes[..cut]), None);
        }
        for (at, value) in [(2, 9), (4, 255), (5, 16)] {
            let mut other = bytes.clone();
            other[at] = value;
            assert_eq!(Arp::parse(&other), None);
        }
    }
}
