//! `ip link set DEV vf N …`: virtual functions of a network card.

use nethost_sdk::netlink::{Attribute, AttributeValue as Value};

use super::change::on_off;
use crate::ip::Ip;
use crate::words::{Done, Words, link_address, number, trimmed, unsigned, wrong};

/// IFLA_VFINFO_LIST, in which the others are nested.
const LIST: u32 = 22 << 16;
/// IFLA_VF_….
const MAC: u32 = LIST | 1;
const VLAN: u32 = LIST | 2;
const TX_RATE: u32 = LIST | 3;
const SPOOF_CHECK: u32 = LIST | 4;
const LINK_STATE: u32 = LIST | 5;
const RATE: u32 = LIST | 6;
const RSS_QUERY: u32 = LIST | 7;
const TRUST: u32 = LIST | 9;
const NODE_GUID: u32 = LIST | 10;
const PORT_GUID: u32 = LIST | 11;

/// The words behind `vf`: the number, and what changes.
pub(super) fn take(_ip: &mut Ip, words: &mut Words, attributes: &mut Vec<Attribute>) -> Done {
    let function: u32 = number(&words.need()?, "Invalid \"vf\" value")?;
    let mut rates = None;
    while let Some(word) = words.peek().map(str::to_owned) {
        let (id, rest) = match word.as_str() {
            "mac" => {
                words.next();
                let mut octets = link_address(&words.need()?)?;
                octets.resize(32, 0);
                (MAC, octets)
            }
            "vlan" => {
                words.next();
                (VLAN, vlan(words)?)
            }
            "rate" => {
                words.next();
                (TX_RATE, long(words, "Invalid \"rate\" value")?)
            }
            "max_tx_rate" | "min_tx_rate" => {
                words.next();
                let why = if word == "max_tx_rate" {
                    "Invalid \"max tx rate\" value"
                } else {
                    "Invalid \"min tx rate\" value"
                };
                let rate: u32 = number(&words.need()?, why)?;
                let (mut least, mut most) = rates.unwrap_or_default();
                if word == "max_tx_rate" {
                    most = rate;
                } else {
                    least = rate;
                }
                rates = Some((least, most));
                continue;
            }
            "spoofchk" | "query_rss" | "trust" => {
                words.next();
                let on = u32::from(on_off(&word, &words.need()?)?);
                let id = match word.as_str() {
                    "spoofchk" => SPOOF_CHECK,
                    "trust" => TRUST,
                    _ => RSS_QUERY,
                };
                (id, on.to_ne_bytes().to_vec())
            }
            "state" => {
                words.next();
                let text = words.need()?;
                let state: u32 = match text.as_str() {
                    "auto" => 0,
                    "enable" => 1,
                    "disable" => 2,
                    _ => return Err(trimmed(wrong(&text, "Invalid \"state\" value\n"))),
                };
                (LINK_STATE, state.to_ne_bytes().to_vec())
            }
            "node_guid" | "port_guid" => {
                words.next();
                let id = if word == "node_guid" {
                    NODE_GUID
                } else {
                    PORT_GUID
                };
                (id, identifier(&words.need()?)?)
            }
            _ => break,
        };
        // A number of 32 bits, then what belongs to it; a GUID is aligned to 64 bits.
        let gap = if matches!(id, NODE_GUID | PORT_GUID) {
            4
        } else {
            0
        };
        let mut value = function.to_ne_bytes().to_vec();
        value.resize(4 + gap, 0);
        value.extend(rest);
        push(attributes, id, value);
    }
    if let Some((least, most)) = rates {
        let numbers = [function, least, most].map(u32::to_ne_bytes);
        push(attributes, RATE, numbers.concat());
    }
    Ok(())
}

fn push(attributes: &mut Vec<Attribute>, id: u32, bytes: Vec<u8>) {
    let value = Value::Bytes(bytes);
    attributes.push(Attribute { id, value });
}

fn long(words: &mut Words, why: &str) -> Done<Vec<u8>> {
    let number: u32 = number(&words.need()?, why)?;
    Ok(number.to_ne_bytes().to_vec())
}

/// `VLAN [ qos QOS ]`.
fn vlan(words: &mut Words) -> Done<Vec<u8>> {
    let mut value = long(words, "Invalid \"vlan\" value")?;
    if words.peek() == Some("qos") {
        words.next();
        value.extend(long(words, "Invalid \"qos\" value")?);
    }
    value.resize(8, 0);
    Ok(value)
}

/// A GUID of InfiniBand, `02:00:…` with eight octets, or a number.
fn identifier(text: &str) -> Done<Vec<u8>> {
    let octets: Option<Vec<u8>> = text
        .split(':')
        .map(|part| u8::from_str_radix(part, 16).ok())
        .collect();
    let number = match octets.map(<[u8; 8]>::try_from) {
        Some(Ok(octets)) => Some(u64::from_be_bytes(octets)),
        _ => unsigned(text),
    };
    let number = number.ok_or_else(|| wrong(text, "Invalid GUID"))?;
    Ok(number.to_ne_bytes().to_vec())
}
