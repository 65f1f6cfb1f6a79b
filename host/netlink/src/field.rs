//! Attributes in the order of a message, each with its depth: the form for objects whose attributes are nested deeply.

use serde::{Deserialize, Serialize};

use crate::attribute::{Entry, Shown, Type, decode, encode, known};
use crate::message::Attributes;
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
            of => found.extend(decode(of, value).map(|value| Field {
                depth,
                id,
                value: Some(value),
            })),
        }
    }
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
        let nested = behind
            .iter()
            .take_while(|field| field.depth > depth)
            .count();
        let (inside, next) = behind.split_at(nested);
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
            (Type::Text, Some(AttributeValue::Text(text))) if inside.is_empty() => {
                builder.text(entry.id, entry.name, text)?;
            }
            (of, Some(value)) if inside.is_empty() => {
                let encoded = encode(of, value)?;
                let encoded =
                    encoded.ok_or_else(|| invalid(format!("{} is not a {value:?}", entry.name)))?;
                builder.bytes(entry.id, entry.name, &encoded, Shown(value));
            }
            _ => return Err(invalid(format!("{} has another form", entry.name))),
        }
    }
    Ok(())
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
