//! Who the client is to servers: its identifier.

use crate::arguments::Options;
use crate::store;

/// The identifier of the client, and whether it was made in this run.
pub(crate) struct Identifier {
    pub(crate) octets: Vec<u8>,
    pub(crate) is_new: bool,
}

impl Identifier {
    /// The one in the files of leases, or else a new one for this hardware address.
    pub(crate) fn of(options: &Options, hardware: &[u8]) -> Self {
        match store::identifier(options) {
            Some(octets) => Self {
                octets,
                is_new: false,
            },
            None => Self {
                octets: new(options.with_time, hardware, crate::clock()),
                is_new: true,
            },
        }
    }
}

/// DUID-LL or DUID-LLT (RFC 8415 section 11).
fn new(with_time: bool, hardware: &[u8], now: i64) -> Vec<u8> {
    match with_time {
        true => {
            // Seconds since 2000 (section 11.2).
            let since = u32::try_from(now - 946_684_800).unwrap_or(0);
            [&[0, 1, 0, 1][..], &since.to_be_bytes(), hardware].concat()
        }
        false => [&[0, 3, 0, 1][..], hardware].concat(),
    }
}

/// The number of the association of an interface: the end of its hardware address.
pub(crate) fn association(hardware: &[u8]) -> u32 {
    let octets = hardware.iter().rev().take(4).rev();
    octets.fold(0, |number, octet| number << 8 | u32::from(*octet))
}

/// The value of option 61 of a client with such an identifier (RFC 4361 section 6.1).
pub(crate) fn of_four(hardware: &[u8], identifier: &[u8]) -> Vec<u8> {
    let association = association(hardware).to_be_bytes();
    [&[255][..], &association, identifier].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HARDWARE: [u8; 6] = [2, 0, 0xaa, 0xbb, 0xcc, 0xdd];

    #[test]
    fn an_identifier_has_the_hardware_address_and_the_time() {
        assert_eq!(new(false, &HARDWARE, 0)[..4], [0, 3, 0, 1]);
        assert_eq!(new(false, &HARDWARE, 0)[4..], HARDWARE);
        let timed = new(true, &HARDWARE, 946_684_800 + 0x0102_0304);
        assert_eq!(timed[..8], [0, 1, 0, 1, 1, 2, 3, 4]);
        assert_eq!(timed[8..], HARDWARE);
    }

    #[test]
    fn a_client_of_ipv4_has_the_end_of_its_hardware_address_too() {
        let value = of_four(&HARDWARE, &[0, 3, 0, 1, 7]);
        assert_eq!(value, [255, 0xaa, 0xbb, 0xcc, 0xdd, 0, 3, 0, 1, 7]);
        assert_eq!(association(&[7, 9]), 0x0709);
    }
}
