//! A MACsec link: what `type macsec` takes.

use nethost_sdk::netlink::{Attribute, AttributeValue as Value};

use super::super::change::{on_or_off, one_of_these};
use super::unknown;
use crate::object::macsec::{CIPHERS, OFFLOADS, VALIDATIONS, association_number, channel};
use crate::words::{Done, Words, failed, number, wrong};

/// IFLA_MACSEC_….
const CHANNEL: u32 = 1;
const PORT: u32 = 2;
const CHECK_LENGTH: u32 = 3;
const CIPHER: u32 = 4;
const WINDOW: u32 = 5;
const ENCODING: u32 = 6;
const ENCRYPT: u32 = 7;
const PROTECT: u32 = 8;
const SEND_CHANNEL: u32 = 9;
const END_STATION: u32 = 10;
const SINGLE_COPY: u32 = 11;
const REPLAY: u32 = 12;
const VALIDATION: u32 = 13;
const OFFLOAD: u32 = 15;

const SWITCHES: &[(&str, u32)] = &[
    ("encrypt", ENCRYPT),
    ("send_sci", SEND_CHANNEL),
    ("end_station", END_STATION),
    ("scb", SINGLE_COPY),
    ("protect", PROTECT),
    ("replay", REPLAY),
];

pub(super) fn options(words: &mut Words) -> Done<Vec<Attribute>> {
    let mut data: Vec<Attribute> = Vec::new();
    let mut set = |id, number| {
        data.push(Attribute {
            id,
            value: Value::Number(number),
        });
    };
    match channel(words, true)? {
        Some((Some(sci), _)) => set(CHANNEL, sci),
        Some((None, port)) => set(PORT, port.into()),
        None => {}
    }
    let (mut replays, mut window, mut on) = (None, None, Vec::new());
    while let Some(word) = words.next() {
        if let Some((name, id)) = SWITCHES.iter().find(|(name, _)| *name == word) {
            let is = on_or_off(name, &words.need()?)?;
            if is {
                on.push(*id);
            }
            if *id == REPLAY {
                replays = Some(is);
            }
            set(*id, is.into());
            continue;
        }
        match word.as_str() {
            "cipher" => {
                let text = words.need()?;
                let known = CIPHERS
                    .iter()
                    .find(|(_, name)| name.eq_ignore_ascii_case(&text));
                let (cipher, _) = known.ok_or_else(|| {
                    let why = "expected: default, gcm-aes-128, gcm-aes-256, \
                               gcm-aes-xpn-128 or gcm-aes-xpn-256";
                    wrong(&text, why)
                })?;
                set(CIPHER, *cipher);
            }
            "icvlen" => {
                let text = words.need()?;
                let length: u8 = number(&text, "expected ICV length")?;
                if !(8..=16).contains(&length) {
                    return Err(wrong(&text, "ICV length must be in the range {8..16}"));
                }
                set(CHECK_LENGTH, length.into());
            }
            "window" => {
                let size: u32 = number(&words.need()?, "expected replay window size")?;
                window = Some(size);
                set(WINDOW, size.into());
            }
            "validate" => set(VALIDATION, place(words, "validate", VALIDATIONS)?),
            "offload" => set(OFFLOAD, place(words, "offload", OFFLOADS)?),
            "encodingsa" => {
                let number = association_number(&words.need()?)?;
                set(ENCODING, number.into());
            }
            _ => return Err(unknown("macsec", &word)),
        }
    }
    let [sends, ends, copies] = [SEND_CHANNEL, END_STATION, SINGLE_COPY].map(|id| on.contains(&id));
    if (sends && (ends || copies)) || (ends && copies) {
        return Err(failed(1, "invalid combination of send_sci/end_station/scb"));
    }
    match (replays, window) {
        (None, Some(window)) => Err(failed(
            1,
            format!(
                "replay window set, but replay protection not enabled. \
             did you mean 'replay on window {window}'?"
            ),
        )),
        (Some(true), None) => Err(failed(
            1,
            "replay protection enabled, but no window set. did you mean 'replay on window VALUE'?",
        )),
        _ => Ok(data),
    }
}

/// The place of a word in a list.
fn place(words: &mut Words, what: &str, known: &[&str]) -> Done<u64> {
    let text = words.need()?;
    let place = known.iter().position(|name| *name == text);
    let place = place.ok_or_else(|| one_of_these(what, known, &text))?;
    Ok(place as u64)
}
