//! The Internet checksum (RFC 1071) over parts of a packet.

/// The checksum of these parts one after the other, each but the last of an even length; 0 when it is right.
#[must_use]
pub(crate) fn of(parts: &[&[u8]]) -> u16 {
    let mut sum = 0u64;
    for part in parts {
        let (pairs, odd) = part.as_chunks::<2>();
        sum += pairs
            .iter()
            .map(|pair| u64::from(u16::from_be_bytes(*pair)))
            .sum::<u64>();
        if let [last] = odd {
            sum += u64::from(*last) << 8;
        }
    }
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

/// What the checksum should have been, by what it is and by the checksum over all.
#[must_use]
pub(crate) fn should_be(is: u16, over_all: u16) -> u16 {
    let mut sum = u32::from(is) + u32::from(over_all);
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (sum & 0xffff) + (sum >> 16);
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_sum_is_zero() {
        let header = [
            0x45, 0, 0, 0x1c, 0, 1, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2,
        ];
        let wrong = of(&[&header]);
        assert_ne!(wrong, 0);
        let mut right = header;
        right[10..12].copy_from_slice(&should_be(0, wrong).to_be_bytes());
        assert_eq!(of(&[&right]), 0);
    }
}
