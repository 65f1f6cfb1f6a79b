//! Routing headers (RFC 8754, RFC 6554), and what is done at a segment.

use std::net::{IpAddr, Ipv6Addr};

use nethost_sdk::netlink::{AttributeValue as Value, Field, to_wit};

use super::parse::Once;
use crate::entity::{field, nest, nested, number as counted};
use crate::ip::Ip;
use crate::words::{Done, INET, INET6, Words, address, second, unsigned, usage, wrong};

/// SEG6_IPTUN_MODE_….
pub(super) const MODES: [&str; 5] = ["inline", "encap", "l2encap", "encap.red", "l2encap.red"];
/// SEG6_LOCAL_ACTION_….
pub(super) const ACTIONS: [&str; 17] = [
    "",
    "End",
    "End.X",
    "End.T",
    "End.DX2",
    "End.DX6",
    "End.DX4",
    "End.DT6",
    "End.DT4",
    "End.B6",
    "End.B6.Encaps",
    "End.BM",
    "End.S",
    "End.AS",
    "End.AM",
    "End.BPF",
    "End.DT46",
];
/// SEG6_LOCAL_FLV_OP_….
pub(super) const FLAVORS: [&str; 5] = ["", "psp", "usp", "usd", "next-csid"];

/// Routing types.
const SEGMENT_ROUTING: u8 = 4;
const SOURCE_ROUTING: u8 = 3;
/// SR6_FLAG1_HMAC, and the TLV that it says is there.
const WITH_KEY: u8 = 1 << 3;
const TLV: (u8, u8) = (5, 38);

fn addresses(text: &str) -> Done<Vec<Ipv6Addr>> {
    let found = text.split(',').map(|text| match address(text, INET6)? {
        IpAddr::V6(address) => Ok(address),
        IpAddr::V4(address) => Ok(address.to_ipv6_mapped()),
    });
    found.collect()
}

/// struct ipv6_sr_hdr. The last segment is first; where nothing is encapsulated, the place for the destination of the packet
/// is before it.
fn header(segments: &[Ipv6Addr], key: u32, encapsulates: bool) -> Vec<u8> {
    let mut listed: Vec<Ipv6Addr> = segments.iter().rev().copied().collect();
    if !encapsulates {
        listed.insert(0, Ipv6Addr::UNSPECIFIED);
    }
    let tlv = if key == 0 { 0 } else { 40 };
    let length = 8 + 16 * listed.len() + tlv;
    let last = (listed.len() - 1) as u8;
    let flags = if key == 0 { 0 } else { WITH_KEY };
    let units = (length / 8 - 1) as u8;
    let mut bytes = vec![0, units, SEGMENT_ROUTING, last, last, flags, 0, 0];
    bytes.extend(listed.iter().flat_map(Ipv6Addr::octets));
    if key != 0 {
        bytes.extend([TLV.0, TLV.1, 0, 0]);
        bytes.extend(key.to_be_bytes());
        bytes.extend([0; 32]);
    }
    bytes
}

fn key(text: &str) -> u32 {
    let key = unsigned(text).and_then(|key| key.try_into().ok());
    key.unwrap_or_default()
}

/// `mode MODE segs SEGMENTS [ hmac KEYID ]`: struct seg6_iptunnel_encap.
pub(super) fn source(words: &mut Words) -> Done<Vec<Field>> {
    let (mut mode, mut segments, mut hmac, mut once) = (None, None, 0, Once::new());
    while let Some(word) = words.peek().map(str::to_owned) {
        match word.as_str() {
            "mode" => {
                let text = once.take(words, "mode")?;
                let place = MODES.iter().position(|name| *name == text);
                mode = Some(place.ok_or_else(|| wrong(&text, "\"mode\" value is invalid"))?);
            }
            "segs" => {
                let text = once.take(words, "segs")?;
                if mode.is_none() {
                    return Err(wrong(&text, "\"segs\" provided before \"mode\""));
                }
                segments = Some(addresses(&text)?);
            }
            "hmac" => hmac = key(&once.take(words, "hmac")?),
            _ => break,
        }
    }
    let missing = |what: &str| usage(format!("Error: argument \"{what}\" is required"));
    let mode = mode.ok_or_else(|| missing("mode"))?;
    let segments = segments.ok_or_else(|| missing("segs"))?;
    let mut bytes = (mode as i32).to_ne_bytes().to_vec();
    bytes.extend(header(&segments, hmac, mode != 0));
    Ok(vec![field(1, Value::Bytes(bytes))])
}

/// `segs SEGMENTS`: struct ipv6_rpl_sr_hdr, without compression.
pub(super) fn loose(words: &mut Words) -> Done<Vec<Field>> {
    let (mut segments, mut once) = (None, Once::new());
    while words.peek() == Some("segs") {
        segments = Some(addresses(&once.take(words, "segs")?)?);
    }
    let segments = segments.ok_or_else(|| usage("Error: argument \"segs\" is required"))?;
    let length = (2 * segments.len()) as u8;
    let left = segments.len() as u8;
    let mut bytes = vec![0, length, SOURCE_ROUTING, left, 0, 0, 0, 0];
    bytes.extend(segments.iter().rev().flat_map(Ipv6Addr::octets));
    Ok(vec![field(1, Value::Bytes(bytes))])
}

/// `action ACTION …`: SEG6_LOCAL_….
pub(super) fn action(ip: &mut Ip, words: &mut Words) -> Done<Vec<Field>> {
    const ENCAPSULATES: u64 = 10;
    let (mut fields, mut once) = (Vec::new(), Once::new());
    let (mut action, mut segments, mut hmac) = (0, None, 0);
    while let Some(word) = words.peek().map(str::to_owned) {
        match word.as_str() {
            "action" => {
                let text = once.take(words, "action")?;
                let place = ACTIONS
                    .iter()
                    .position(|name| *name == text && !name.is_empty());
                let place = place.ok_or_else(|| wrong(&text, "\"action\" value is invalid"))?;
                action = place as u64;
                fields.push(counted(1, action));
            }
            "table" | "vrftable" => {
                let text = once.take(words, &word)?;
                let (id, why) = if word == "table" {
                    (3, "invalid table id")
                } else {
                    (9, "invalid vrf table id")
                };
                let table = super::super::named::table(ip, &text);
                fields.push(counted(id, table.map_err(|_| wrong(&text, why))?));
            }
            "nh4" | "nh6" => {
                let text = once.take(words, &word)?;
                let (id, family) = if word == "nh4" { (4, INET) } else { (5, INET6) };
                let hop = address(&text, family)?;
                fields.push(field(id, Value::Address(to_wit(hop))));
            }
            "iif" | "oif" => {
                let name = once.take(words, &word)?;
                let index = ip.link_index(&name)?;
                fields.push(counted(if word == "iif" { 6 } else { 7 }, index));
            }
            "count" => {
                words.next();
                once.note("count", "count")?;
                fields.push(nest(0, 10));
                for id in [2, 3, 4] {
                    fields.push(nested(1, id, Value::Number(0)));
                }
            }
            "flavors" => {
                let text = once.take(words, "flavors")?;
                fields.extend(flavors(words, &text)?);
            }
            "srh" => {
                words.next();
                let text = words.need()?;
                once.note("srh", &text)?;
                if text != "segs" {
                    return Err(wrong(&text, "missing \"segs\" attribute for srh"));
                }
                segments = Some(addresses(&words.need()?)?);
                if words.peek() == Some("hmac") {
                    hmac = key(&once.take(words, "hmac")?);
                }
            }
            "endpoint" => {
                return Err(usage(
                    "ip: encap seg6local endpoint loads a BPF program, which no plugin can",
                ));
            }
            _ => break,
        }
    }
    if action == 0 {
        return Err(usage("Missing action type"));
    }
    if let Some(segments) = segments {
        let bytes = header(&segments, hmac, action == ENCAPSULATES);
        fields.push(field(2, Value::Bytes(bytes)));
    }
    Ok(fields)
}

/// SEG6_LOCAL_FLV_…: names with commas between them.
fn flavors(words: &mut Words, text: &str) -> Done<Vec<Field>> {
    let invalid = || wrong(text, "invalid \"flavors\" attribute");
    let mut mask = 0_u32;
    for name in text.split(',') {
        let place = FLAVORS
            .iter()
            .position(|known| known.eq_ignore_ascii_case(name) && !known.is_empty());
        let bit = 1 << place.ok_or_else(invalid)?;
        if mask & bit != 0 {
            return Err(invalid());
        }
        mask |= bit;
    }
    let mut fields = vec![nest(0, 11), nested(1, 1, Value::Number(mask.into()))];
    const COMPRESSED: u32 = 1 << 4;
    for (word, id, what) in [
        ("lblen", 2, "locator-block length"),
        ("nflen", 3, "locator-node function length"),
    ] {
        if mask & COMPRESSED != 0 && words.peek() == Some(word) {
            words.next();
            let text = words.need()?;
            if words.peek() == Some(word) {
                return Err(second(word, &text));
            }
            let why = format!("\"{what}\" value is invalid");
            let length: u8 = crate::words::number(&text, &why)?;
            fields.push(nested(1, id, Value::Number(length.into())));
        }
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use super::header;

    #[test]
    fn the_last_segment_is_first() {
        let (first, last) = (
            "fd00::1".parse().unwrap_or(std::net::Ipv6Addr::UNSPECIFIED),
            std::net::Ipv6Addr::LOCALHOST,
        );
        let bytes = header(&[first, last], 0, true);
        assert_eq!(bytes[..8], [0, 4, 4, 1, 1, 0, 0, 0]);
        assert_eq!(bytes[8..24], last.octets());
        assert_eq!(bytes[24..], first.octets());
        let bytes = header(&[first], 7, false);
        assert_eq!(bytes[..8], [0, 9, 4, 1, 1, 8, 0, 0]);
        assert_eq!(bytes.len(), 80);
    }
}
