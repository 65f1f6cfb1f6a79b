//! Attributes in the order of a message, each with its depth: the form for objects whose attributes are nested deeply.

use serde::{Deserialize, Serialize};

use crate::attribute::{Entry, Shown, Tables, Type, decode, encode, known};
use crate::message::{Attributes, aligned, u16_at};
use crate::message_builder::MessageBuilder;
use crate::{AttributeValue, Error, invalid};

/// The kernel nests less.
const DEEPEST: u8 = 8;

/// An attribute. Those behind it that have a greater depth are nested in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// 0 for an attribute of the object itself.
    pub depth: u8,
    /// The kernel's number.
    pub id: u16,
    /// None if others can be nested in it.
    pub value: Option<AttributeValue>,
}

/// Decodes the attributes that are in the table.
pub(crate) fn read(table: &[Entry], bytes: &[u8]) -> Vec<Field> {
    let mut found = Vec::new();
    read_into(table, bytes, 0, &mut found);
    found
}

fn read_into(table: &[Entry], bytes: &[u8], depth: u8, found: &mut Vec<Field>) {
    for (id, value) in Attributes(bytes) {
        let Some(entry) = table.iter().find(|entry| entry.id == id) else {
            continue;
        };
        let nest = |found: &mut Vec<Field>, depth, id| {
            let value = None;
            found.push(Field { depth, id, value });
        };
        match entry.of {
            _ if depth >= DEEPEST => {}
            Type::Nest(inner) => {
                nest(found, depth, id);
                read_into(inner, value, depth + 1, found);
            }
            Type::By(selector, tables) => {
                nest(found, depth, id);
                let beside = Attributes(bytes).find(|(id, _)| *id == selector);
                let number = beside.and_then(|(_, value)| u16_at(value, 0));
                let inner = number.and_then(|number| selected(tables, number.into()));
                read_into(inner.unwrap_or_default(), value, depth + 1, found);
            }
            Type::List(inner) => {
                nest(found, depth, id);
                for (place, value) in Attributes(value) {
                    nest(found, depth + 1, place);
                    read_into(inner, value, depth + 2, found);
                }
            }
            Type::NextHops(inner) => {
                nest(found, depth, id);
                read_hops(inner, value, depth + 1, found);
            }
            of => found.extend(decode(of, value).map(|value| Field {
                depth,
                id,
                value: Some(value),
            })),
        }
    }
}

/// The table that a number selects.
fn selected(tables: Tables, number: u64) -> Option<&'static [Entry]> {
    let mut tables = tables.iter();
    let (_, table) = tables.find(|(known, _)| *known == number)?;
    Some(table)
}

/// struct rtnexthop behind its length: flags, weight minus one, and the index of a link.
const HOP: usize = 6;

/// Each next hop is a field with that structure, and its attributes are nested in it.
fn read_hops(table: &[Entry], mut bytes: &[u8], depth: u8, found: &mut Vec<Field>) {
    let mut place = 0_u16;
    while let Some(length) = u16_at(bytes, 0).map(usize::from)
        && let Some(hop) = bytes.get(2..2 + HOP)
        && let Some(attributes) = bytes.get(2 + HOP..length)
    {
        found.push(Field {
            depth,
            id: place,
            value: Some(AttributeValue::Bytes(hop.to_vec())),
        });
        read_into(table, attributes, depth + 1, found);
        place = place.saturating_add(1);
        bytes = bytes.get(aligned(length)..).unwrap_or_default();
    }
}

fn write_hops(
    table: &'static [Entry],
    fields: &[Field],
    depth: u8,
    builder: &mut MessageBuilder,
) -> Result<(), Error> {
    let mut rest = fields;
    while let Some((field, behind)) = rest.split_first() {
        let (inside, next) = behind.split_at(nested_in(behind, depth));
        rest = next;
        let Some(AttributeValue::Bytes(hop)) = &field.value else {
            return Err(invalid("a next hop has another form"));
        };
        let Ok([flags, weight, link @ ..]) = <[u8; HOP]>::try_from(hop.as_slice()) else {
            return Err(invalid("a next hop has another form"));
        };
        if field.depth != depth {
            return Err(invalid("a next hop has a wrong depth"));
        }
        let header = [[0, 0, flags, weight], link].concat();
        builder.one_field("next-hop", |builder| {
            builder.note("oif", u32::from_ne_bytes(link));
            builder.note("weight", u32::from(weight) + 1);
            builder.note("flags", flags);
            builder.counted(&header, |builder| write(table, inside, depth + 1, builder))
        })?;
    }
    Ok(())
}

/// How many of the fields behind one of this depth are nested in it.
fn nested_in(behind: &[Field], depth: u8) -> usize {
    let nested = behind.iter().take_while(|field| field.depth > depth);
    nested.count()
}

/// Writes attributes to a message.
pub(crate) fn write(
    table: &'static [Entry],
    fields: &[Field],
    depth: u8,
    builder: &mut MessageBuilder,
) -> Result<(), Error> {
    let (mut rest, mut written) = (fields, Vec::new());
    while let Some((field, behind)) = rest.split_first() {
        let (inside, next) = behind.split_at(nested_in(behind, depth));
        rest = next;
        if field.depth != depth || depth > DEEPEST {
            return Err(invalid(format!("attribute {} has a wrong depth", field.id)));
        }
        // The kernel heeds the last of several, the gate and the record the first.
        if written.contains(&field.id) {
            return Err(invalid(format!("attribute {} is there twice", field.id)));
        }
        written.push(field.id);
        let entry = known(table, field.id)?;
        match (entry.of, &field.value) {
            (Type::Nest(inner), None) => {
                builder.nest(entry.id, |builder| write(inner, inside, depth + 1, builder))?;
            }
            (Type::NextHops(inner), None) => {
                builder.nest(entry.id, |builder| {
                    write_hops(inner, inside, depth + 1, builder)
                })?;
            }
            (Type::By(selector, tables), None) => {
                let number = number_of(fields, depth, selector);
                let inner = number.and_then(|number| selected(tables, number));
                let inner = inner
                    .ok_or_else(|| invalid(format!("{} is not known in this form", entry.name)))?;
                builder.nest(entry.id, |builder| write(inner, inside, depth + 1, builder))?;
            }
            (Type::Text, Some(AttributeValue::Text(text))) if inside.is_empty() => {
                builder.text(entry.id, entry.name, text)?;
            }
            (of, Some(value)) if inside.is_empty() => {
                let encoded = encode(of, value)?;
                let encoded =
                    encoded.ok_or_else(|| invalid(format!("{} is not a {value:?}", entry.name)))?;
                builder.bytes(entry.id, entry.name, &encoded, Shown(of, value));
            }
            _ => return Err(invalid(format!("{} has another form", entry.name))),
        }
    }
    Ok(())
}

/// The number in the attribute of this depth and number.
pub(crate) fn number_of(fields: &[Field], depth: u8, id: u16) -> Option<u64> {
    let mut fields = fields.iter();
    let found = fields.find(|field| field.depth == depth && field.id == id)?;
    match found.value {
        Some(AttributeValue::Number(number)) => Some(number),
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::attribute::entry;

    const INNER: &[Entry] = &[entry(3, "three", Type::U16)];
    const TABLE: &[Entry] = &[
        entry(1, "one", Type::U32),
        entry(2, "two", Type::Nest(INNER)),
        entry(4, "four", Type::U32),
    ];

    fn field(depth: u8, id: u16, value: Option<u64>) -> Field {
        let value = value.map(AttributeValue::Number);
        Field { depth, id, value }
    }

    #[test]
    fn what_is_written_is_read_again_and_on_record() {
        let fields = [
            field(0, 1, Some(7)),
            field(0, 2, None),
            field(1, 3, Some(8)),
            field(0, 4, Some(9)),
        ];
        let mut builder = MessageBuilder::new(1, 0, &[]);
        write(TABLE, &fields, 0, &mut builder).unwrap();
        let (message, changes) = builder.finish().unwrap();
        assert_eq!(read(TABLE, &message[16..]), fields);
        let shown: Vec<_> = changes
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(shown, ["one=7", "three=8", "four=9"]);
    }

    const BY: &[Entry] = &[
        entry(1, "kind", Type::U16),
        entry(2, "data", Type::By(1, &[(7, INNER)])),
        entry(5, "hops", Type::NextHops(TABLE)),
        entry(6, "key", Type::Secret(4)),
    ];

    #[test]
    fn next_hops_and_what_a_number_selects_are_read_again() {
        let hop = |place, link: u8| Field {
            depth: 1,
            id: place,
            value: Some(AttributeValue::Bytes(vec![0, 1, link, 0, 0, 0])),
        };
        let fields = [
            field(0, 1, Some(7)),
            field(0, 2, None),
            field(1, 3, Some(8)),
            field(0, 5, None),
            hop(0, 3),
            field(2, 1, Some(5)),
            hop(1, 4),
        ];
        let mut builder = MessageBuilder::new(1, 0, &[]);
        write(BY, &fields, 0, &mut builder).unwrap();
        let (message, changes) = builder.finish().unwrap();
        assert_eq!(read(BY, &message[16..]), fields);
        let hops: Vec<_> = changes
            .iter()
            .filter(|(name, _)| *name == "next-hop")
            .map(|(_, value)| value.as_str())
            .collect();
        assert_eq!(
            hops,
            ["oif=3 weight=2 flags=0 one=5", "oif=4 weight=2 flags=0"]
        );
        let unknown = [field(0, 1, Some(8)), field(0, 2, None)];
        assert!(write(BY, &unknown, 0, &mut MessageBuilder::new(1, 0, &[])).is_err());
    }

    #[test]
    fn a_key_is_written_and_neither_read_nor_on_record() {
        let key = Field {
            depth: 0,
            id: 6,
            value: Some(AttributeValue::Bytes(b"aes\0secret".to_vec())),
        };
        let mut builder = MessageBuilder::new(1, 0, &[]);
        write(BY, &[key], 0, &mut builder).unwrap();
        let (message, changes) = builder.finish().unwrap();
        assert!(message.ends_with(b"secret\0\0"));
        assert_eq!(read(BY, &message[16..]), []);
        assert_eq!(changes, [("key", "aes (key not recorded)".to_owned())]);
    }

    #[test]
    fn other_forms_are_refused() {
        for fields in [
            vec![field(1, 1, Some(1))],
            vec![field(0, 9, Some(1))],
            vec![field(0, 1, None)],
            vec![field(0, 1, Some(1)), field(1, 3, Some(1))],
            vec![field(0, 2, Some(1))],
            vec![field(0, 1, Some(u64::MAX))],
            vec![field(0, 1, Some(1)), field(0, 1, Some(2))],
            vec![field(0, 2, None), field(0, 2, None)],
        ] {
            let mut builder = MessageBuilder::new(1, 0, &[]);
            assert!(
                write(TABLE, &fields, 0, &mut builder).is_err(),
                "{fields:?}"
            );
        }
    }
}
