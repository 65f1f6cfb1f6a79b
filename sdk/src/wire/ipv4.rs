//! IPv4 (RFC 791).

pub use etherparse::{
    IpFragOffset as FragmentOffset, Ipv4Header as Header, Ipv4HeaderSlice as HeaderView,
    Ipv4Options as Options, Ipv4Slice as View,
};

/// What follows the header, options included; none where there is no whole header.
///
/// ```
/// use nethost_sdk::wire::{IpNumber, ipv4};
/// let header = ipv4::Header::new(3, 64, IpNumber::UDP, [192, 0, 2, 1], [192, 0, 2, 2]).unwrap();
/// let packet = [&header.to_bytes()[..], b"abc"].concat();
/// assert_eq!(ipv4::payload(&packet), Some(&b"abc"[..]));
/// assert_eq!(ipv4::payload(&packet[..19]), None);
/// ```
pub fn payload(packet: &[u8]) -> Option<&[u8]> {
    let header = HeaderView::from_slice(packet).ok()?;
    packet.get(header.slice().len()..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_may_have_options() {
        let mut packet = vec![0; 25];
        packet[0] = 0x46;
        packet[24] = 9;
        assert_eq!(payload(&packet), Some(&[9][..]));
        assert_eq!(payload(&packet[..23]), None);
        assert_eq!(payload(&[]), None);
        packet[0] = 0x44;
        assert_eq!(payload(&packet), None, "shorter than any header");
        packet[0] = 0x66;
        assert_eq!(payload(&packet), None, "another version");
    }
}
