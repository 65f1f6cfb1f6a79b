//! The fields that most record types are made of, as text and as JSON.

use data_encoding::{BASE64, HEXUPPER};
use serde_json::Value;

use super::{Presenter, Problem, Rdata, encode};
use crate::kind::{self, Layout};
use crate::name;
use crate::wire::Cursor;

/// One field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    U8,
    U16,
    U32,
    /// A 16-bit Chaosnet address.
    Octal,
    Name,
    V4,
    V6,
    /// A character string.
    Text,
    /// Character strings to the end.
    Texts,
    /// Everything to the end as one string.
    LongText,
    /// Everything to the end, in parentheses when on several lines; left out with its parentheses when empty.
    Hex,
    Base64,
    /// The same, and omitted by `+nocrypto`.
    CryptoHex,
    /// The data as a whole in parentheses.
    BlockHex,
    CryptoBlock,
    /// Octets with hyphens.
    Mac(usize),
    /// 64 bits in four groups.
    Locator,
    /// Length and octets; `-` for none.
    Salt,
}

impl<'m> Presenter<'_, 'm> {
    pub(super) fn fields(&mut self, fields: &[(&'static str, Field)]) -> Result<(), Problem> {
        for (number, (_, field)) in fields.iter().enumerate() {
            let optional = matches!(field, Field::Hex | Field::Base64);
            if optional && self.cursor.left() == 0 {
                break;
            }
            let opens = optional || *field == Field::CryptoHex;
            if number > 0 && !opens {
                self.push(" ");
            }
            self.field(*field)?;
        }
        Ok(())
    }

    fn field(&mut self, field: Field) -> Result<(), Problem> {
        match field {
            Field::U8 => {
                let number = self.u8()?;
                self.number(number);
            }
            Field::U16 => {
                let number = self.u16()?;
                self.number(number);
            }
            Field::U32 => {
                let number = self.u32()?;
                self.number(number);
            }
            Field::Octal => {
                let number = self.u16()?;
                self.number(format_args!("{number:o}"));
            }
            Field::Name => self.name()?,
            Field::V4 => self.v4()?,
            Field::V6 if self.style.expand_aaaa => {
                let groups = self.take(16)?.chunks(2);
                for (number, group) in groups.enumerate() {
                    let separator = if number > 0 { ":" } else { "" };
                    let group = group
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | u16::from(*byte));
                    self.number(format_args!("{separator}{group:04x}"));
                }
            }
            Field::V6 => self.v6()?,
            Field::Text => {
                let text = self.text()?;
                encode::push_quoted(self.out, text);
            }
            Field::Texts => {
                let mut first = true;
                while first || self.cursor.left() > 0 {
                    if !first {
                        self.push(" ");
                    }
                    first = false;
                    let text = self.text()?;
                    encode::push_quoted(self.out, text);
                }
            }
            Field::LongText => {
                let text = self.rest();
                encode::push_quoted(self.out, text);
            }
            Field::Hex | Field::CryptoHex | Field::Base64 => {
                let bytes = self.rest();
                self.open();
                match field {
                    Field::CryptoHex if !self.style.crypto => self.push("[omitted]"),
                    Field::Base64 => self.base64(bytes),
                    _ => self.hex(bytes),
                }
                self.close();
            }
            Field::BlockHex | Field::CryptoBlock => {
                let bytes = self.rest();
                self.open_block();
                match field {
                    Field::BlockHex => self.hex(bytes),
                    _ if self.style.crypto => self.base64(bytes),
                    _ => self.push("[omitted]"),
                }
                self.close();
            }
            Field::Mac(length) => {
                let bytes = self.take(length)?;
                for (number, byte) in bytes.iter().enumerate() {
                    let separator = if number > 0 { "-" } else { "" };
                    self.number(format_args!("{separator}{byte:02x}"));
                }
            }
            Field::Locator => {
                let groups = self.take(8)?.chunks(2);
                for (number, group) in groups.enumerate() {
                    let separator = if number > 0 { ":" } else { "" };
                    let group = group
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | u16::from(*byte));
                    self.number(format_args!("{separator}{group:x}"));
                }
            }
            Field::Salt => self.salt()?,
        }
        Ok(())
    }

    /// A character string.
    pub(crate) fn text(&mut self) -> Result<&'m [u8], Problem> {
        self.cursor.text()
    }

    /// Length and octets in hexadecimal; `-` for none.
    pub(crate) fn salt(&mut self) -> Result<(), Problem> {
        let salt = self.text()?;
        if salt.is_empty() {
            self.push("-");
        }
        encode::push_whole_hex(self.out, salt);
        Ok(())
    }
}

/// The data with its names written out, where a server has compressed them.
pub(super) fn expanded(
    fields: &[(&'static str, Field)],
    cursor: Cursor<'_>,
) -> Result<Vec<u8>, Problem> {
    written_out(fields, cursor, name::wire)
}

/// What is signed of a record's data (RFC 4034 section 6.2): names written out, and in lower case for the types of
/// which DNSSEC has always known.
pub(crate) fn canonical(rtype: u16, class: u16, cursor: Cursor<'_>) -> Result<Vec<u8>, Problem> {
    const LOWERED: [u16; 18] = [
        2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 17, 18, 21, 26, 33, 35, 36,
    ];
    let fields = super::names(rtype, class);
    match LOWERED.contains(&rtype) || rtype == kind::rtype::DNAME {
        true => written_out(fields, cursor, name::canonical),
        false => written_out(fields, cursor, name::wire),
    }
}

fn written_out(
    fields: &[(&'static str, Field)],
    mut cursor: Cursor<'_>,
    written: fn(&name::Name) -> Vec<u8>,
) -> Result<Vec<u8>, Problem> {
    let mut out = Vec::new();
    for (_, field) in fields {
        let length = match field {
            Field::Name => {
                out.extend_from_slice(&written(&cursor.name()?));
                continue;
            }
            Field::U8 => 1,
            Field::U16 | Field::Octal => 2,
            Field::U32 | Field::V4 => 4,
            Field::Text => {
                1 + cursor
                    .peek()
                    .first()
                    .map_or(0, |length| usize::from(*length))
            }
            // What follows has no names.
            _ => break,
        };
        out.extend_from_slice(cursor.take(length)?);
    }
    out.extend_from_slice(cursor.rest());
    Ok(out)
}

/// The fields of a record's data by their names; none for types with a presentation of their own.
pub(crate) fn values(rtype: u16, class: u16, data: Rdata<'_>) -> Option<Value> {
    let kind = kind::find(rtype).filter(|kind| !kind.internet || class == kind::IN)?;
    let Layout::Fields(fields) = kind.layout else {
        return None;
    };
    let mut cursor = data.cursor();
    let mut object = serde_json::Map::with_capacity(fields.len());
    for (name, field) in fields {
        object.insert((*name).to_owned(), value(*field, &mut cursor).ok()?);
    }
    (cursor.left() == 0).then_some(Value::Object(object))
}

fn value(field: Field, cursor: &mut Cursor<'_>) -> Result<Value, Problem> {
    let lossy = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes).into_owned());
    Ok(match field {
        Field::U8 => cursor.u8()?.into(),
        Field::U16 | Field::Octal => cursor.u16()?.into(),
        Field::U32 => cursor.u32()?.into(),
        Field::Name => name::text(&cursor.name()?).into(),
        Field::V4 => std::net::Ipv4Addr::from(cursor.u32()?).to_string().into(),
        Field::V6 => std::net::Ipv6Addr::from(cursor.u128()?).to_string().into(),
        Field::Text => lossy(cursor.text()?),
        Field::Texts => {
            let mut texts = Vec::new();
            while cursor.left() > 0 {
                texts.push(lossy(cursor.text()?));
            }
            texts.into()
        }
        Field::LongText => lossy(cursor.rest()),
        Field::Hex | Field::CryptoHex | Field::BlockHex => HEXUPPER.encode(cursor.rest()).into(),
        Field::Base64 | Field::CryptoBlock => BASE64.encode(cursor.rest()).into(),
        Field::Mac(length) => HEXUPPER.encode(cursor.take(length)?).into(),
        Field::Locator => HEXUPPER.encode(cursor.take(8)?).into(),
        Field::Salt => HEXUPPER.encode(cursor.text()?).into(),
    })
}
