//! Attributes that only some objects have, described by tables: number, name for the record, and type. The same table
//! is used to decode and to encode, so what can be read can be written in the same form.

use std::fmt;
use std::net::IpAddr;

use crate::message::{Attributes, ip, text, u8_at, u16_at, u32_at, u64_at};
use crate::message_builder::{MessageBuilder, link_octets, octets};
use crate::{Attribute, AttributeValue as Value, Error, LinkAddress, invalid};

/// The type of the value of an attribute.
#[derive(Debug, Clone, Copy)]
pub enum Type {
    /// No value: the attribute is present or not.
    Flag,
    /// One octet.
    U8,
    /// A 16-bit number.
    U16,
    /// A 16-bit number in network byte order.
    Be16,
    /// A 32-bit number.
    U32,
    /// A 32-bit number in network byte order.
    Be32,
    /// A 64-bit number.
    U64,
    /// A signed 32-bit number.
    I32,
    /// A text that ends with NUL.
    Text,
    /// An IPv4 or IPv6 address; its length determines which.
    Ip,
    /// A link-layer address.
    Mac,
    /// A structure of the kernel.
    Bytes,
    /// A 64-bit number in network byte order.
    Be64,
    /// A key. In front of it, so many octets are public, such as the name of an algorithm, and the record has them. It
    /// is written and never read.
    Secret(usize),
    /// Nested attributes.
    Nest(&'static [Entry]),
    /// Nested attributes whose numbers are places in a list; in each of them, these.
    List(&'static [Entry]),
    /// Nested attributes that depend on the number in the attribute beside it.
    By(u16, Tables),
    /// A sequence of struct rtnexthop, each followed by attributes.
    NextHops(&'static [Entry]),
    /// Nested attributes that can be there several times.
    Repeated(&'static [Entry]),
}

/// Tables by the number that selects them.
pub type Tables = &'static [(u64, &'static [Entry])];

/// One line of a table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub(crate) id: u16,
    pub(crate) name: &'static str,
    pub(crate) of: Type,
}

/// A line of a table.
pub const fn entry(id: u16, name: &'static str, of: Type) -> Entry {
    Entry { id, name, of }
}

/// Decodes the attributes that are in the table, in their order in the message.
pub fn read(table: &[Entry], bytes: &[u8]) -> Vec<Attribute> {
    let mut found = Vec::new();
    read_into(table, bytes, 0, &mut found);
    found
}

/// Adds the attributes that are in the table. If they are nested in another attribute, the upper half of `outer` is its
/// number.
pub fn read_into(table: &[Entry], bytes: &[u8], outer: u32, found: &mut Vec<Attribute>) {
    for (id, value) in Attributes(bytes) {
        let Some(entry) = table.iter().find(|entry| entry.id == id) else {
            continue;
        };
        if let Type::Nest(inner) | Type::Repeated(inner) = entry.of {
            read_into(inner, value, u32::from(id) << 16, found);
        } else if let Some(value) = decode(entry.of, value) {
            let id = outer | u32::from(id);
            found.push(Attribute { id, value });
        }
    }
}

pub(crate) fn decode(of: Type, bytes: &[u8]) -> Option<Value> {
    Some(match of {
        // Some attributes are flags towards the kernel and numbers from it, such as IFLA_VXLAN_TTL_INHERIT.
        Type::Flag => match u8_at(bytes, 0) {
            None => Value::Flag,
            Some(number) => Value::Number(number.into()),
        },
        Type::U8 => Value::Number(u8_at(bytes, 0)?.into()),
        Type::U16 => Value::Number(u16_at(bytes, 0)?.into()),
        Type::Be16 => Value::Number(u16::from_be(u16_at(bytes, 0)?).into()),
        Type::U32 => Value::Number(u32_at(bytes, 0)?.into()),
        Type::Be32 => Value::Number(u32::from_be(u32_at(bytes, 0)?).into()),
        Type::U64 => Value::Number(u64_at(bytes, 0)?),
        Type::I32 => Value::Signed(u32_at(bytes, 0)?.cast_signed().into()),
        Type::Text => Value::Text(text(bytes)),
        Type::Ip => Value::Address(ip(bytes)?.into()),
        Type::Mac => Value::LinkAddress(LinkAddress::from(bytes)),
        Type::Bytes => Value::Bytes(bytes.to_vec()),
        Type::Be64 => Value::Number(u64::from_be(u64_at(bytes, 0)?)),
        Type::Secret(_)
        | Type::Nest(_)
        | Type::List(_)
        | Type::Repeated(_)
        | Type::By(..)
        | Type::NextHops(_) => {
            return None;
        }
    })
}

/// Writes attributes to a message. Attributes nested in the same attribute are written together.
pub(crate) fn write(
    table: &'static [Entry],
    attributes: &[Attribute],
    builder: &mut MessageBuilder,
) -> Result<(), Error> {
    let outer = |attribute: &Attribute| (attribute.id >> 16) as u16;
    let (mut written, mut nested) = (Vec::new(), Vec::new());
    for group in attributes.chunk_by(|a, b| outer(a) == outer(b)) {
        let Some(number) = group.first().map(outer) else {
            continue;
        };
        if number == 0 {
            once(group, &mut written)?;
            plain(table, group, builder)?;
            continue;
        }
        let entry = known(table, number)?;
        let inner = match entry.of {
            Type::Nest(inner) => {
                once(group, &mut written)?;
                inner
            }
            Type::Repeated(inner) => inner,
            _ => return Err(invalid(format!("{} has no nested attributes", entry.name))),
        };
        if nested.contains(&number) {
            return Err(invalid(format!("{} is there twice", entry.name)));
        }
        nested.push(number);
        builder.nest(number, |builder| plain(inner, group, builder))?;
    }
    Ok(())
}

/// Refuses an attribute that is there twice: the kernel heeds the last of several, the gate the first.
fn once(group: &[Attribute], written: &mut Vec<u32>) -> Result<(), Error> {
    for attribute in group {
        if written.contains(&attribute.id) {
            let number = attribute.id & 0xffff;
            return Err(invalid(format!("attribute {number} is there twice")));
        }
        written.push(attribute.id);
    }
    Ok(())
}

pub(crate) fn known(table: &'static [Entry], id: u16) -> Result<&'static Entry, Error> {
    let entry = table.iter().find(|entry| entry.id == id);
    entry.ok_or_else(|| invalid(format!("attribute {id} is not known here")))
}

fn plain(
    table: &'static [Entry],
    attributes: &[Attribute],
    builder: &mut MessageBuilder,
) -> Result<(), Error> {
    for attribute in attributes {
        let entry = known(table, attribute.id as u16)?;
        if let (Type::Text, Value::Text(text)) = (entry.of, &attribute.value) {
            builder.text(entry.id, entry.name, text)?;
            continue;
        }
        let encoded = encode(entry.of, &attribute.value)?
            .ok_or_else(|| invalid(format!("{} is not a {:?}", entry.name, attribute.value)))?;
        let shown = Shown(entry.of, &attribute.value);
        builder.bytes(entry.id, entry.name, &encoded, shown);
    }
    Ok(())
}

/// Returns None if the value is not of that type.
pub(crate) fn encode(of: Type, value: &Value) -> Result<Option<Vec<u8>>, Error> {
    Ok(match (of, value) {
        (Type::Flag, Value::Flag) => Some(Vec::new()),
        (Type::U8, Value::Number(number)) => u8::try_from(*number).ok().map(|n| vec![n]),
        (Type::U16, Value::Number(number)) => {
            u16::try_from(*number).ok().map(|n| n.to_ne_bytes().into())
        }
        (Type::Be16, Value::Number(number)) => {
            u16::try_from(*number).ok().map(|n| n.to_be_bytes().into())
        }
        (Type::U32, Value::Number(number)) => {
            u32::try_from(*number).ok().map(|n| n.to_ne_bytes().into())
        }
        (Type::Be32, Value::Number(number)) => {
            u32::try_from(*number).ok().map(|n| n.to_be_bytes().into())
        }
        (Type::U64, Value::Number(number)) => Some(number.to_ne_bytes().into()),
        (Type::I32, Value::Signed(number)) => {
            i32::try_from(*number).ok().map(|n| n.to_ne_bytes().into())
        }
        (Type::Ip, Value::Address(address)) => Some(octets((*address).into())),
        (Type::Mac, Value::LinkAddress(address)) => Some(link_octets(address)?),
        (Type::Be64, Value::Number(number)) => Some(number.to_be_bytes().into()),
        (Type::Bytes, Value::Bytes(bytes)) if bytes.len() <= 4096 => Some(bytes.clone()),
        (Type::Secret(public), Value::Bytes(bytes))
            if (public..=public + 1024).contains(&bytes.len()) =>
        {
            Some(bytes.clone())
        }
        _ => None,
    })
}

/// A value as the record shows it.
pub(crate) struct Shown<'a>(pub(crate) Type, pub(crate) &'a Value);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let octets = |f: &mut fmt::Formatter<'_>, octets: &[u8]| {
            octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
        };
        if let (Type::Secret(public), Value::Bytes(bytes)) = (self.0, self.1) {
            let public = text(bytes.get(..public).unwrap_or_default());
            let blank = if public.is_empty() { "" } else { " " };
            return write!(f, "{public}{blank}(key not recorded)");
        }
        match self.1 {
            Value::Flag => f.write_str("on"),
            Value::Number(number) => number.fmt(f),
            Value::Signed(number) => number.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Address(address) => IpAddr::from(*address).fmt(f),
            Value::LinkAddress(address) => octets(f, &link_octets(address).unwrap_or_default()),
            Value::Bytes(bytes) => octets(f, bytes),
        }
    }
}
