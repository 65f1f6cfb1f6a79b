//! Attributes of a kind by tables: which, under which names, and in which form.

use nethost_sdk::netlink::{Attribute, AttributeValue};

use super::super::show::{number, value};
use crate::ip::Ip;
use crate::value::Shown;
use crate::words::Done;

/// One attribute as it is shown.
pub(crate) struct Field {
    pub(crate) id: u32,
    pub(crate) key: &'static str,
    pub(crate) text: &'static str,
    pub(crate) form: Form,
}

/// How.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// `name 7`
    Number,
    /// `name on`; in JSON a boolean.
    OnOff,
    /// The same in text alone.
    OnOffText,
    /// 1/100 s, in seconds.
    Timer,
    /// `name 0x1`, in JSON a text.
    Hex,
    /// `name 0`, `name 0x1`, in JSON a text.
    HexOrZero,
    /// `8000.02:00:00:00:00:01`
    BridgeId,
    /// A link address, an IP address or a text.
    Plain,
    /// A link by its index.
    Link,
    /// A word for a number.
    Word(&'static [(u64, &'static str)]),
    /// The same; in JSON, 0 is null.
    WordOrNull(&'static [(u64, &'static str)]),
    /// struct br_boolopt_multi: a word for each bit that the kernel knows.
    Bits(&'static [&'static str]),
}

pub(crate) const fn field(id: u32, key: &'static str, text: &'static str, form: Form) -> Field {
    Field {
        id,
        key,
        text,
        form,
    }
}

/// Shows the attributes that are there, in the table's order.
pub(crate) fn show(ip: &mut Ip, table: &[Field], data: &[Attribute]) -> Done {
    for field in table {
        one(ip, field, data)?;
    }
    Ok(())
}

fn one(ip: &mut Ip, field: &Field, data: &[Attribute]) -> Done {
    let Some(found) = value(data, field.id) else {
        return Ok(());
    };
    let (key, text) = (field.key, field.text);
    let number = number(data, field.id);
    match (field.form, number, found) {
        (Form::Number, Some(number), _) => {
            ip.out.any(key, number, format_args!("{text} {number} "))
        }
        (Form::Number, None, AttributeValue::Signed(number)) => {
            ip.out.any(key, *number, format_args!("{text} {number} "));
        }
        (Form::OnOff, Some(number), _) => {
            ip.out
                .any(key, number != 0, format_args!("{text} {} ", on_off(number)));
        }
        (Form::OnOffText, Some(number), _) => {
            ip.out.text(format_args!("{text} {} ", on_off(number)))
        }
        (Form::Timer, Some(number), _) => {
            let seconds = number as f64 / 100.0;
            ip.out
                .any(key, Seconds(seconds), format_args!("{text} {seconds:7.2} "));
        }
        (Form::Hex, Some(number), _) => {
            ip.out.any(
                key,
                Shown(format_args!("{number:#x}")),
                format_args!("{text} {number:#x} "),
            );
        }
        (Form::HexOrZero, Some(number), _) => {
            let shown = if number == 0 {
                "0".to_owned()
            } else {
                format!("{number:#x}")
            };
            ip.out.any(key, &shown, format_args!("{text} {shown} "));
        }
        (Form::Link, Some(index), _) => {
            let name = ip.link_name(index as u32)?;
            ip.out.any(key, &name, format_args!("{text} {name} "));
        }
        (Form::WordOrNull([(0, word), ..]), Some(0), _) => {
            ip.out.any(key, (), format_args!("{text} {word} "));
        }
        (Form::Word(words) | Form::WordOrNull(words), Some(number), _) => {
            let word = words.iter().find(|(known, _)| *known == number);
            match word {
                Some((_, word)) => ip.out.any(key, *word, format_args!("{text} {word} ")),
                None => ip.out.any(key, number, format_args!("{text} {number} ")),
            }
        }
        (Form::BridgeId, _, AttributeValue::Bytes(bytes)) if bytes.len() == 8 => {
            let shown = format!(
                "{:02x}{:02x}.{:x}:{:x}:{:x}:{:x}:{:x}:{:x}",
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]
            );
            ip.out.any(key, &shown, format_args!("{text} {shown} "));
        }
        (Form::Bits(names), _, AttributeValue::Bytes(bytes)) if bytes.len() == 8 => {
            let word = |at: usize| {
                u32::from_ne_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
            };
            let (values, known) = (word(0), word(4));
            for (bit, name) in names
                .iter()
                .enumerate()
                .filter(|(bit, _)| known >> bit & 1 != 0)
            {
                let value = values >> bit & 1;
                ip.out.any(name, value, format_args!("{name} {value} "));
            }
        }
        (Form::Plain, _, found) => {
            if let Some(shown) = plain(found) {
                ip.out.any(key, &shown, format_args!("{text} {shown} "));
            }
        }
        _ => {}
    }
    Ok(())
}

/// A value that is shown as it is.
pub(crate) fn plain(value: &AttributeValue) -> Option<String> {
    Some(match value {
        AttributeValue::Text(text) => text.clone(),
        AttributeValue::Address(address) => nethost_sdk::netlink::ip(*address).to_string(),
        AttributeValue::LinkAddress(address) => super::super::layer::link_address(address, 1),
        AttributeValue::Number(number) => number.to_string(),
        _ => return None,
    })
}

/// `on` or `off`.
pub(crate) fn on_off(number: u64) -> &'static str {
    if number != 0 { "on" } else { "off" }
}

/// A JSON number with two digits behind the point.
struct Seconds(f64);

impl crate::value::Value for Seconds {
    fn write(&self, buffer: &mut Vec<u8>) {
        let _ = std::io::Write::write_fmt(buffer, format_args!("{:.2}", self.0));
    }
}
