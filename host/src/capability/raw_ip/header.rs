//! Packets that bring their own IP header, and where they go: to their remote, and through no host besides.

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
    match remote {
        IpAddr::V4(_) => check_options(packet),
        IpAddr::V6(_) => check_chain(packet[6], &packet[40..]),
    }
}

/// A socket for packets of this protocol, behind a header that the kernel writes. The headers that stand between
/// IPv6's own and a packet's contents are none that a socket is for: one of them leads through other hosts.
pub fn check_protocol(protocol: u8, remote: IpAddr) -> Result<(), ErrorCode> {
    if remote.is_ipv6() && (EXTENSIONS.contains(&protocol) || protocol == ROUTING) {
        return Err(invalid(format!(
            "protocol {protocol} is an extension header of IPv6; a packet with its own header may bring one"
        )));
    }
    Ok(())
}

/// IANA's protocol numbers: hop-by-hop options, fragment, destination options.
const EXTENSIONS: [u8; 3] = [0, FRAGMENT, 60];
const ROUTING: u8 = 43;
const FRAGMENT: u8 = 44;

/// RFC 791 section 3.1: loose and strict source routes.
const SOURCE_ROUTES: [u8; 2] = [131, 137];

/// A source route names hosts that the gate was not asked about.
fn through_others(what: &str) -> ErrorCode {
    invalid(format!(
        "the packet has a {what}, which leads through hosts that were not granted; send it without"
    ))
}

fn check_options(packet: &[u8]) -> Result<(), ErrorCode> {
    let malformed = || invalid("the packet's IP options are malformed");
    let length = usize::from(packet[0] & 0x0f) * 4;
    let mut options = packet.get(20..length).ok_or_else(malformed)?;
    while let [kind, rest @ ..] = options {
        options = match kind {
            // The end of the list, and padding.
            0 => return Ok(()),
            1 => rest,
            kind if SOURCE_ROUTES.contains(kind) => return Err(through_others("source route")),
            _ => {
                let length = usize::from(*rest.first().ok_or_else(malformed)?);
                let rest = options.get(length.max(2)..).ok_or_else(malformed)?;
                if length < 2 {
                    return Err(malformed());
                }
                rest
            }
        };
    }
    Ok(())
}

/// RFC 8200 section 4: each header names the next, and how long it is.
fn check_chain(mut next: u8, mut rest: &[u8]) -> Result<(), ErrorCode> {
    loop {
        if next == ROUTING {
            return Err(through_others("routing header"));
        }
        if !EXTENSIONS.contains(&next) {
            return Ok(());
        }
        let malformed = || invalid("the packet's extension headers are malformed");
        let [after, units, ..] = *rest else {
            return Err(malformed());
        };
        let length = if next == FRAGMENT {
            8
        } else {
            8 * (1 + usize::from(units))
        };
        rest = rest.get(length..).ok_or_else(malformed)?;
        next = after;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOTE: [u8; 4] = [192, 0, 2, 7];

    /// An IPv4 packet with these options, padded, or as long as its header says.
    fn ipv4(options: &[u8]) -> Vec<u8> {
        let words = 5 + options.len().div_ceil(4);
        let mut packet = vec![0; words * 4];
        packet[0] = 0x40 | words as u8;
        packet[16..20].copy_from_slice(&REMOTE);
        packet[20..20 + options.len()].copy_from_slice(options);
        packet
    }

    fn ipv6(first: u8, rest: &[u8]) -> Vec<u8> {
        let mut packet = vec![0; 40];
        packet[0] = 0x60;
        packet[4..6].copy_from_slice(&(rest.len() as u16).to_be_bytes());
        packet[6] = first;
        packet[39] = 1;
        packet.extend(rest);
        packet
    }

    #[test]
    fn a_route_through_others_is_refused() {
        let v4 = |options: &[u8]| check_header(&ipv4(options), REMOTE.into());
        // Router alert, a timestamp, padding, the end and whatever is behind it.
        for fine in [
            &[][..],
            &[148, 4, 0, 0],
            &[1, 1, 68, 4, 5, 0],
            &[0, 131, 7, 4, 10, 0, 0, 1],
        ] {
            assert!(v4(fine).is_ok(), "{fine:?}");
        }
        for route in [131, 137] {
            assert!(v4(&[route, 7, 4, 10, 0, 0, 1]).is_err(), "{route}");
            assert!(v4(&[1, 148, 4, 0, 0, route, 3, 4]).is_err(), "{route}");
        }
        for malformed in [
            &[148, 0, 0, 0][..],
            &[148, 1, 0, 0],
            &[148, 9, 0, 0],
            &[1, 1, 1, 148],
        ] {
            assert!(v4(malformed).is_err(), "{malformed:?}");
        }
        let mut long = ipv4(&[]);
        long[0] = 0x4f;
        assert!(check_header(&long, REMOTE.into()).is_err());

        let remote: IpAddr = std::net::Ipv6Addr::LOCALHOST.into();
        let v6 = |first, rest: &[u8]| check_header(&ipv6(first, rest), remote);
        let to = |next: u8| [next, 0, 0, 0, 0, 0, 0, 0];
        assert!(v6(58, &[128, 0]).is_ok());
        assert!(v6(0, &[to(60), to(44), to(58)].concat()).is_ok());
        assert!(v6(43, &to(58)).is_err());
        for before in [0, 44, 60] {
            assert!(v6(before, &[to(43), to(58)].concat()).is_err(), "{before}");
            assert!(v6(before, &[43]).is_err(), "{before}");
            assert!(check_protocol(before, remote).is_err(), "{before}");
        }
        assert!(v6(60, &[43, 1, 0, 0, 0, 0, 0, 0]).is_err());
        assert!(check_protocol(43, remote).is_err());
        assert!(check_protocol(58, remote).is_ok());
        assert!(check_protocol(43, REMOTE.into()).is_ok());
    }
}
