//! What protocols of OSI share: network addresses, system identifiers and Fletcher's checksum (ISO 8473, RFC 1008).

use super::prelude::*;

/// Network layer protocols by number.
pub(crate) const PROTOCOLS: &Table = &[
    (0x00, "NULL"),
    (0x08, "Q.933"),
    (0x09, "LMI"),
    (0x80, "SNAP"),
    (0x81, "CLNP"),
    (0x82, "ES-IS"),
    (0x83, "IS-IS"),
    (0x84, "CONS"),
    (0x85, "IDRP"),
    (0xc1, "ISIS_SPB"),
    (0xb1, "FRF.15"),
    (0xcc, "IPv4"),
    (0xcf, "PPP"),
    (0x8a, "X25 ES-IS"),
    (0x8e, "IPv6"),
];

/// The longest network address.
const LONGEST: usize = 20;

/// Prints a network address.
pub(crate) fn address(p: &mut Printer, octets: &[u8]) {
    if octets.is_empty() || octets.len() > LONGEST {
        return p.text("isonsap_string: illegal length");
    }
    for (place, octet) in octets.iter().enumerate() {
        write!(p, "{octet:02x}");
        if place % 2 == 0 && place + 1 < octets.len() {
            p.text(".");
        }
    }
}

/// A system's identifier of six octets, a node's of seven, or a link state packet's of eight.
///
/// # Errors
/// [`Cut`]
pub(crate) fn identifier(b: &[u8], at: usize, length: usize) -> Done<String> {
    let mut text = String::new();
    for (place, octet) in b.octets(at, length)?.iter().enumerate() {
        let before = match place {
            2 | 4 | 6 => ".",
            7 => "-",
            _ => "",
        };
        text.push_str(&format!("{before}{octet:02x}"));
    }
    Ok(text)
}

/// Prints whether a checksum at an offset is right.
pub(crate) fn checksum(p: &mut Printer, b: &[u8], is: u16, at: usize, length: usize) {
    let octets = match b.octets(0, length) {
        Ok(octets) if is != 0 && at <= length && b.octets(at, 2).is_ok() => octets,
        _ => return p.text(" (unverified)"),
    };
    let should = fletcher(octets, at);
    match should == is {
        true => p.text(" (correct)"),
        false => write!(p, " (incorrect should be 0x{should:04x})"),
    }
}

/// The checksum of these octets, whose own place is at an offset.
#[must_use]
pub(crate) fn fletcher(octets: &[u8], at: usize) -> u16 {
    let (mut c0, mut c1) = (0i64, 0i64);
    for (place, octet) in octets.iter().enumerate() {
        let octet = if place == at || place == at + 1 {
            0
        } else {
            *octet
        };
        c0 = (c0 + i64::from(octet)) % 255;
        c1 = (c1 + c0) % 255;
    }
    let behind = octets.len() as i64 - at as i64;
    let mut x = ((behind - 1) * c0 - c1).rem_euclid(255);
    let mut y = (c1 - behind * c0).rem_euclid(255);
    // Zero is written as its other form.
    if x == 0 {
        x = 255;
    }
    if y == 0 {
        y = 255;
    }
    (x as u16) << 8 | y as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_a_right_packet_are_zero() {
        let mut packet = [0x82, 9, 1, 0, 4, 0, 30, 0, 0, 1, 2, 3];
        let sum = fletcher(&packet, 7);
        packet[7..9].copy_from_slice(&sum.to_be_bytes());
        let (mut c0, mut c1) = (0u32, 0u32);
        for octet in packet {
            c0 = (c0 + u32::from(octet)) % 255;
            c1 = (c1 + c0) % 255;
        }
        assert_eq!((c0, c1), (0, 0));
    }
}
