//! In situ OAM in front of packets (RFC 9197): `encap ioam6 …`.

use nethost_sdk::netlink::{AttributeValue as Value, Field, to_wit};

use super::parse::Once;
use crate::entity::{field, number as counted};
use crate::words::{Done, INET6, Words, address, number, unsigned, usage, wrong};

/// IOAM6_IPTUNNEL_MODE_….
pub(super) const MODES: [&str; 4] = ["", "inline", "encap", "auto"];
const INLINE: usize = 1;
/// IOAM6_IPTUNNEL_FREQ_MAX and IOAM6_TRACE_DATA_SIZE_MAX.
const MOST: u32 = 1_000_000;
const LONGEST: u16 = 244;

fn missing(what: &str) -> nethost_sdk::Exit {
    usage(format!("Error: argument \"{what}\" is required"))
}

pub(super) fn parse(words: &mut Words) -> Done<Vec<Field>> {
    let mut often = (1, 1);
    if words.peek() == Some("freq") {
        words.next();
        often = frequency(&words.need()?)?;
    }
    let mut mode = INLINE;
    if words.peek() == Some("mode") {
        words.next();
        let text = words.need()?;
        let place = MODES
            .iter()
            .position(|name| *name == text && !name.is_empty());
        mode = place.ok_or_else(|| wrong(&text, "Invalid mode"))?;
    }
    let mut tunnel = None;
    if words.peek() == Some("tundst") {
        if mode == INLINE {
            return Err(wrong("tundst", "Inline mode does not need tundst"));
        }
        words.next();
        tunnel = Some(address(&words.need()?, INET6)?);
    } else if mode != INLINE {
        return Err(missing("tundst"));
    }
    for word in ["trace", "prealloc"] {
        if words.next().as_deref() != Some(word) {
            return Err(missing(word));
        }
    }
    let trace = trace(words)?;
    let mut fields = vec![
        counted(4, often.0),
        counted(5, often.1),
        counted(1, mode as u64),
    ];
    fields.extend(tunnel.map(|tunnel| field(2, Value::Address(to_wit(tunnel)))));
    fields.push(field(3, Value::Bytes(trace)));
    Ok(fields)
}

/// `K/N`: K of N packets.
fn frequency(text: &str) -> Done<(u32, u32)> {
    if text.len() > 15 {
        return Err(wrong(text, "Invalid frequency (too long)"));
    }
    let parts: Option<Vec<u32>> = text.split('/').map(|part| part.parse().ok()).collect();
    let Some([k, n]) = parts.and_then(|parts| <[u32; 2]>::try_from(parts).ok()) else {
        return Err(wrong(text, "Invalid frequency (malformed)"));
    };
    for (number, name) in [(k, "k"), (n, "n")] {
        if !(1..=MOST).contains(&number) {
            return Err(wrong(text, &format!("Out of bound \"{name}\" frequency")));
        }
    }
    if k > n {
        return Err(wrong(text, "Frequency with k > n is forbidden"));
    }
    Ok((k, n))
}

/// struct ioam6_trace_hdr: namespace, lengths, type.
fn trace(words: &mut Words) -> Done<Vec<u8>> {
    let (mut kind, mut namespace, mut size) = (None, None, None);
    let mut once = Once::new();
    while let Some(word) = words.peek().map(str::to_owned) {
        match word.as_str() {
            "type" => {
                let text = once.take(words, "type")?;
                let number: Option<u32> = unsigned(&text).and_then(|n| n.try_into().ok());
                let number = number.filter(|number| *number != 0);
                kind = Some(number.ok_or_else(|| wrong(&text, "Invalid trace type"))?);
            }
            "ns" => {
                let text = once.take(words, "ns")?;
                namespace = Some(number::<u16>(&text, "Invalid namespace ID")?);
            }
            "size" => {
                let text = once.take(words, "size")?;
                let octets: u16 = number(&text, "Invalid trace size")?;
                let why = match octets {
                    0 => "Invalid trace size",
                    octets if octets % 4 != 0 => "Trace size must be a 4-octet multiple",
                    octets if octets > LONGEST => "Trace size is too big",
                    _ => "",
                };
                if !why.is_empty() {
                    return Err(wrong(&text, why));
                }
                size = Some(octets);
            }
            _ => break,
        }
    }
    let kind = kind.ok_or_else(|| missing("type"))?;
    let namespace = namespace.ok_or_else(|| missing("ns"))?;
    let size = size.ok_or_else(|| missing("size"))?;
    let mut bytes = namespace.to_be_bytes().to_vec();
    // The length of a node's data and the overflow are the kernel's; then the room that is left, in words.
    bytes.extend([0, (size / 4) as u8]);
    bytes.extend((kind << 8).to_be_bytes());
    Ok(bytes)
}
