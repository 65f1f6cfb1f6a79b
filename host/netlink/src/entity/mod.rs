//! Objects of the kernel that have no record of their own: each kind is a row of a table with the name that requests
//! have, the commands that list and those that change, and the attributes.

mod families;

use serde::{Deserialize, Serialize};

use crate::attribute::Entry;
use crate::field::{self, Field};
use crate::message::{u8_at, u32_at};
use crate::message_builder::{ACKNOWLEDGE, DUMP, MessageBuilder};
use crate::{AttributeValue, Error, generic, invalid};

/// A kind of these objects. In the order of wit/netlink.wit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EntityKind {
    /// Next hops that routes refer to by number.
    NextHops,
    /// How links forward.
    ForwardingSettings,
    /// MPTCP endpoints and limits.
    Mptcp,
}

/// An object, or which of them to list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// RTM_… of rtnetlink(7), or the command of the generic netlink family.
    pub command: u16,
    /// The header in front of the attributes, such as struct nhmsg; empty for generic netlink.
    pub header: Vec<u8>,
    /// The attributes.
    pub fields: Vec<Field>,
}

/// The way to the kernel.
#[derive(Debug, Clone, Copy)]
pub enum Bus {
    /// rtnetlink(7); the type of the messages that answer.
    Route(u16),
    /// The generic netlink family with this name.
    Generic(&'static str),
}

/// A field of a header.
struct Part {
    at: usize,
    name: &'static str,
    /// 32 bits; otherwise 8.
    is_long: bool,
}

/// What is known of a kind.
pub struct Family {
    /// The name in requests at the gate.
    pub name: &'static str,
    /// The way to the kernel.
    pub bus: Bus,
    header_length: usize,
    header: &'static [Part],
    reads: &'static [u16],
    changes: &'static [(u16, &'static str)],
    table: &'static [Entry],
    /// The command that binds an object to a link, and the way to the attribute with its index: the attributes that it is
    /// nested in, then its own number. Other commands change objects of any link.
    link: Option<(u16, &'static [u16])>,
}

/// The attributes of [`EntityKind::ForwardingSettings`], which events have too.
pub const FORWARDING_SETTINGS: &[Entry] = families::NETCONFA;

/// What is known of a kind.
pub fn family(kind: EntityKind) -> &'static Family {
    families::of(kind)
}

/// A message that asks for objects, for all that match or for one. For generic netlink, the number of the family must
/// still be set as the type of the message.
pub fn question(query: &Entity, all: bool) -> Result<Vec<u8>, Error> {
    let family = family(query.kind);
    if !family.reads.contains(&query.command) {
        return Err(invalid(format!("{} are not listed so", family.name)));
    }
    let builder = message(family, query, if all { DUMP } else { 0 })?;
    Ok(builder.finish()?.0)
}

/// A message that makes a change, with the same gap.
pub(crate) fn change(entity: &Entity, flags: u16) -> Result<MessageBuilder, Error> {
    let family = family(entity.kind);
    let known = family.changes.iter();
    let found = known
        .into_iter()
        .find(|(command, _)| *command == entity.command);
    let (_, command) =
        found.ok_or_else(|| invalid(format!("{} are not changed so", family.name)))?;
    let mut builder = message(family, entity, flags | ACKNOWLEDGE)?;
    builder.note("command", command);
    Ok(builder)
}

fn message(family: &Family, entity: &Entity, flags: u16) -> Result<MessageBuilder, Error> {
    if entity.header.len() != family.header_length {
        return Err(invalid(format!(
            "the header of {} has another length",
            family.name
        )));
    }
    let mut builder = match family.bus {
        Bus::Route(_) => MessageBuilder::new(entity.command, flags, &entity.header),
        Bus::Generic(_) => {
            let command = u8::try_from(entity.command).map_err(|_| invalid("no such command"))?;
            MessageBuilder::new(0, flags, &[command, 1, 0, 0])
        }
    };
    for part in family.header {
        let number = if part.is_long {
            u32_at(&entity.header, part.at)
        } else {
            u8_at(&entity.header, part.at).map(u32::from)
        };
        if let Some(number) = number.filter(|number| *number != 0) {
            builder.note(part.name, number);
        }
    }
    field::write(family.table, &entity.fields, 0, &mut builder)?;
    Ok(builder)
}

/// The object in a message.
pub fn decode(kind: EntityKind, payload: &[u8]) -> Option<Entity> {
    let family = family(kind);
    let (command, length) = match family.bus {
        Bus::Route(answer) => (answer, family.header_length),
        Bus::Generic(_) => (u8_at(payload, 0)?.into(), generic::HEADER),
    };
    Some(Entity {
        kind,
        command,
        header: payload.get(..family.header_length)?.to_vec(),
        fields: field::read(family.table, payload.get(length..)?),
    })
}

/// The index of the link that a change is about. 0 if it is about none or any: a policy with `interfaces` does not allow it
/// then.
pub(crate) fn link(entity: &Entity) -> u32 {
    let Some((command, way)) = family(entity.kind).link else {
        return 0;
    };
    if entity.command != command {
        return 0;
    }
    let mut outer = Vec::new();
    let mut found = entity.fields.iter().filter(|field| {
        outer.truncate(field.depth.into());
        outer.push(field.id);
        outer == way
    });
    let number = match found.next().and_then(|field| field.value.as_ref()) {
        Some(AttributeValue::Number(number)) => u32::try_from(*number).ok(),
        Some(AttributeValue::Signed(number)) => u32::try_from(*number).ok(),
        _ => None,
    };
    number.unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn hop() -> Entity {
        let number = |id, number| Field {
            depth: 0,
            id,
            value: Some(AttributeValue::Number(number)),
        };
        Entity {
            kind: EntityKind::NextHops,
            command: 104,
            header: vec![2, 0, 4, 0, 4, 0, 0, 0],
            fields: vec![number(1, 7), number(5, 3)],
        }
    }

    #[test]
    fn a_change_is_on_record_and_read_again() {
        let (message, changes) = change(&hop(), 0).unwrap().finish().unwrap();
        let shown: Vec<_> = changes
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            shown,
            [
                "family=2",
                "protocol=4",
                "flags=4",
                "id=7",
                "oif=3",
                "command=add"
            ]
        );
        assert_eq!(decode(EntityKind::NextHops, &message[16..]), Some(hop()));
    }

    #[test]
    fn what_is_bound_to_a_link_is_about_that_link() {
        let endpoint = |command| Entity {
            kind: EntityKind::Mptcp,
            command,
            header: Vec::new(),
            fields: vec![
                Field {
                    depth: 0,
                    id: 1,
                    value: None,
                },
                Field {
                    depth: 1,
                    id: 2,
                    value: Some(AttributeValue::Number(9)),
                },
                Field {
                    depth: 1,
                    id: 7,
                    value: Some(AttributeValue::Signed(4)),
                },
            ],
        };
        assert_eq!((link(&hop()), link(&endpoint(1))), (3, 4));
        // These find the object by its number, whatever link is named beside it.
        let command = 105;
        assert_eq!(link(&Entity { command, ..hop() }), 0);
        assert_eq!((link(&endpoint(2)), link(&endpoint(7))), (0, 0));
        // The kernel would take the last one.
        let mut twice = hop();
        twice.fields.extend(hop().fields);
        assert!(change(&twice, 0).is_err());
    }

    #[test]
    fn what_lists_changes_nothing_and_the_other_way_round() {
        assert!(question(&hop(), true).is_err());
        let query = Entity {
            command: 106,
            ..hop()
        };
        assert!(question(&query, true).is_ok() && change(&query, 0).is_err());
        let short = Entity {
            header: vec![2],
            ..hop()
        };
        assert!(change(&short, 0).is_err());
    }
}
