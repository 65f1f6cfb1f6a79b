//! Replaces in a record what tells about a network: payloads, names and addresses. The same name and the same address
//! get the same replacement everywhere, so that the record can still be understood.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::{Value, json};

use crate::list::numbers;
use crate::{Answer, Bytes, Event, Header, Moved, Wasi};

/// The replacements that were made so far.
#[derive(Debug, Default)]
pub struct Redactor {
    names: HashMap<String, usize>,
    addresses: HashMap<IpAddr, usize>,
}

impl Redactor {
    /// Redacts the first line.
    pub fn header(&mut self, header: &mut Header) {
        header.redacted = true;
        header.run = None;
        header.seed = String::from("0");
        header.plugin.typed.clone_from(&header.plugin.name);
        for word in &mut header.args {
            *word = self.word(word);
        }
    }

    /// Redacts another line.
    pub fn event(&mut self, event: &mut Event) {
        match event {
            Event::Call(call) => {
                call.args.iter_mut().for_each(|arg| self.value(arg));
                if let Some(answer) = &mut call.answer {
                    self.answer(answer);
                }
            }
            Event::Answer { answer, .. } => self.answer(answer),
            Event::Stream { moved, .. } => match moved {
                Moved::Received(bytes) | Moved::Sent(bytes) => bytes.0.fill(0),
                Moved::GivenUp | Moved::Closed => {}
            },
            Event::Result { value, .. } => self.value(value),
            Event::Wasi(wasi) => match wasi {
                Wasi::Random(bytes) | Wasi::Insecure(bytes) | Wasi::Input(Some(bytes)) => {
                    bytes.0.fill(0);
                }
                Wasi::Wall(..) | Wasi::Monotonic(_) | Wasi::Input(None) | Wasi::Poll(_) => {}
            },
            Event::End(end) => {
                if let Some(why) = &mut end.stopped {
                    *why = String::from("the host stopped it");
                }
            }
        }
    }

    fn answer(&mut self, answer: &mut Answer) {
        match answer {
            Answer::Returned(value) => self.value(value),
            Answer::Trapped(why) => *why = String::from("the host stopped it"),
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            // Hardware addresses are lists of bytes, but some lists of numbers are as telling.
            Value::Array(elements) if elements.len() > 1 && elements.iter().all(is_octet) => {
                elements.fill(json!(0));
            }
            Value::Array(elements) => elements.iter_mut().for_each(|one| self.value(one)),
            Value::Object(members) => {
                for (name, inner) in members {
                    match name.as_str() {
                        "bytes" if inner.is_string() => {
                            let bytes = inner.as_str().and_then(Bytes::decode);
                            let count = bytes.unwrap_or_default().len();
                            *inner = json!(Bytes::encode(&vec![0; count]));
                        }
                        "ipv4" | "ipv6" => self.octets(inner),
                        _ => self.value(inner),
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn octets(&mut self, value: &mut Value) {
        let v4 = numbers::<u8, 4>(value).map(|octets| IpAddr::from(Ipv4Addr::from(octets)));
        let v6 = || numbers::<u16, 8>(value).map(|parts| IpAddr::from(Ipv6Addr::from(parts)));
        match v4.or_else(v6) {
            Some(address) => match self.address(address) {
                IpAddr::V4(address) => *value = json!(address.octets()),
                IpAddr::V6(address) => *value = json!(address.segments()),
            },
            None => self.value(value),
        }
    }

    /// Another address of the same family: of RFC 2544, or of RFC 3849. What every machine has stays.
    fn address(&mut self, address: IpAddr) -> IpAddr {
        if address.is_unspecified() || address.is_loopback() {
            return address;
        }
        let next = self.addresses.len() + 1;
        let number = *self.addresses.entry(address).or_insert(next) as u32;
        match address {
            IpAddr::V4(_) => Ipv4Addr::from_bits(0xc612_0000 | (number & 0x1_ffff)).into(),
            IpAddr::V6(_) => Ipv6Addr::from_bits(0x2001_0db8 << 96 | u128::from(number)).into(),
        }
    }

    /// A name, an address as text, or any other text.
    fn text(&mut self, text: &str) -> String {
        let is_small = text.len() <= 5 && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_small {
            return text.into();
        }
        if let Ok(address) = text.parse() {
            return self.address(address).to_string();
        }
        let next = self.names.len() + 1;
        let number = self.names.entry(text.into()).or_insert(next);
        format!("name-{number}")
    }

    /// A word of a command line: the name of an option stays.
    fn word(&mut self, word: &str) -> String {
        let is_name = |name: &str| name.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-');
        if let Some(long) = word.strip_prefix("--") {
            return match long.split_once('=') {
                Some((name, value)) if is_name(name) => format!("--{name}={}", self.text(value)),
                None if is_name(long) => word.into(),
                _ => self.text(word),
            };
        }
        match word.strip_prefix('-').map(|rest| rest.chars().count()) {
            Some(0 | 1) => word.into(),
            _ => self.text(word),
        }
    }
}

fn is_octet(value: &Value) -> bool {
    value.as_u64().is_some_and(|number| number <= 255)
}
