//! `ip macsec`: the channels and associations of MACsec links.

pub(super) mod show;

use nethost_sdk::netlink::{AttributeValue as Value, Entity, EntityKind, Field};

use crate::entity::{entity, nest, nested, number as counted};
use crate::ip::Ip;
use crate::words::{Done, Words, duplicate, link_address, number, usage, wrong};

/// MACSEC_CIPHER_ID_…; the first is the name of the old number too.
pub(super) const CIPHERS: &[(u64, &str)] = &[
    (0x0080_0200_0100_0001, "default"),
    (0x0080_c200_0100_0001, "GCM-AES-128"),
    (0x0080_c200_0100_0002, "GCM-AES-256"),
    (0x0080_c200_0100_0003, "GCM-AES-XPN-128"),
    (0x0080_c200_0100_0004, "GCM-AES-XPN-256"),
];
/// MACSEC_VALIDATE_… and MACSEC_OFFLOAD_….
pub(super) const VALIDATIONS: &[&str] = &["disabled", "check", "strict"];
pub(super) const OFFLOADS: &[&str] = &["off", "phy", "mac"];

/// MACSEC_ATTR_….
const LINK: u16 = 1;
const RECEIVER: u16 = 2;
const ASSOCIATION: u16 = 3;
const OFFLOAD: u16 = 9;
/// MACSEC_RXSC_ATTR_….
const CHANNEL: u16 = 1;
const CHANNEL_ACTIVE: u16 = 2;
/// MACSEC_SA_ATTR_….
const NUMBER: u16 = 1;
const ACTIVE: u16 = 2;
const PACKET: u16 = 3;
const KEY: u16 = 4;
const KEY_ID: u16 = 5;
const SSCI: u16 = 8;
const SALT: u16 = 9;

/// What is done, as the distance of its command from the first of its kind.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add = 0,
    Delete = 1,
    Set = 2,
}

/// MACSEC_CMD_ADD_…; those that delete and update follow.
const RECEIVERS: u16 = 1;
const SENT: u16 = 4;
const RECEIVED: u16 = 7;
const UPDATE_OFFLOAD: u16 = 10;

/// Does what the words say.
pub(crate) fn run(ip: &mut Ip, words: &mut Words) -> Done {
    let Some(command) = words.next() else {
        return Err(crate::help::of("macsec"));
    };
    let is = |keyword| crate::words::matches(&command, keyword);
    if is("help") {
        return Err(crate::help::of("macsec"));
    }
    if is("show") {
        return show::run(ip, words);
    }
    if is("add") {
        return change(ip, words, Verb::Add);
    }
    if is("set") {
        return change(ip, words, Verb::Set);
    }
    if is("delete") {
        return change(ip, words, Verb::Delete);
    }
    if is("offload") {
        return offload(ip, words);
    }
    Err(super::unknown(&command, "macsec"))
}

/// The index of the link that is named next.
fn link(ip: &mut Ip, words: &mut Words) -> Done<u32> {
    let Some(name) = words.next() else {
        return Err(crate::help::of("macsec"));
    };
    ip.link_index(&name).map_err(|error| {
        if error.stderr.starts_with("Cannot find device") {
            let name = nethost_sdk::text::printable(&name);
            return usage(format!("Device \"{name}\" does not exist."));
        }
        error
    })
}

fn about(command: u16, index: u32) -> Entity {
    let mut about = entity(EntityKind::Macsec, command, &[]);
    about.fields.push(counted(LINK, index));
    about
}

fn offload(ip: &mut Ip, words: &mut Words) -> Done {
    let index = link(ip, words)?;
    let text = words.next().ok_or_else(|| crate::help::of("macsec"))?;
    let place = OFFLOADS.iter().position(|name| *name == text);
    let place =
        place.ok_or_else(|| super::link::change::one_of_these("offload", OFFLOADS, &text))?;
    let mut change = about(UPDATE_OFFLOAD, index);
    change.fields.push(nest(0, OFFLOAD));
    change
        .fields
        .push(nested(1, 1, Value::Number(place as u64)));
    ip.change_of_family(&change, 0)
}

fn change(ip: &mut Ip, words: &mut Words, verb: Verb) -> Done {
    let index = link(ip, words)?;
    match words.next().as_deref() {
        Some("tx") => {
            let Some(number) = association(words)? else {
                return Err(crate::help::of("macsec"));
            };
            let mut change = about(SENT + verb as u16, index);
            change.fields.extend(details(words, verb, number)?);
            ip.change_of_family(&change, 0)
        }
        Some("rx") => {
            let Some((Some(sci), _)) = channel(words, false)? else {
                return Err(usage("expected sci"));
            };
            let number = association(words)?;
            let first = if number.is_some() {
                RECEIVED
            } else {
                RECEIVERS
            };
            let mut change = about(first + verb as u16, index);
            change.fields.push(nest(0, RECEIVER));
            change.fields.push(nested(1, CHANNEL, Value::Number(sci)));
            match number {
                Some(number) => change.fields.extend(details(words, verb, number)?),
                None if verb == Verb::Delete => {}
                None => {
                    if let Some(active) = state(words)? {
                        let active = Value::Number(active.into());
                        change.fields.push(nested(1, CHANNEL_ACTIVE, active));
                    }
                }
            }
            ip.change_of_family(&change, 0)
        }
        _ => Err(crate::help::of("macsec")),
    }
}

/// `on` or `off`, if one is said, and nothing else.
fn state(words: &mut Words) -> Done<Option<bool>> {
    let mut active = None;
    while let Some(word) = words.next() {
        active = Some(one_state(&word, active)?);
    }
    Ok(active)
}

fn one_state(word: &str, before: Option<bool>) -> Done<bool> {
    let on = match word {
        "on" => true,
        "off" => false,
        _ => return Err(unknown(word)),
    };
    match before {
        None => Ok(on),
        Some(_) => Err(duplicate("on/off", word)),
    }
}

fn unknown(word: &str) -> nethost_sdk::Exit {
    usage(format!(
        "macsec: unknown command \"{}\"?",
        nethost_sdk::text::printable(word)
    ))
}

/// `sa NUMBER`, if that comes next.
fn association(words: &mut Words) -> Done<Option<u8>> {
    if words.peek() != Some("sa") {
        return Ok(None);
    }
    words.next();
    association_number(&words.need()?).map(Some)
}

/// 0 to 3.
pub(super) fn association_number(text: &str) -> Done<u8> {
    let number: Option<u8> = crate::words::unsigned(text).and_then(|n| n.try_into().ok());
    let number = number.filter(|number| *number < 4);
    number.ok_or_else(|| wrong(text, "expected an { 0..3 }"))
}

/// The attributes of an association.
fn details(words: &mut Words, verb: Verb, association: u8) -> Done<Vec<Field>> {
    let mut fields = vec![
        nest(0, ASSOCIATION),
        nested(1, NUMBER, Value::Number(association.into())),
    ];
    if verb == Verb::Delete {
        return Ok(fields);
    }
    let (mut packet, mut active, mut has_key) = (None, None, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "pn" | "xpn" => {
                if packet.is_some() {
                    return Err(duplicate(&word, &word));
                }
                let text = words.need()?;
                let bytes = packet_number(&text, word == "xpn")?;
                packet = Some(bytes.clone());
                fields.push(nested(1, PACKET, Value::Bytes(bytes)));
            }
            "salt" => {
                let text = words.need()?;
                let salt = hexadecimal(&text, 12).ok_or_else(|| wrong(&text, "expected salt"))?;
                fields.push(nested(1, SALT, Value::Bytes(salt)));
            }
            "ssci" => {
                let text = words.need()?;
                let number = u32::from_str_radix(text.trim_start_matches("0x"), 16);
                let number = number.map_err(|_| wrong(&text, "expected ssci"))?;
                let swapped = u32::from_ne_bytes(number.to_be_bytes());
                fields.push(nested(1, SSCI, Value::Number(swapped.into())));
            }
            "key" => {
                let text = words.need()?;
                let id = hexadecimal(&text, 16).ok_or_else(|| wrong(&text, "expected key id"))?;
                let text = words.need()?;
                let key = hexadecimal(&text, 0).filter(|key| key.len() <= 128);
                let key = key.ok_or_else(|| wrong("…", "expected key"))?;
                has_key = true;
                fields.push(nested(1, KEY_ID, Value::Bytes(id)));
                fields.push(nested(1, KEY, Value::Bytes(key)));
            }
            word => {
                let on = one_state(word, active)?;
                active = Some(on);
                fields.push(nested(1, ACTIVE, Value::Number(on.into())));
            }
        }
    }
    match verb {
        Verb::Add if !has_key => Err(usage("cannot create SA without key")),
        Verb::Add if packet.is_none() => Err(usage("must specify a packet number != 0")),
        Verb::Set if has_key => Err(usage("cannot change key on SA")),
        _ => Ok(fields),
    }
}

/// 32 bits, or 64 if it is extended.
fn packet_number(text: &str, extended: bool) -> Done<Vec<u8>> {
    let bytes = if extended {
        number::<u64>(text, "expected pn")?.to_ne_bytes().to_vec()
    } else {
        number::<u32>(text, "expected pn")?.to_ne_bytes().to_vec()
    };
    if bytes.iter().all(|octet| *octet == 0) {
        return Err(wrong(text, "expected pn != 0"));
    }
    Ok(bytes)
}

/// Octets in hexadecimal; filled up with zeros to this length.
fn hexadecimal(text: &str, length: usize) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    let octets: Option<Vec<u8>> = pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect();
    let mut octets = octets?;
    if length == 0 {
        return Some(octets);
    }
    (octets.len() <= length).then(|| {
        octets.resize(length, 0);
        octets
    })
}

/// The number of a channel, and the port that was said.
pub(super) type Channel = (Option<u64>, u16);

/// `sci NUMBER` or `port NUMBER address LLADDR`; for a new link a port is enough, and neither needs to be there. A number is
/// in the order in which the octets are sent.
pub(super) fn channel(words: &mut Words, is_new_link: bool) -> Done<Option<Channel>> {
    let (mut port, mut octets) = (None, None);
    while let Some(word) = words.peek().map(str::to_owned) {
        match word.as_str() {
            "sci" => {
                words.next();
                let text = words.need()?;
                if port.is_some() || octets.is_some() {
                    return Err(wrong(&word, "expected port and address"));
                }
                let digits = text.trim_start_matches("0x");
                let sci = u64::from_str_radix(digits, 16);
                let sci = sci.map_err(|_| wrong(&text, "expected sci"))?;
                return Ok(Some((Some(u64::from_ne_bytes(sci.to_be_bytes())), 0)));
            }
            "port" => {
                words.next();
                let text = words.need()?;
                let number: u16 = number(&text, "expected port")?;
                if number == 0 {
                    return Err(wrong(&text, "expected port != 0"));
                }
                port = Some(number);
            }
            "address" => {
                words.next();
                let text = words.need()?;
                let address = link_address(&text)?;
                let address = <[u8; 6]>::try_from(address.as_slice());
                octets = Some(address.map_err(|_| wrong(&text, "expected lladdr"))?);
            }
            _ if is_new_link => break,
            _ => return Err(wrong(&word, "expected sci, port, or address")),
        }
        if port.is_some() && (octets.is_some() || is_new_link) {
            break;
        }
    }
    match (port, octets) {
        (Some(port), Some([a, b, c, d, e, f])) => {
            let [high, low] = port.to_be_bytes();
            let sci = u64::from_ne_bytes([a, b, c, d, e, f, high, low]);
            Ok(Some((Some(sci), port)))
        }
        (Some(port), None) if is_new_link => Ok(Some((None, port))),
        (None, None) if is_new_link => Ok(None),
        _ => Err(usage("expected sci")),
    }
}
