//! Ethernet II frames, and their addresses.

use std::fmt;
use std::str::FromStr;

pub use etherparse::{
    EtherType, Ethernet2Header as Header, Ethernet2Slice as View, SingleVlanHeader as VlanHeader,
    SingleVlanSlice as VlanView, ether_type,
};

/// An address of 48 bits: `02:00:00:00:00:01`.
///
/// ```
/// use nethost_sdk::wire::ethernet::Address;
/// let address: Address = "2:0:0:0:0:a".parse().unwrap();
/// assert_eq!(address.to_string(), "02:00:00:00:00:0a");
/// assert!(!address.is_multicast() && Address::BROADCAST.is_multicast());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Address(pub [u8; 6]);

impl Address {
    /// All stations.
    pub const BROADCAST: Self = Self([0xff; 6]);

    /// Whether it is a group's, as the broadcast address is.
    #[must_use]
    pub fn is_multicast(self) -> bool {
        self.0[0] & 1 != 0
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&octets(&self.0))
    }
}

/// No address: six numbers of one or two hexadecimal digits with colons between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnAddress;

impl fmt::Display for NotAnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an Ethernet address")
    }
}

impl std::error::Error for NotAnAddress {}

impl FromStr for Address {
    type Err = NotAnAddress;

    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let octet = |part: &str| {
            let digits = (1..=2).contains(&part.len()) && !part.starts_with('+');
            u8::from_str_radix(part, 16).ok().filter(|_| digits)
        };
        let octets: Option<Vec<u8>> = text.split(':').map(octet).collect();
        let octets = octets.and_then(|octets| octets.try_into().ok());
        octets.map(Self).ok_or(NotAnAddress)
    }
}

/// A link address of any length, two hexadecimal digits for each octet and colons between them.
pub fn octets(address: &[u8]) -> String {
    let mut shown = String::with_capacity(address.len() * 3);
    for (place, octet) in address.iter().enumerate() {
        if place != 0 {
            shown.push(':');
        }
        for digit in [octet >> 4, octet & 0xf] {
            shown.extend(char::from_digit(digit.into(), 16));
        }
    }
    shown
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_strict() {
        for wrong in [
            "",
            "1:2:3:4:5",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:",
            "1:2:3:4:5:100",
            "+1:2:3:4:5:6",
            "é:2:3:4:5:6",
        ] {
            assert!(wrong.parse::<Address>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_frame_is_emitted_and_read() {
        let header = Header {
            source: [2, 0, 0, 0, 0, 1],
            destination: Address::BROADCAST.0,
            ether_type: ether_type::ARP,
        };
        let mut frame = header.to_bytes().to_vec();
        frame.extend(b"payload");
        let view = View::from_slice_without_fcs(&frame).unwrap();
        assert_eq!(view.to_header(), header);
        assert_eq!(view.payload_slice(), b"payload");
        assert!(View::from_slice_without_fcs(&frame[..13]).is_err());
    }
}
