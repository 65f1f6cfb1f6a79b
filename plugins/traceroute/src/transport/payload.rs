//! A probe's payload: its number, and whatever keeps the transport checksum the same for every number.
//!
//! Some load balancers hash the first bytes behind the IP header, and ICMP's checksum is among them.
//! In ones' complement arithmetic a word and its complement add up to zero, so writing both makes the
//! checksum independent of the number (the idea of Paris traceroute, Augustin et al., IMC 2006).

/// Shortest payload that carries a number.
pub(super) const NUMBERED: usize = 4;

/// Appends a payload of `length` bytes: the words given, cut to the length, then one octet over and over, or
/// traceroute(8)'s filler.
pub(super) fn write(bytes: &mut Vec<u8>, words: &[u16], length: usize, fill: Option<u8>) {
    let end = bytes.len() + length;
    for word in words {
        bytes.extend_from_slice(&word.to_be_bytes());
    }
    bytes.truncate(end);
    let missing = end - bytes.len();
    match fill {
        Some(octet) => bytes.resize(end, octet),
        None => bytes.extend((0x40..0x80).cycle().take(missing)),
    }
}

/// The number in a UDP payload, as far as it was quoted.
pub(super) fn number(quoted: &[u8]) -> Option<u16> {
    let (number, rest) = quoted.split_first_chunk::<2>()?;
    let number = u16::from_be_bytes(*number);
    let complement = u16::from_be_bytes(*rest.first_chunk::<2>()?);
    (number == !complement).then_some(number)
}

/// The words of a UDP payload.
pub(super) fn udp_words(number: u16) -> [u16; 2] {
    [number, !number]
}

/// The words of an echo request's payload: the complement of its sequence number, and the flow, which
/// does change the checksum.
pub(super) fn echo_words(sequence: u16, flow: u16) -> [u16; 2] {
    [!sequence, flow]
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use nethost_sdk::wire::checksum::internet;

    fn payload(words: &[u16], length: usize) -> Vec<u8> {
        let mut bytes = vec![7];
        write(&mut bytes, words, length, None);
        bytes.split_off(1)
    }

    #[test]
    fn a_udp_payload_gives_its_number_back() {
        for length in 4..2000 {
            let bytes = payload(&udp_words(513), length);
            assert_eq!(bytes.len(), length);
            assert_eq!(number(&bytes), Some(513));
        }
        for length in 0..4 {
            let bytes = payload(&udp_words(513), length);
            assert_eq!(bytes.len(), length);
            assert_eq!(number(&bytes), None);
        }
        assert_eq!(number(b"@ABCDEFG"), None);
    }

    #[test]
    fn the_checksum_depends_on_the_flow_and_not_on_the_number() {
        let echo = |sequence: u16, flow: u16| {
            let mut message = vec![8, 0, 0, 0, 0x12, 0x34];
            message.extend(sequence.to_be_bytes());
            write(&mut message, &echo_words(sequence, flow), 32, None);
            internet(&[&message])
        };
        let first = echo(1, 0);
        for sequence in [0, 2, 255, 256, 33_000, u16::MAX] {
            assert_eq!(echo(sequence, 0), first);
        }
        assert_ne!(echo(1, 1), first);
        let udp = |number| internet(&[&payload(&udp_words(number), 32)]);
        assert_eq!(udp(1), udp(40_000));
    }
}
