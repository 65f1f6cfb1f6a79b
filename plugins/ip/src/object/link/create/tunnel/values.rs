//! Values that have forms of their own.

use nethost_sdk::netlink::AttributeValue as Value;

use super::super::{Setting, Taken};
use crate::words::{Done, INET, address, unsigned, usage};

/// IPPROTO_… of what is inside.
pub(super) fn protocol(text: &str, six: bool, sit: bool) -> Option<u64> {
    Some(match (text, six) {
        ("ipv6/ipv4" | "ip6ip", false) if sit => 41,
        ("ipv4/ipv4" | "ipip" | "ip4ip4", false) => 4,
        ("mpls/ipv4" | "mplsip", false) => 137,
        ("any/ipv4" | "any", false) => 0,
        ("ipv6/ipv6" | "ip6ip6", true) => 41,
        ("ip/ipv6" | "ipv4/ipv6" | "ipip6" | "ip4ip6", true) => 4,
        ("any/ipv6" | "any", true) => 0,
        _ => return None,
    })
}

/// A number in hexadecimal, of so many bits.
pub(super) fn hexadecimal(text: &str, bits: u32) -> Option<u64> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let number = u64::from_str_radix(digits, 16).ok()?;
    (number >> bits == 0).then_some(number)
}

pub(super) fn little(bytes: &[u8]) -> u64 {
    match *bytes {
        [a, b] => u16::from_ne_bytes([a, b]).into(),
        [a, b, c, d] => u32::from_ne_bytes([a, b, c, d]).into(),
        _ => 0,
    }
}

/// A number, or the form of an IPv4 address.
pub(super) fn parse_key(word: &str, text: &str) -> Done<u32> {
    if text.contains('.') {
        let std::net::IpAddr::V4(address) = address(text, INET)? else {
            return Ok(0);
        };
        return Ok(address.into());
    }
    let key = unsigned(text).and_then(|key| u32::try_from(key).ok());
    key.ok_or_else(|| {
        usage(format!(
            "invalid value for \"{word}\": \"{}\"; it should be an unsigned integer",
            nethost_sdk::text::printable(text)
        ))
    })
}

/// `ikey KEY` or `okey KEY` of a VTI.
pub(in super::super) fn key(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let key = parse_key(option.word, &taken.words.need()?)?;
    taken.set(option.id, Value::Number(key.into()));
    Ok(())
}

/// `key KEY` of a VTI.
pub(in super::super) fn both_keys(taken: &mut Taken<'_>, option: &Setting) -> Done {
    let key = parse_key(option.word, &taken.words.need()?)?;
    for id in [2, 3] {
        taken.set(id, Value::Number(key.into()));
    }
    Ok(())
}
